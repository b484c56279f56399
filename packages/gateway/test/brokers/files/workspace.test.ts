import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { type FilesBench, openFilesBench, text, utf8 } from './bench.ts';

let bench: FilesBench;

beforeEach(async () => {
  bench = await openFilesBench();
});

afterEach(async () => {
  await bench.close();
});

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');

describe('the workspace', () => {
  test('is made at first use, for its owner alone', async () => {
    expect(existsSync(bench.workspace)).toBe(false);
    expect(await bench.call((files) => files.list('.'))).toEqual({ entries: [], more: false });
    expect(statSync(bench.workspace).mode & 0o777).toBe(0o700);
  });

  test('may itself be a link; the link is followed once', async () => {
    const real = join(bench.outside, 'real');
    mkdirSync(real);
    symlinkSync(real, bench.workspace);
    await bench.call((files) => files.write('a.txt', utf8('one')));
    expect(readFileSync(join(real, 'a.txt'), 'utf8')).toBe('one');
    renameSync(bench.workspace, `${bench.workspace}-old`);
    mkdirSync(join(bench.outside, 'other'));
    symlinkSync(join(bench.outside, 'other'), bench.workspace);
    expect(await bench.refusal((files) => files.write('b.txt', utf8('two')))).toBe(
      'fs.symlink_escape',
    );
    expect(readdirSync(join(bench.outside, 'other'))).toEqual([]);
  });

  test('takes paths relative to it, and absolute ones in it', async () => {
    await bench.call((files) => files.write('notes/a.txt', utf8('one')));
    const at = join(bench.workspace, 'notes/./x/../a.txt');
    expect(text(await bench.call((files) => files.read(at)))).toBe('one');
    expect(text(await bench.call((files) => files.read('./notes//a.txt')))).toBe('one');
  });
});

describe('reading', () => {
  test('gives bytes, size and hash, and a part without a hash', async () => {
    mkdirSync(bench.workspace);
    writeFileSync(join(bench.workspace, 'a.txt'), 'hello world');
    const whole = await bench.call((files) => files.read('a.txt'));
    expect({ ...whole, bytes: text(whole) }).toEqual({
      bytes: 'hello world',
      size: 11,
      sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9',
    });
    const part = await bench.call((files) => files.read('a.txt', { offset: 6, length: 3 }));
    expect({ ...part, bytes: text(part) }).toEqual({ bytes: 'wor', size: 11 });
  });

  test('is bounded, except in parts', async () => {
    mkdirSync(bench.workspace);
    writeFileSync(join(bench.workspace, 'big'), '0123456789');
    expect(await bench.refusal((files) => files.read('big', { maxBytes: 9 }))).toBe(
      'files.too_large',
    );
    const part = await bench.call((files) =>
      files.read('big', { maxBytes: 4, offset: 8, length: 4 }),
    );
    expect(text(part)).toBe('89');
    writeFileSync(join(bench.workspace, 'huge'), Buffer.alloc(10 * 1024 * 1024 + 1));
    expect(await bench.refusal((files) => files.read('huge'))).toBe('files.too_large');
    expect(await bench.refusal((files) => files.read('big', { offset: -1 }))).toBe('files.range');
  });

  test('says what is wrong with a path that holds no file', async () => {
    mkdirSync(join(bench.workspace, 'dir'), { recursive: true });
    writeFileSync(join(bench.workspace, 'a.txt'), 'x');
    expect(await bench.refusal((files) => files.read('missing'))).toBe('files.not_found');
    expect(await bench.refusal((files) => files.read('missing/too'))).toBe('files.not_found');
    expect(await bench.refusal((files) => files.read('a.txt/b'))).toBe('files.not_found');
    expect(await bench.refusal((files) => files.read('dir'))).toBe('files.not_a_file');
    expect(await bench.refusal((files) => files.list('a.txt'))).toBe('files.not_a_directory');
    expect(await bench.refusal((files) => files.list('missing'))).toBe('files.not_found');
    expect(await bench.refusal((files) => files.write('dir', utf8('x')))).toBe('files.not_a_file');
    expect(await bench.refusal((files) => files.write('a.txt/b', utf8('x')))).toBe(
      'files.not_a_directory',
    );
    expect(await bench.refusal((files) => files.remove('missing'))).toBe('files.not_found');
    expect(await bench.refusal((files) => files.remove('dir'))).toBe('files.not_a_file');
    expect(await bench.call((files) => files.stat('missing'))).toBe(undefined);
  });
});

describe('writing', () => {
  test('makes files and directories for their owner alone, and leaves no draft', async () => {
    const made = await bench.call((files) => files.write('a/b/c.txt', utf8('one')));
    expect(made).toEqual({ created: true });
    expect(statSync(join(bench.workspace, 'a')).mode & 0o777).toBe(0o700);
    expect(statSync(join(bench.workspace, 'a/b/c.txt')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(bench.workspace, 'a/b'))).toEqual(['c.txt']);
    const again = await bench.call((files) => files.write('a/b/c.txt', utf8('two')));
    expect(again).toEqual({ created: false });
    expect(readFileSync(join(bench.workspace, 'a/b/c.txt'), 'utf8')).toBe('two');
    expect(readdirSync(join(bench.workspace, 'a/b'))).toEqual(['c.txt']);
  });

  test('P32.03 makes them so whatever the process would allow', async () => {
    const before = process.umask(0);
    try {
      await bench.call((files) => files.write('a/b.txt', utf8('one')));
    } finally {
      process.umask(before);
    }
    expect(statSync(bench.workspace).mode & 0o777).toBe(0o700);
    expect(statSync(join(bench.workspace, 'a')).mode & 0o777).toBe(0o700);
    expect(statSync(join(bench.workspace, 'a/b.txt')).mode & 0o777).toBe(0o600);
  });

  test('keeps the permissions of a file it replaces, and never its set-user-id bit', async () => {
    mkdirSync(bench.workspace);
    const script = join(bench.workspace, 'run.sh');
    writeFileSync(script, 'one');
    chmodSync(script, 0o4750);
    await bench.call((files) => files.write('run.sh', utf8('two')));
    expect(statSync(script).mode & 0o7777).toBe(0o750);
  });

  test('happens only to the file that was expected', async () => {
    await bench.call((files) => files.write('a.txt', utf8('one'), { expect: null }));
    const write = (content: string, expected: string | null): Promise<string> =>
      bench.refusal((files) => files.write('a.txt', utf8(content), { expect: expected }));
    expect(await write('two', null)).toBe('files.changed');
    expect(await write('two', sha256('other'))).toBe('files.changed');
    expect(await write('two', sha256('one').toUpperCase())).toBe('allowed');
    expect(readFileSync(join(bench.workspace, 'a.txt'), 'utf8')).toBe('two');
    expect(
      await bench.refusal((files) => files.write('new', utf8('x'), { expect: sha256('') })),
    ).toBe('files.changed');
    expect(readdirSync(bench.workspace)).toEqual(['a.txt']);
  });

  test('of two at once that expect the same, only one wins', async () => {
    await bench.call((files) => files.write('a.txt', utf8('one')));
    const settled = await bench.call((files) =>
      Promise.allSettled(
        ['x', 'y', 'z'].map((each) => files.write('a.txt', utf8(each), { expect: sha256('one') })),
      ),
    );
    expect(settled.map(({ status }) => status).toSorted()).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
    ]);
  });

  test('is bounded, and does not follow a buffer that changes later', async () => {
    const big = new Uint8Array(10 * 1024 * 1024 + 1);
    expect(await bench.refusal((files) => files.write('big', big))).toBe('files.too_large');
    const bytes = utf8('one');
    await bench.call(async (files) => {
      const writing = files.write('a.txt', bytes);
      bytes.fill(0x78);
      await writing;
    });
    expect(readFileSync(join(bench.workspace, 'a.txt'), 'utf8')).toBe('one');
  });

  test('through a link inside the workspace changes the file it leads to', async () => {
    await bench.call((files) => files.write('real.txt', utf8('one')));
    symlinkSync('real.txt', join(bench.workspace, 'link.txt'));
    await bench.call((files) => files.write('link.txt', utf8('two')));
    expect(readFileSync(join(bench.workspace, 'real.txt'), 'utf8')).toBe('two');
    expect(text(await bench.call((files) => files.read('link.txt')))).toBe('two');
  });
});

describe('listing and removing', () => {
  test('lists by name, at most as many as asked, and tells links apart', async () => {
    mkdirSync(join(bench.workspace, 'dir'), { recursive: true });
    for (const name of ['b', 'ä', 'a', 'c']) writeFileSync(join(bench.workspace, name), name);
    symlinkSync('/etc', join(bench.workspace, 'link'));
    const all = await bench.call((files) => files.list('.'));
    expect(
      all.entries.map(({ name, type, size }) => [name, type, type === 'file' ? size : 0]),
    ).toEqual([
      ['a', 'file', 1],
      ['b', 'file', 1],
      ['c', 'file', 1],
      ['dir', 'directory', 0],
      ['link', 'other', 0],
      ['ä', 'file', 2],
    ]);
    const some = await bench.call((files) => files.list('.', { limit: 2 }));
    expect([some.entries.map(({ name }) => name), some.more]).toEqual([['a', 'b'], true]);
    expect(await bench.call((files) => files.stat('dir'))).toMatchObject({
      name: 'dir',
      type: 'directory',
    });
    expect(await bench.call((files) => files.stat('ä'))).toMatchObject({ name: 'ä', size: 2 });
  });

  test('removes a file, and writes every effect to the audit log', async () => {
    await bench.call((files) => files.write('a.txt', utf8('one')));
    await bench.call((files) => files.remove('a.txt'));
    expect(readdirSync(bench.workspace)).toEqual([]);
    expect(await bench.codes()).toEqual([
      'effect.write',
      'effect.done',
      'effect.remove',
      'effect.done',
    ]);
  });
});
