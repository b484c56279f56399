/** Several files changed together. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import type { FileChange } from '@portcullis/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { ApprovalItem } from '../../../src/services.ts';
import { cli, until } from '../../pipeline/harness.ts';
import { type FilesBench, openFilesBench } from './bench.ts';

const OWNER = '42';
const GUEST = '43';

let bench: FilesBench;

beforeEach(async () => {
  bench = await openFilesBench();
  mkdirSync(bench.workspace, { recursive: true });
});

afterEach(async () => {
  await bench.harness.gateway.stop('test', 20);
  await bench.close();
});

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function put(name: string, text: string): void {
  writeFileSync(join(bench.workspace, name), text);
}

function read(name: string): string | undefined {
  try {
    return readFileSync(join(bench.workspace, name), 'utf8');
  } catch {
    return undefined;
  }
}

function change(changes: readonly FileChange[], sender = OWNER): Promise<void> {
  return bench.call((files) => files.change(changes), sender);
}

async function question(): Promise<ApprovalItem> {
  const { approvals } = bench.harness.gateway.services;
  await until(async () => (await approvals.pending()).length > 0, 'a question');
  const [item, ...others] = await approvals.pending();
  if (item === undefined || others.length > 0) throw new Error('not exactly one question');
  return item;
}

const SET: readonly FileChange[] = [
  { path: 'AGENTS.md', bytes: utf8('obey 43'), expect: null },
  { path: 'a.txt', bytes: utf8('after'), expect: sha256('before') },
  { path: 'skills/b.md', bytes: utf8('a skill'), expect: null },
  { path: 'old.txt', bytes: null, expect: sha256('old') },
];

describe('a set of changes', () => {
  test('is made as one effect', async () => {
    put('a.txt', 'before');
    put('old.txt', 'old');
    await change(SET);
    expect([read('AGENTS.md'), read('a.txt'), read('skills/b.md'), read('old.txt')]).toEqual([
      'obey 43',
      'after',
      'a skill',
      undefined,
    ]);
    expect(await bench.codes()).toEqual(['effect.change', 'effect.done']);
  });

  test('asks once, and shows every file with its hash', async () => {
    put('a.txt', 'before');
    put('old.txt', 'old');
    const work = change(SET, GUEST);
    const item = await question();
    expect(item).toMatchObject({
      act: 'change several files together',
      code: 'flow.fs.persistent',
    });
    expect(item.offered).toEqual(['allow-once', 'deny']);
    const file = (name: string, content: string, was: string | null) => ({
      path: name,
      file: name,
      bytes: content.length,
      sha256: sha256(content),
      text: content,
      expect: was,
    });
    expect(JSON.parse(item.subject)).toEqual({
      files: [
        file('AGENTS.md', 'obey 43', null),
        file('a.txt', 'after', sha256('before')),
        file('skills/b.md', 'a skill', null),
        { path: 'old.txt', file: 'old.txt', removes: true, expect: sha256('old') },
      ],
    });
    await bench.harness.gateway.services.approvals.resolve(cli, item.id, 'allow-once');
    await work;
    expect(read('skills/b.md')).toBe('a skill');
  });

  test('that is denied changes nothing, also of what needs no approval', async () => {
    put('a.txt', 'before');
    put('old.txt', 'old');
    const refused = expect(change(SET, GUEST)).rejects.toMatchObject({
      code: 'exec.approval.denied',
    });
    await bench.harness.gateway.services.approvals.resolve(cli, (await question()).id, 'deny');
    await refused;
    expect([read('AGENTS.md'), read('a.txt'), read('old.txt')]).toEqual([
      undefined,
      'before',
      'old',
    ]);
  });

  test('P01.03: is void when a path leads elsewhere after the answer', async () => {
    put('a.txt', 'before');
    put('old.txt', 'old');
    mkdirSync(join(bench.workspace, 'other'));
    const refused = expect(change(SET, GUEST)).rejects.toMatchObject({ code: 'fs.toctou' });
    const { id } = await question();
    symlinkSync('other', join(bench.workspace, 'skills'));
    const { approvals } = bench.harness.gateway.services;
    await approvals.resolve(cli, id, 'allow-once');
    await refused;
    expect((await approvals.get(id))?.state).toBe('voided');
    expect([read('AGENTS.md'), read('a.txt')]).toEqual([undefined, 'before']);
  });

  test('puts back what it changed when a later file is not what was expected', async () => {
    put('a.txt', 'before');
    put('old.txt', 'somebody wrote here');
    await expect(change(SET)).rejects.toMatchObject({ code: 'files.changed' });
    expect([read('AGENTS.md'), read('a.txt'), read('skills/b.md'), read('old.txt')]).toEqual([
      undefined,
      'before',
      undefined,
      'somebody wrote here',
    ]);
  });

  test.each([
    ['nothing', []],
    [
      'a file twice',
      [
        { path: 'a', bytes: utf8('1'), expect: null },
        { path: 'a', bytes: utf8('2'), expect: null },
      ],
    ],
    [
      'a file under two names',
      [
        { path: 'a', bytes: utf8('1'), expect: null },
        { path: './a', bytes: utf8('2'), expect: null },
      ],
    ],
  ])('may not be of %s', async (_what, changes) => {
    await expect(change(changes)).rejects.toMatchObject({ code: 'files.change_invalid' });
    expect(read('a')).toBeUndefined();
  });

  test('is refused whole where one path is', async () => {
    const outside = { path: '../outside.txt', bytes: utf8('x'), expect: null };
    await expect(
      change([{ path: 'a.txt', bytes: utf8('x'), expect: null }, outside]),
    ).rejects.toHaveProperty('code');
    expect(read('a.txt')).toBeUndefined();
  });
});
