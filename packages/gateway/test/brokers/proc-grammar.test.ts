// What an allow list never stretches to, however the command is written.
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';

import { type Outcome, type ProcHarness, openProc } from './proc-harness.ts';

let proc: ProcHarness;

afterEach(async () => {
  await proc.harness.close();
});

/** A gateway that runs what the list names, and asks nobody. */
async function open(...allowlist: readonly object[]): Promise<void> {
  const exec = { security: 'allowlist', ask: 'off' };
  const document = { agents: { main: { allowlist } } };
  proc = await openProc({ exec, document, flow: { mode: 'off' } });
}

async function refusals(commands: readonly string[]): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const command of commands) {
    const outcome = await proc.run({ command });
    found.push('refused' in outcome ? outcome.refused : `${command} ran`);
  }
  return found;
}

const all = (commands: readonly string[], code: string): readonly string[] =>
  commands.map(() => code);

describe('a list that names a program', () => {
  test('P02.02: never carries an option of it that runs or writes something else', async () => {
    await open({ pattern: '/usr/bin/sort' });
    proc.file('evil', '#!/bin/sh\ntouch made\n', 0o755);
    proc.file('lines', 'b\na\n');
    expect(await proc.run({ command: 'sort lines' })).toMatchObject({ output: 'a\nb\n' });
    const commands = [
      'sort --compress-program=./evil -S 1 lines',
      'sort --compress-program ./evil lines',
      'sort --compress-prog=./evil lines',
      'sort --comp ./evil lines',
      'sort -o made lines',
      'sort -omade lines',
      'sort -uo made lines',
      'sort --output=made lines',
      'sort --out made lines',
      'sort -T /etc lines',
      'sort -S1 -T. lines',
    ];
    expect(await refusals(commands)).toEqual(all(commands, 'exec.allowlist.miss'));
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });

  test('P02.03: for its input only is not allowed files', async () => {
    await open({ pattern: '/usr/bin/grep', argPattern: '^-c [a-z]+$' });
    proc.file('lines', 'secret\n');
    expect(await proc.run({ command: 'grep -c a', input: 'a\n' })).toMatchObject({ output: '1\n' });
    // The filters that need no entry at all, and the one that has a narrow one.
    const commands = [
      'head -n1 lines',
      'head /etc/passwd',
      'tail -n1 lines',
      'tail -f lines',
      'wc lines',
      'wc --files0-from=lines',
      'cut -c1-9 lines',
      'uniq lines made',
      'grep -c a lines',
      'grep -e secret lines',
      'grep -f lines',
      'grep -r .',
      'grep -c a /etc/passwd',
    ];
    expect(await refusals(commands)).toEqual(all(commands, 'exec.allowlist.miss'));
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });

  test('P02.10: never carries a shell of another system', async () => {
    const names = ['powershell', 'pwsh', 'pwsh.exe', 'cmd.exe', 'cmd'];
    await open({ pattern: '/**' });
    for (const name of names) proc.file(name, '#!/bin/sh\ntouch made\n', 0o755);
    proc.file('fine', '#!/bin/sh\necho fine\n', 0o755);
    expect(await proc.run({ command: './fine' })).toMatchObject({ output: 'fine\n' });
    const commands = [
      './powershell -enc YQBiAGMA',
      './powershell -e YQBiAGMA',
      './pwsh -EncodedC YQBiAGMA',
      './pwsh -File a.ps1',
      './pwsh.exe -c id',
      './cmd.exe /c a',
      './cmd /c id',
    ];
    expect(await refusals(commands)).toEqual(all(commands, 'exec.allowlist.miss'));
    const joined = ['./cmd.exe /c a & b', 'echo %COMSPEC% & ./cmd.exe'];
    expect(await refusals(joined)).toEqual(all(joined, 'exec.analysis.failed'));
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });

  test('P03.04: finds it along a constant path, whatever the path of the gateway is', async () => {
    await open({ pattern: 'echo' });
    proc.file('echo', '#!/bin/sh\ntouch made\n', 0o755);
    proc.file('only-here', '#!/bin/sh\ntouch made\n', 0o755);
    const { PATH } = process.env;
    process.env['PATH'] = `${proc.workspace}:.:${PATH ?? ''}`;
    try {
      expect(await proc.run({ command: 'echo x' })).toMatchObject({ output: 'x\n' });
      expect(await refusals(['only-here'])).toEqual(['exec.allowlist.miss']);
    } finally {
      process.env['PATH'] = PATH;
    }
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });

  test('P02.11: says the same whether a file is there or not', async () => {
    await open({ pattern: '/usr/bin/sort' });
    const said: Outcome[] = [];
    for (const file of ['/etc/passwd', '/etc/no-such-file', '~/.ssh/id_rsa', './missing']) {
      said.push(await proc.run({ command: `head -n1 ${file}` }));
    }
    expect(new Set(said.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(said[0]).toMatchObject({ refused: 'exec.allowlist.miss' });
  });

  test('P04.02: never carries an option in the place of a host, nor text in that of a folder', async () => {
    await open({ pattern: '/**' });
    proc.file('evil', '#!/bin/sh\ntouch made\n', 0o755);
    const commands = [
      'ssh -oProxyCommand=./evil host',
      'ssh host ./evil',
      'scp -oProxyCommand=./evil a host:b',
      'scp -S ./evil a host:b',
      'sftp -D ./evil host',
      'rsync -e ./evil a host:b',
      'rsync --rsh=./evil a host:b',
      'git -c core.sshCommand=./evil fetch',
      'git clone --upload-pack=./evil host:x',
    ];
    expect(await refusals(commands)).toEqual(all(commands, 'exec.allowlist.miss'));
    for (const cwd of ['$(touch made)', '`touch made`', '-C/etc', '--help']) {
      expect(await proc.run({ command: 'true', cwd })).toMatchObject({ refused: 'proc.cwd' });
    }
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });
});

describe('a list that names a folder', () => {
  test('P02.08: reaches what lies in it, and nothing below, beside or behind a link', async () => {
    await open();
    const tools = join(proc.workspace, 'tools');
    mkdirSync(join(tools, 'a'), { recursive: true });
    const script = '#!/bin/sh\ntouch made\n';
    proc.file('evil', script, 0o755);
    proc.file('tools/fine', '#!/bin/sh\necho fine\n', 0o755);
    proc.file('tools/a/b', script, 0o755);
    symlinkSync('/bin/sh', join(tools, 'shell'));
    symlinkSync('../evil', join(tools, 'link'));
    const document = { agents: { main: { allowlist: [{ pattern: `${tools}/*` }] } } };
    const path = join(proc.harness.folder, 'exec-approvals.json');
    writeFileSync(path, JSON.stringify(document), { mode: 0o600 });
    for (const command of ['tools/fine', `${tools}/fine`, `${tools}/a/../fine`]) {
      expect([command, await proc.run({ command })]).toMatchObject([command, { exitCode: 0 }]);
    }
    const commands = [
      `${tools}/../evil`,
      `${tools}/a/b`,
      `${tools}/a/../../evil`,
      `${tools}/link`,
      `${tools}/shell script`,
      `/${tools}//../evil`,
      'tools/../evil',
    ];
    expect(await refusals(commands)).toEqual(all(commands, 'exec.allowlist.miss'));
    expect(existsSync(join(proc.workspace, 'made'))).toBe(false);
  });
});
