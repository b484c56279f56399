/**
 * Archives from somebody who wants something: none of them puts a file anywhere.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { Home, call } from '../call.ts';
import { type Entry, ROOT, described, file, forge, manifest, packed } from './forge.ts';

const TEXT = '{ gateway: { mode: "local" } }';
const PATH = 'payload/state/openclaw.json';
const GOOD = [manifest([described(PATH, TEXT)]), file(PATH, TEXT)] as const;

interface Outcome {
  readonly verify: string;
  readonly restore: string;
}

/** What both commands say, and that a restore left nothing anywhere. */
async function outcome(bytes: Buffer): Promise<Outcome> {
  const home = new Home();
  const archive = forge(home.path, bytes);
  const verify = await call(['backup', 'verify', archive], { home });
  const restore = await call(['backup', 'restore', archive, '--yes'], { home });
  const target = await call(['backup', 'restore', archive, '--target', join(home.path, 'out')], {
    home,
  });
  expect([verify.code, restore.code, target.code]).toEqual([1, 1, 1]);
  expect(readdirSync(home.path, { recursive: true }).toSorted()).toEqual(['forged.tar.gz', 'out']);
  return { verify: verify.stderr, restore: restore.stderr };
}

async function expectRefused(
  bytes: Buffer,
  reason: string,
  code = 'backup.refused',
): Promise<void> {
  const said = await outcome(bytes);
  for (const stderr of Object.values(said)) {
    expect(stderr).toContain(`[${code}]`);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('    at ');
  }
}

/** An archive whose manifest names a path, and which holds it. */
function naming(path: string): Buffer {
  return packed([manifest([described(path, 'x')]), file(path, 'x')]);
}

/** An archive that holds something else where its manifest says a plain file is. */
function instead(header: Entry['header']): Buffer {
  const entry = {
    content: Buffer.alloc(0),
    header: { path: `${ROOT}/${PATH}`, size: 0, mode: 0o600, ...header },
  };
  return packed([manifest([described(PATH, '')]), entry]);
}

test('the archive that the others are made from is a good one', async () => {
  const home = new Home();
  const archive = forge(home.path, packed(GOOD));
  expect(await call(['backup', 'verify', archive], { home })).toMatchObject({
    code: 0,
    stderr: '',
  });
  expect(await call(['backup', 'restore', archive, '--yes'], { home })).toMatchObject({ code: 0 });
  expect(home.read()).toBe(TEXT);
});

describe('P08.01: a name that leads elsewhere is refused', () => {
  test.each([
    ['/etc/cron.d/x', 'is an absolute path'],
    ['C:/Windows/x', 'is an absolute path'],
    ['payload/state/../../../.ssh/authorized_keys', 'leads out of its folder'],
    ['../x', 'leads out of its folder'],
    ['payload/state/..\\..\\x', 'characters that no path needs'],
    ['payload/state/a\u0000b', 'characters that no path needs'],
    ['payload/state/./x', 'is no plain path'],
    ['payload/state//x', 'is no plain path'],
    ['payload/state/', 'is no plain path'],
    ['payload/other/x', 'belongs to no part of it'],
    ['x', 'belongs to no part of it'],
  ])('%j', async (path, reason) => {
    await expectRefused(naming(path), reason);
  });

  test('a part that no backup has', async () => {
    const assets = [{ kind: 'state', sourcePath: '/', archivePath: 'payload/state/../..' }];
    const entry = manifest([described(PATH, TEXT)], { assets });
    await expectRefused(packed([entry, GOOD[1]]), 'a part that no backup has');
  });

  test('a top folder with a way out in its name', async () => {
    const entry = manifest([], { archiveRoot: '../..' });
    await expectRefused(packed([entry]), 'no plain name');
  });
});

describe('P08.01: anything but a plain file is refused', () => {
  test.each([
    ['SymbolicLink', { linkpath: '/etc/passwd' }],
    ['Link', { linkpath: '/etc/passwd' }],
    ['CharacterDevice', { devmaj: 1, devmin: 3 }],
    ['BlockDevice', { devmaj: 8, devmin: 0 }],
    ['FIFO', {}],
    ['Directory', {}],
    ['ContiguousFile', {}],
  ] as const)('%s', async (type, header) => {
    await expectRefused(instead({ type, ...header }), 'The archive was refused');
  });

  test('a link in front of everything', async () => {
    const link = {
      content: Buffer.alloc(0),
      header: { type: 'SymbolicLink', path: `${ROOT}/payload`, linkpath: '/' },
    } as const;
    await expectRefused(packed([link, ...GOOD]), 'only plain files');
  });

  test('a link between the manifest and the file', async () => {
    const link = {
      content: Buffer.alloc(0),
      header: { type: 'SymbolicLink', path: `${ROOT}/payload/state`, linkpath: '/tmp' },
    } as const;
    await expectRefused(packed([GOOD[0], link, GOOD[1]]), 'only plain files');
  });
});

describe('P08.01: what is not as the manifest says is refused', () => {
  test('a file it does not name', async () => {
    await expectRefused(
      packed([...GOOD, file('payload/state/more', 'x')]),
      'not what its manifest says',
    );
  });

  test('a file twice', async () => {
    await expectRefused(packed([...GOOD, GOOD[1]]), 'not what its manifest says');
    const twice = manifest([described(PATH, TEXT), described(PATH, TEXT)]);
    await expectRefused(packed([twice, GOOD[1], GOOD[1]]), 'twice');
  });

  test('a name other than the one it names', async () => {
    const other = file(PATH, TEXT, { path: `${ROOT}/payload/state/../../../x` });
    await expectRefused(packed([GOOD[0], other]), 'not what its manifest says');
  });

  test('a content other than the one it names', async () => {
    const other = file(PATH, TEXT.replace('local', 'LOCAL'));
    await expectRefused(packed([GOOD[0], other]), 'was changed', 'backup.damaged');
  });

  test('a size other than the one it names', async () => {
    await expectRefused(packed([GOOD[0], file(PATH, `${TEXT} `)]), 'not as large as');
  });

  test('a file that is missing', async () => {
    await expectRefused(packed([GOOD[0]]), 'is missing', 'backup.damaged');
  });

  test('a manifest that does not come first, comes twice, or not at all', async () => {
    await expectRefused(packed([GOOD[1], GOOD[0]]), 'begin with a manifest', 'backup.damaged');
    await expectRefused(packed([GOOD[0], ...GOOD]), 'not what its manifest says');
    await expectRefused(packed([]), 'not whole', 'backup.damaged');
  });

  test.each([
    ['a mode with special bits', { mode: 0o4755 }],
    ['a size below zero', { size: -1 }],
    ['a hash that is none', { sha256: 'x' }],
  ])('%s', async (_what, change) => {
    const entry = manifest([{ ...described(PATH, TEXT), ...change }]);
    await expectRefused(packed([entry, GOOD[1]]), 'the shape of one', 'backup.damaged');
  });
});

describe('P08.01: a bomb is refused before it fills anything', () => {
  const GIGA = 1024 * 1024 * 1024;

  test('more bytes after the last file than any archive has', async () => {
    const end = Buffer.alloc(64 * 1024 * 1024);
    await expectRefused(packed(GOOD, end), 'unpacks to more than its manifest says');
  });

  test('a manifest larger than any', async () => {
    const large = file('manifest.json', '', { size: 65 * 1024 * 1024 });
    await expectRefused(packed([large]), 'manifest is too large');
  });

  test('names that are longer than any', async () => {
    const long = {
      content: Buffer.alloc(1024 * 1024),
      header: { type: 'ExtendedHeader', path: 'x', size: 1024 * 1024 },
    } as const;
    await expectRefused(packed([long, ...GOOD]), 'no plain file');
  });

  test('files that no disk here has room for', async () => {
    const huge = Array.from({ length: 1000 }, (_, n) => ({
      ...described(`payload/state/${String(n)}`, ''),
      size: 1000 * GIGA,
    }));
    const home = new Home();
    const archive = forge(home.path, packed([manifest(huge)]));
    const { code, stderr } = await call(['backup', 'restore', archive, '--yes'], { home });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[backup.no_space]'),
    });
    expect(readdirSync(home.path)).toEqual(['forged.tar.gz']);
  });
});

describe('a file that is no archive is refused', () => {
  test.each([
    ['text', Buffer.from('hello')],
    ['nothing', Buffer.alloc(0)],
    ['packed text', gzipSync('hello')],
    ['half of one', packed(GOOD).subarray(0, 200)],
    ['the beginning of a sealed one', Buffer.from('PCULBAK1')],
    ['an archive of another program', packed([file('manifest.json', '{"schemaVersion":1}')])],
  ])('%s', async (_what, bytes) => {
    const home = new Home();
    const archive = forge(home.path, bytes);
    const argv = ['backup', 'restore', archive, '--yes', '--passphrase-stdin'];
    const { code, stderr } = await call(argv, { home, stdin: 'a long enough one' });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[backup.damaged]'),
    });
    expect(readdirSync(home.path)).toEqual(['forged.tar.gz']);
  });

  test('one of a later format names that as the reason', async () => {
    await expectRefused(packed([manifest([], { schemaVersion: 2 })]), 'format 2', 'backup.newer');
  });

  test('a file that is not there', async () => {
    const { stderr } = await call(['backup', 'verify', '/nowhere/at/all']);
    expect(stderr).toContain('[backup.not_found]');
  });
});

describe('a database that does not hold is refused', () => {
  const DATABASE = 'payload/state/state/portcullis.sqlite';

  test('one that is no database', async () => {
    const bytes = packed([manifest([described(DATABASE, 'text')]), file(DATABASE, 'text')]);
    await expectRefused(bytes, 'damaged', 'store.corrupt');
  });

  test('one whose audit log has no key', async () => {
    const bytes = packed([manifest([described(DATABASE, '')]), file(DATABASE, '')]);
    await expectRefused(bytes, 'the key of its audit log is missing', 'backup.damaged');
  });

  test('one without an audit log', async () => {
    const key = 'k'.repeat(32);
    const files = [described('payload/state/audit.key', key), described(DATABASE, '')];
    const entries = [file('payload/state/audit.key', key), file(DATABASE, '')];
    await expectRefused(packed([manifest(files), ...entries]), 'no audit log', 'backup.damaged');
  });
});

test('what lies beside an archive is no part of it', async () => {
  const home = new Home();
  const archive = forge(home.path, packed(GOOD));
  writeFileSync(join(home.path, 'bystander'), 'x');
  await call(['backup', 'restore', archive, '--yes'], { home });
  expect(readdirSync(home.path).toSorted()).toEqual(['.openclaw', 'bystander', 'forged.tar.gz']);
});

/** An archive of a config alone, with other files beside it. */
function configWith(files: Readonly<Record<string, string>>, config = TEXT): Buffer {
  const all = Object.entries({ 'payload/config/openclaw.json': config, ...files });
  const assets = [{ kind: 'config', sourcePath: '/home/x', archivePath: 'payload/config' }];
  const said = manifest(
    all.map(([path, text]) => described(path, text)),
    { assets, options: { includeWorkspace: false, onlyConfig: true } },
  );
  return packed([said, ...all.map(([path, text]) => file(path, text))]);
}

test('no program comes with a state: packages are installed, never restored', async () => {
  const home = new Home();
  const path = 'payload/state/plugins/node_modules/@portcullis/x/index.js';
  const bytes = packed([manifest([described(path, 'x')]), file(path, 'x')]);
  const argv = ['backup', 'restore', forge(home.path, bytes), '--yes'];
  const { code, stderr } = await call(argv, { home });
  expect(code).toBe(1);
  expect(stderr).toContain('[backup.refused]');
  expect(leftIn(home)).toEqual(['forged.tar.gz']);
});

function leftIn(home: Home): readonly string[] {
  return readdirSync(home.path, { recursive: true }).map(String).toSorted();
}

describe('an archive of a config', () => {
  test.each([
    ['people who are let in', 'payload/config/credentials/telegram-allowFrom.json'],
    ['commands allowed for good', 'payload/config/exec-approvals.json'],
    ['variables', 'payload/config/.env'],
    ['a program', 'payload/config/plugins/node_modules/x/index.js'],
  ])('brings nothing that its config does not include: %s', async (_what, path) => {
    const home = new Home();
    const archive = forge(home.path, configWith({ [path]: '{}' }));
    const { code, stderr } = await call(['backup', 'restore', archive, '--yes'], { home });
    expect(code).toBe(1);
    expect(stderr).toContain('[backup.refused]');
    expect(leftIn(home)).toEqual(['.openclaw', 'forged.tar.gz']);
  });

  test('asks before it brings a file that was not there, included or not', async () => {
    const config = '{ $include: "./exec-approvals.json", gateway: { mode: "local" } }';
    const home = new Home();
    const bytes = configWith({ 'payload/config/exec-approvals.json': '{}' }, config);
    const archive = forge(home.path, bytes);
    const { code, stdout } = await call(['backup', 'restore', archive, '--json'], { home });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'usage.confirmation', opens: [{ key: 'exec-approvals.json' }] },
    });
    expect(leftIn(home)).toEqual(['.openclaw', 'forged.tar.gz']);
  });
});

test('logins, and who is let in, do not come into a state without a question', async () => {
  const home = new Home();
  home.write(TEXT);
  const path = 'payload/credentials/telegram-allowFrom.json';
  const assets = [{ kind: 'credentials', sourcePath: '/x', archivePath: 'payload/credentials' }];
  const bytes = packed([manifest([described(path, '[]')], { assets }), file(path, '[]')]);
  const argv = ['backup', 'restore', forge(home.path, bytes), '--json'];
  const { code, stdout } = await call(argv, { home });
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    error: { code: 'usage.confirmation', opens: [{ key: 'credentials' }] },
  });
});
