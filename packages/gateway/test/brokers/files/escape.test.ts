import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import type { FilesBroker } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type FilesBench, openFilesBench, utf8 } from './bench.ts';

let bench: FilesBench;

async function open(config: Readonly<Record<string, unknown>> = {}): Promise<void> {
  bench = await openFilesBench(config);
  mkdirSync(bench.workspace, { recursive: true });
}

beforeEach(() => open());

afterEach(async () => {
  await bench.close();
});

/** What each operation on a path is refused with, in one call. */
async function refusals(path: string): Promise<readonly string[]> {
  const ways: ((files: FilesBroker) => Promise<unknown>)[] = [
    (files) => files.read(path),
    (files) => files.list(path),
    (files) => files.stat(path),
    (files) => files.write(path, utf8('evil')),
    (files) => files.remove(path),
  ];
  const codes: string[] = [];
  for (const way of ways) codes.push(await bench.refusal(way));
  return codes;
}

const all = (code: string): readonly string[] => [code, code, code, code, code];

describe('P06.01 a path out of the workspace', () => {
  test.each([
    ['../../etc/passwd', 'fs.outside_workspace'],
    ['/etc/passwd', 'fs.outside_workspace'],
    ['~/.ssh/id_rsa', 'fs.outside_workspace'],
    ['~', 'fs.outside_workspace'],
    ['a/../../b', 'fs.outside_workspace'],
    ['/proc/self/environ', 'fs.outside_workspace'],
    ['@/etc/passwd', 'fs.path.invalid'],
    ['file:///etc/passwd', 'fs.path.invalid'],
    ['\\\\host\\share', 'fs.path.invalid'],
    ['C:\\x', 'fs.path.invalid'],
    ['C:/x', 'fs.path.invalid'],
    ['a\0.txt', 'fs.path.invalid'],
    ['a\n.txt', 'fs.path.invalid'],
    ['%2e%2e%2fetc/passwd', 'fs.path.invalid'],
    ['..%2F..%2Fetc/passwd', 'fs.path.invalid'],
    ['a/\ud800/b', 'fs.path.invalid'],
    ['', 'fs.path.invalid'],
  ])('%j is refused however it is used', async (path, code) => {
    expect(await refusals(path)).toEqual(all(code));
    expect(readdirSync(bench.workspace)).toEqual([]);
  });

  test('too long as a whole or in a part is refused', async () => {
    expect(await refusals(`${'x/'.repeat(2100)}y`)).toEqual(all('fs.path.invalid'));
    expect(await refusals('x'.repeat(300))).toEqual(all('fs.path.invalid'));
  });

  test('whose name only begins like the workspace is refused', async () => {
    mkdirSync(`${bench.workspace}-evil`);
    writeFileSync(`${bench.workspace}-evil/a`, 'x');
    expect(await refusals(`${bench.workspace}-evil/a`)).toEqual(all('fs.outside_workspace'));
  });

  test('is refused alike whether anything is there or not', async () => {
    expect(await refusals('/etc/passwd')).toEqual(await refusals('/etc/no-such-file'));
  });

  test('of plain names that look odd stays usable', async () => {
    for (const name of ['naïve – Ω 猫.txt', '.hidden', '-rf', 'a b', '...', 'x'.repeat(255)]) {
      expect(await bench.refusal((files) => files.write(name, utf8('x')))).toBe('allowed');
    }
    expect(readdirSync(bench.workspace)).toHaveLength(6);
  });
});

describe('P07.01 links', () => {
  test('out of the workspace are refused at every place of a path', async () => {
    writeFileSync(join(bench.outside, 'secret'), 'canary');
    symlinkSync(join(bench.outside, 'secret'), join(bench.workspace, 'file'));
    symlinkSync(bench.outside, join(bench.workspace, 'dir'));
    symlinkSync('dir', join(bench.workspace, 'chain'));
    symlinkSync('/', join(bench.workspace, 'root'));
    symlinkSync('/proc/self/root', join(bench.workspace, 'magic'));
    for (const path of ['file', 'dir', 'dir/secret', 'dir/new/deep', 'chain/secret', 'root']) {
      expect(await refusals(path)).toEqual(all('fs.symlink_escape'));
    }
    expect(await refusals('magic/etc/passwd')).toEqual(all('fs.symlink_escape'));
    expect(readFileSync(join(bench.outside, 'secret'), 'utf8')).toBe('canary');
    expect(readdirSync(bench.outside)).toEqual(['secret']);
  });

  test('that lead nowhere make nothing there', async () => {
    symlinkSync(join(bench.outside, 'new'), join(bench.workspace, 'dangling'));
    symlinkSync(join(bench.outside, 'gone'), join(bench.workspace, 'nowhere'));
    const write = (path: string): Promise<string> =>
      bench.refusal((files) => files.write(path, utf8('evil')));
    expect(await write('dangling')).toBe('fs.symlink_dangling');
    expect(await write('nowhere/deep/file')).toBe('fs.path.unresolved');
    expect(readdirSync(bench.outside)).toEqual([]);
  });

  test('in a circle are refused', async () => {
    symlinkSync('b', join(bench.workspace, 'a'));
    symlinkSync('a', join(bench.workspace, 'b'));
    expect(await refusals('a')).toEqual(all('fs.symlink_loop'));
    expect(await refusals('a/x')).toEqual(all('fs.symlink_loop'));
  });
});

test('P07.02 a file with a second name is refused, as it may lie outside', async () => {
  writeFileSync(join(bench.outside, 'secret'), 'canary');
  linkSync(join(bench.outside, 'secret'), join(bench.workspace, 'innocent'));
  expect(await refusals('innocent')).toEqual(all('fs.hardlink'));
  expect(readFileSync(join(bench.outside, 'secret'), 'utf8')).toBe('canary');
});

test('pipes, sockets and devices are refused without waiting on them', async () => {
  execFileSync('mkfifo', [join(bench.workspace, 'pipe')]);
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(join(bench.workspace, 'socket'), resolve);
  });
  expect(await refusals('pipe')).toEqual(all('fs.special_file'));
  expect(await refusals('socket')).toEqual(all('fs.special_file'));
  server.close();
});

describe('the gateway’s own files', () => {
  const OPEN = { tools: { profile: 'full', fs: { workspaceOnly: false } } };

  test('P26.01 stay closed when the whole disk is open', async () => {
    await bench.close();
    await open(OPEN);
    const { folder } = bench.harness;
    writeFileSync(join(bench.outside, 'plain'), 'x');
    const plain = join(bench.outside, 'plain');
    expect(await bench.refusal((files) => files.read(plain))).toBe('allowed');
    for (const path of ['openclaw.json', 'credentials/x', 'state', 'plugins/evil.js', 'new']) {
      expect(await refusals(join(folder, path))).toEqual(all('fs.protected_state'));
    }
    symlinkSync(folder, join(bench.workspace, 'link'));
    expect(await refusals('link/openclaw.json')).toEqual(all('fs.protected_state'));
    expect(await refusals('/proc/self/environ')).toEqual(all('fs.special_fs'));
    expect(await refusals('/dev/null')).toEqual(all('fs.special_fs'));
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  test('stay closed where the config keeps them elsewhere', async () => {
    await bench.close();
    await open({
      ...OPEN,
      gateway: {
        mode: 'local',
        tls: { certPath: '~/workspace/cert.pem', keyPath: '~/workspace/key.pem' },
      },
      secrets: { providers: { vault: { source: 'file', path: '~/workspace/vault.json' } } },
    });
    for (const name of ['key.pem', 'cert.pem', 'vault.json']) {
      writeFileSync(join(bench.workspace, name), 'secret');
      expect(await refusals(name)).toEqual(all('fs.protected_state'));
    }
    symlinkSync('key.pem', join(bench.workspace, 'link'));
    expect(await refusals('link')).toEqual(all('fs.protected_state'));
  });

  test('include the workspaces of other agents', async () => {
    mkdirSync(join(bench.harness.folder, 'workspace-other'));
    await bench.close();
    await open(OPEN);
    const other = join(bench.harness.folder, 'workspace-other/a');
    expect(await refusals(other)).toEqual(all('fs.protected_state'));
  });
});

test.each([
  ['ro', 'fs.readonly'],
  ['none', 'fs.readonly'],
  ['rw', 'allowed'],
])('a sandboxed session with the workspace %s', async (workspaceAccess, code) => {
  await bench.close();
  await open({ agents: { defaults: { sandbox: { mode: 'all', workspaceAccess } } } });
  expect(await bench.refusal((files) => files.write('a', utf8('x')))).toBe(code);
});

test('a refusal is written to the audit log, and nothing is done', async () => {
  await bench.refusal((files) => files.write('../x', utf8('evil')));
  expect(await bench.codes()).toEqual(['fs.outside_workspace']);
});
