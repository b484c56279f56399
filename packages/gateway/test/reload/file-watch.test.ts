import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { FileWatch } from '../../src/reload/file-watch.ts';

let folder: string;
let path: string;
let open: FileWatch | undefined;
/** What was read each time a change was told. */
let told: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-watch-'));
  path = join(folder, 'openclaw.json');
  writeFileSync(path, 'first');
  told = [];
});
afterEach(async () => {
  await open?.close();
  rmSync(folder, { recursive: true, force: true });
});

function read(): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return 'gone';
  }
}

function watch(files: () => readonly string[] = () => [path], pollMs = 60_000): FileWatch {
  open = new FileWatch({
    files,
    changed: async () => {
      told.push(read());
    },
    pollMs,
    quietMs: 20,
  });
  return open;
}

const seen = (): ReturnType<typeof expect.poll> =>
  expect.poll(() => told.at(-1), { timeout: 5000 });

describe('a change is told of', () => {
  test('that is written in place', async () => {
    watch();
    writeFileSync(path, 'second');
    await seen().toBe('second');
  });

  test('that is put in place of the file, time after time, as editors do', async () => {
    watch();
    for (const text of ['second', 'third', 'fourth']) {
      writeFileSync(`${path}.tmp`, text);
      renameSync(`${path}.tmp`, path);
      await seen().toBe(text);
    }
  });

  test('that takes the file away, and that brings it back', async () => {
    watch();
    rmSync(path);
    await seen().toBe('gone');
    writeFileSync(path, 'back');
    await seen().toBe('back');
  });

  test('behind a link', async () => {
    const real = join(folder, 'elsewhere');
    mkdirSync(real);
    writeFileSync(join(real, 'config'), 'first');
    rmSync(path);
    symlinkSync(join(real, 'config'), path);
    watch();
    writeFileSync(join(real, 'config'), 'second');
    await seen().toBe('second');
  });

  test('in a file that an edit named just now', async () => {
    const other = join(folder, 'more', 'other.json');
    const files = [path];
    watch(() => files, 20);
    mkdirSync(join(folder, 'more'));
    writeFileSync(other, 'one');
    files.push(other);
    writeFileSync(path, 'second');
    await seen().toBe('second');
    const before = told.length;
    writeFileSync(other, 'two, and longer');
    await expect.poll(() => told.length, { timeout: 5000 }).toBeGreaterThan(before);
  });

  test('by the looks alone, where the folder came after the watch', async () => {
    path = join(folder, 'later', 'openclaw.json');
    watch(undefined, 20);
    mkdirSync(join(folder, 'later'));
    writeFileSync(path, 'second');
    await seen().toBe('second');
  });
});

test('a file that only was looked at is not told of', async () => {
  watch(undefined, 10);
  writeFileSync(join(folder, 'another'), 'x');
  writeFileSync(path, 'second');
  await seen().toBe('second');
  expect(told).toEqual(['second']);
});

test('what is written in many pieces is told of once it is quiet', async () => {
  watch();
  for (let piece = 0; piece < 10; piece += 1) writeFileSync(path, 'x'.repeat(piece + 10));
  await seen().toBe('x'.repeat(19));
  expect(told).toEqual(['x'.repeat(19)]);
});

test('a change while one is told of is told of after it, never beside it', async () => {
  const gate = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  open = new FileWatch({
    files: () => [path],
    changed: async () => {
      running += 1;
      most = Math.max(most, running);
      told.push(read());
      if (told.length === 1) await gate.promise;
      running -= 1;
    },
    pollMs: 20,
    quietMs: 10,
  });
  writeFileSync(path, 'second');
  await seen().toBe('second');
  writeFileSync(path, 'the third');
  gate.resolve();
  await seen().toBe('the third');
  expect(most).toBe(1);
});

test('nothing is told of after the end', async () => {
  const watched = watch(undefined, 10);
  await watched.close();
  const other = new FileWatch({
    files: () => [path],
    changed: async () => {
      told.push('other');
    },
    pollMs: 10,
    quietMs: 10,
  });
  writeFileSync(path, 'second');
  await seen().toBe('other');
  await other.close();
  expect(told).toEqual(['other']);
});
