import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { FileReading } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { readSession } from '../../../src/session/sessions.ts';
import { type FilesBench, openFilesBench, text, utf8 } from './bench.ts';

let bench: FilesBench;

beforeEach(async () => {
  bench = await openFilesBench();
  mkdirSync(bench.workspace);
});

afterEach(async () => {
  await bench.close();
});

function put(path: string, content = ''): void {
  const at = join(bench.workspace, path);
  mkdirSync(join(at, '..'), { recursive: true });
  writeFileSync(at, content);
}

const GUEST = '43';

const shown = (reading: FileReading): string =>
  'refused' in reading ? reading.refused : text(reading);

const tree = async (path = '.', options = {}) => {
  const { entries, more } = await bench.call((files) => files.tree(path, options));
  return { paths: entries.map((entry) => entry.path), more };
};

const readMany = async (paths: readonly string[], options = {}) =>
  (await bench.call((files) => files.readMany(paths, options))).map(shown);

/** What the owner's session has seen. */
async function label(): Promise<unknown> {
  const key = 'agent:main:telegram:direct:42';
  const session = await bench.harness.store.transact((tx) => readSession(tx, key));
  return session?.flow;
}

/** What the lines about effects say so far. */
async function lines(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const log = await bench.harness.gateway.services.audit.log({ limit: 1000 });
  return log.map(({ entry }) => entry).filter((entry) => entry['kind'] === 'effect');
}

describe('a tree', () => {
  test('is told directory by directory, in order, without what is left out', async () => {
    for (const path of ['b/z.txt', 'b/a/x.txt', 'a.txt', '.git/config', 'c/.git/y']) put(path);
    expect(await tree('.', { except: ['.git'] })).toEqual({
      paths: ['.git', 'a.txt', 'b', 'c', 'b/a', 'b/z.txt', 'c/.git', 'b/a/x.txt'],
      more: false,
    });
    expect(await tree('b')).toEqual({ paths: ['a', 'z.txt', 'a/x.txt'], more: false });
  });

  test('is bounded, and says that there is more', async () => {
    for (const path of ['a/1', 'a/2', 'b/3']) put(path);
    expect(await tree('.', { limit: 3 })).toEqual({ paths: ['a', 'b', 'a/1'], more: true });
    expect(await tree('.', { limit: 5 })).toEqual({
      paths: ['a', 'b', 'a/1', 'a/2', 'b/3'],
      more: false,
    });
  });

  test('follows no link, be it to itself, and enters nothing that is refused', async () => {
    put('in/a.txt');
    symlinkSync('..', join(bench.workspace, 'in', 'up'));
    symlinkSync(bench.outside, join(bench.workspace, 'out'));
    writeFileSync(join(bench.outside, 'secret'), 'CANARY');
    mkdirSync(join(bench.workspace, 'c:\\x'));
    expect(await tree()).toEqual({
      paths: ['c:\\x', 'in', 'out', 'in/a.txt', 'in/up'],
      more: true,
    });
    const [, outcome] = await lines();
    expect(outcome).toMatchObject({ code: 'effect.done', directories: 2, refused: 1, entries: 5 });
  });

  test('of what is no directory is refused', async () => {
    put('a.txt');
    expect(await bench.refusal((files) => files.tree('a.txt'))).toBe('files.not_a_directory');
    expect(await bench.refusal((files) => files.tree('none'))).toBe('files.not_found');
    expect(await bench.refusal((files) => files.tree('..'))).toMatch(/^fs\./u);
    expect(await bench.refusal((files) => files.tree('.', { limit: -1 }))).toBe('files.range');
  });
});

describe('many files', () => {
  test('are read in the order they were asked for, each under its own decision', async () => {
    put('a/1', 'one');
    put('a/2', 'two');
    put('b/3', 'three');
    expect(await readMany(['a/2', 'b/3', 'none', 'a', 'a/1'])).toEqual([
      'two',
      'three',
      'files.not_found',
      'files.not_a_file',
      'one',
    ]);
    expect(await lines()).toMatchObject([
      { code: 'effect.read_many', effect: 'allow', files: 5 },
      { code: 'effect.done', read: 3, refused: 2, bytes: 11 },
    ]);
  });

  test('P25.02: give nothing of what a link, a second name, a pipe or a device leads to', async () => {
    put('good', 'fine');
    writeFileSync(join(bench.outside, 'secret'), 'CANARY');
    symlinkSync(join(bench.outside, 'secret'), join(bench.workspace, 'link'));
    symlinkSync(bench.outside, join(bench.workspace, 'dir'));
    linkSync(join(bench.outside, 'secret'), join(bench.workspace, 'second'));
    execFileSync('mkfifo', [join(bench.workspace, 'pipe')]);
    symlinkSync('/dev/zero', join(bench.workspace, 'zero'));
    const paths = ['link', 'dir/secret', 'second', 'pipe', 'zero', '../secret', '/etc/passwd'];
    const [good, ...others] = await readMany(['good', ...paths]);
    expect(good).toBe('fine');
    for (const code of others) expect(code).toMatch(/^fs\./u);
    expect(await bench.refusal((files) => files.readMany(paths))).toMatch(/^fs\./u);
  });

  test('that are too large, or unreadable, end nothing', async () => {
    put('a', 'x'.repeat(10));
    put('huge');
    truncateSync(join(bench.workspace, 'huge'), 2 ** 40);
    put('shut', 'no');
    chmodSync(join(bench.workspace, 'shut'), 0);
    const seen = await readMany(['a', 'huge', 'shut', 'a'], { maxBytes: 10 });
    expect(seen.slice(0, 2)).toEqual(['x'.repeat(10), 'files.too_large']);
    expect(seen[2]).toBe(process.getuid?.() === 0 ? 'no' : 'files.denied');
    expect(seen[3]).toBe('x'.repeat(10));
  });

  test('are bounded together', async () => {
    for (const name of ['a', 'b', 'c', 'd']) put(name, 'x'.repeat(10));
    const full = 'files.too_large';
    expect(await readMany(['a', 'b', 'c', 'd'], { totalBytes: 20 })).toEqual([
      'x'.repeat(10),
      'x'.repeat(10),
      full,
      full,
    ]);
    const paths = Array.from({ length: 5001 }, () => 'a');
    expect(await bench.refusal((files) => files.readMany(paths))).toBe('files.range');
    expect(await bench.call((files) => files.readMany([]))).toEqual([]);
  });

  test('bring what each of them has seen into the session', async () => {
    await bench.call((files) => files.write('a.txt', utf8('one')));
    await bench.call((files) => files.write('memory/day.md', utf8('two')));
    await bench.call((files) => files.write('guest.txt', utf8('three')), GUEST);
    await readMany(['a.txt']);
    expect(await label()).toEqual({ u: 0, P: ['workspace'] });
    await readMany(['a.txt', 'memory/day.md']);
    expect(await label()).toEqual({ u: 0, P: ['memory', 'workspace'] });
    await readMany(['guest.txt', 'a.txt']);
    expect(await label()).toEqual({ u: 1, P: ['memory', 'workspace'] });
    // What could not be read brings nothing; what nobody vouches for brings everything.
    put('foreign', 'from anybody');
    await readMany(['a.txt', 'foreign'], { maxBytes: 5 });
    expect(await label()).toMatchObject({ u: 1 });
    await readMany(['a.txt', 'foreign']);
    expect(await label()).toMatchObject({ u: 3 });
  });

  test('a tree brings the names of all below it', async () => {
    await bench.call((files) => files.write('memory/a/day.md', utf8('one')));
    await tree();
    expect(await label()).toEqual({ u: 0, P: ['memory', 'workspace'] });
    put('memory/a/foreign');
    await tree();
    expect(await label()).toMatchObject({ u: 3 });
  });

  test('two thousand of them are found and read in a moment', async () => {
    for (let index = 0; index < 2000; index += 1) {
      put(`d${String(index % 40)}/f${String(index)}.txt`, `file ${String(index)}\n`.repeat(40));
    }
    const took = await bench.call(async (files) => {
      const start = performance.now();
      const { entries } = await files.tree('.');
      const paths = entries.filter(({ type }) => type === 'file').map(({ path }) => path);
      const readings = await files.readMany(paths);
      expect(readings.filter((reading) => 'bytes' in reading)).toHaveLength(2000);
      return performance.now() - start;
    });
    // Ten times what it takes on a small machine that does nothing else.
    expect(took).toBeLessThan(5000);
  });
});
