import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { type FileReading, type FilesBroker, PortcullisError } from '@portcullis/core';
import { afterEach, expect, test } from 'vitest';

import { type FilesBench, openFilesBench, text, utf8 } from './bench.ts';

let bench: FilesBench;

afterEach(async () => {
  await bench.close();
});

/** What is swapped: a directory or a file for a link, or a file for a second name of one outside. */
type Mode = 'directory' | 'leaf' | 'second name';

const CANARY = 'CANARY from outside';
const MIN_SWAPS = 10_000;
const MIN_ROUNDS = 150;

/** What may come of an operation while somebody swaps the files under it. */
const HARMLESS = new Set([
  'fs.toctou',
  'fs.hardlink',
  'fs.symlink_escape',
  'fs.symlink_dangling',
  'fs.path.unresolved',
  'files.not_found',
  'files.not_a_file',
  'files.not_a_directory',
  'files.changed',
  'files.failed',
  'config.invalid',
]);

async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    const result = await work;
    return typeof result === 'string' ? result : 'done';
  } catch (error) {
    if (PortcullisError.is(error)) return error.code;
    throw error;
  }
}

/** Works on the files until the neighbour swapped often enough. */
async function besiege(mode: Mode, path: string): Promise<Map<string, number>> {
  bench = await openFilesBench();
  mkdirSync(join(bench.workspace, 'dir'), { recursive: true });
  writeFileSync(join(bench.workspace, 'dir', 'target'), 'inside');
  writeFileSync(join(bench.outside, 'target'), CANARY);
  const counter = new SharedArrayBuffer(8);
  const swaps = new Int32Array(counter);
  const worker = new Worker(new URL('swapper.mjs', import.meta.url), {
    workerData: { workspace: bench.workspace, outside: bench.outside, mode, counter },
  });
  const seen = new Map<string, number>();
  const count = async (way: string, work: Promise<unknown>): Promise<void> => {
    const key = `${way} ${await outcome(work)}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
  };
  const round = async (files: FilesBroker, index: number): Promise<void> => {
    await count('read', files.read(path).then(text));
    await count('write', files.write(path, utf8('inside')));
    await count('write', files.write(`dir/new-${String(index % 5)}`, utf8('inside')));
    await count(
      'list',
      files.list('dir').then(({ entries }) => namesOf(entries)),
    );
    await count('many', files.readMany([path, path]).then(bothTexts));
    await count(
      'tree',
      files.tree('.').then(({ entries }) => namesOf(entries)),
    );
    if (index % 10 === 0) await count('remove', files.remove('dir/new-1'));
  };
  try {
    await bench.call(async (files) => {
      for (let index = 0; index < MIN_ROUNDS || Atomics.load(swaps, 0) < MIN_SWAPS; index += 1) {
        await round(files, index);
      }
    });
  } finally {
    Atomics.store(swaps, 1, 1);
    await new Promise((resolve) => {
      worker.once('exit', resolve);
    });
  }
  return seen;
}

/** What both readings say, or why there is nothing; a mixture tells the one that was read. */
function bothTexts(readings: readonly FileReading[]): string {
  const seen = readings.map((reading) => ('refused' in reading ? reading.refused : text(reading)));
  return seen.find((each) => !HARMLESS.has(each)) ?? seen[0] ?? 'nothing';
}

function namesOf(entries: readonly { readonly name: string }[]): string {
  return entries.some(({ name }) => name === 'canary-name') ? 'OUTSIDE' : 'listed';
}

test.each<Mode>(['directory', 'leaf', 'second name'])(
  'P07.03 while files are swapped for ones outside (%s), nothing is read or written there',
  { timeout: 60_000 },
  async (mode) => {
    const seen = await besiege(mode, 'dir/target');
    const outcomes = new Set([...seen.keys()].map((key) => key.split(' ').slice(1).join(' ')));
    for (const each of outcomes) {
      expect(HARMLESS.has(each) || ['inside', 'done', 'listed'].includes(each), each).toBe(true);
    }
    // The siege let some through, and caught some: else it proved nothing.
    expect(seen.get('read inside') ?? 0).toBeGreaterThan(0);
    expect(seen.get('many inside') ?? 0).toBeGreaterThan(0);
    expect([...outcomes].some((each) => each.startsWith('fs.'))).toBe(true);
    expect(readFileSync(join(bench.outside, 'target'), 'utf8')).toBe(CANARY);
    expect(readdirSync(bench.outside)).toEqual(['target']);
  },
);
