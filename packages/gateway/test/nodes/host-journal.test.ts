/** What a gateway that means harm can fill a node host with. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { NodeJournal } from '../../src/node-host/journal.ts';

const MOST_BYTES = 4_000_000;

let folder: string;
let journal: NodeJournal;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-node-'));
  journal = new NodeJournal(folder);
});

afterEach(() => {
  journal.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Eight lines fill a file. */
function write(id: string): void {
  const fact = '\u{20ac}'.repeat(150_000);
  journal.write({ at: 1, phase: 'asked', id, key: `k${id}`, command: 'x', code: 'c', fact });
}

test('the journal keeps two files of a bounded size, and knows what is in them', () => {
  for (let at = 0; at < 40; at += 1) write(String(at));
  const files = readdirSync(join(folder, 'node-host')).toSorted();
  expect(files).toEqual(['commands.jsonl', 'commands.jsonl.1']);
  for (const file of files) {
    expect(statSync(join(folder, 'node-host', file)).size).toBeLessThanOrEqual(MOST_BYTES);
  }
  expect(journal.knows({ id: '39' })).toBe(true);
  expect(journal.knows({ id: 'new', key: 'k39' })).toBe(true);
  expect(journal.knows({ id: '30' })).toBe(true);
  expect(journal.knows({ id: '0', key: 'k0' })).toBe(false);
});

function known(of: NodeJournal): readonly boolean[] {
  return Array.from({ length: 41 }, (_, at) => of.knows({ id: String(at) }));
}

test('a host that is started again knows the same', () => {
  for (let at = 0; at < 40; at += 1) write(String(at));
  const before = known(journal);
  journal.close();
  journal = new NodeJournal(folder);
  expect(known(journal)).toEqual(before);
  expect(before.filter(Boolean).length).toBeGreaterThan(8);
});
