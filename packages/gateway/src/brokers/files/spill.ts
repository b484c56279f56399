/**
 * Long results of tools, kept whole in the workspace so that the agent can read them in parts. Names
 * are the gateway's, labels are the session's, and the oldest make room for new ones.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';

import { type FilesBroker, PortcullisError, type Table, defineTable } from '@portcullis/core';

import { type Kernel, commit } from '../../kernel.ts';

/** One kept result. */
export interface SpillRow {
  readonly agentId: string;
  /** From the workspace. */
  readonly path: string;
  readonly bytes: number;
  readonly at: number;
}

/** All kept results, by agent and path. */
export const spillsTable: Table<SpillRow> = defineTable<SpillRow>('spills', {
  byAgent: ['agentId', 'at'],
});

const FOLDER = 'tool-results';
/** Most results one agent keeps, and most bytes of them. */
const MOST_FILES = 50;
const MOST_BYTES = 50 * 1024 * 1024;
/** Largest single one: what the files broker writes at once. */
const LARGEST = 10 * 1024 * 1024;

/**
 * Keeps a text in the workspace of an agent. `files` must ask nobody. Undefined where the text is too
 * large or the session may not write there; throws nothing that a broker refuses.
 */
export async function keepResult(
  kernel: Kernel,
  agentId: string,
  files: FilesBroker,
  text: string,
): Promise<{ readonly path: string; readonly bytes: number } | undefined> {
  const content = Buffer.from(text, 'utf8');
  if (content.length > LARGEST) return undefined;
  const stamp = new Date(kernel.now()).toISOString().replaceAll(/[:.]/gu, '-');
  const path = `${FOLDER}/${stamp}-${randomBytes(4).toString('hex')}.txt`;
  try {
    await makeRoom(kernel, agentId, files, content.length);
    await files.write(path, content, { expect: null });
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    kernel.log.warn({ code: error.code, agentId }, 'turn: a long result could not be kept whole');
    return undefined;
  }
  const row: SpillRow = { agentId, path, bytes: content.length, at: kernel.now() };
  await commit(kernel, (tx) => tx.put(spillsTable, keyOf(agentId, path), row));
  return { path, bytes: content.length };
}

/** Removes the oldest until one more of this size fits. */
async function makeRoom(
  kernel: Kernel,
  agentId: string,
  files: FilesBroker,
  bytes: number,
): Promise<void> {
  const kept = await kernel.store.transact((tx) =>
    tx.find(spillsTable, { index: 'byAgent', equals: [agentId] }),
  );
  let count = kept.length + 1;
  let total = kept.reduce((sum, { value }) => sum + value.bytes, bytes);
  for (const { key, value } of kept) {
    if (count <= MOST_FILES && total <= MOST_BYTES) return;
    try {
      await files.remove(value.path);
    } catch (error) {
      // Somebody removed it by hand.
      if (!PortcullisError.is(error) || error.code !== 'files.not_found') throw error;
    }
    await commit(kernel, (tx) => tx.delete(spillsTable, key));
    count -= 1;
    total -= value.bytes;
  }
}

function keyOf(agentId: string, path: string): string {
  return JSON.stringify([agentId, path]);
}
