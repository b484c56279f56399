/**
 * What is in a file, as the label of the session that wrote it.
 *
 * A label counts only while the file still has the content it was stored with. A file without one,
 * or changed by anybody else, may hold anything from anybody.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import { type Table, type Tx, defineTable } from '@portcullis/core';
import { type FlowLabel, type PrivateClass, joinLabels, topLabel } from '@portcullis/policy/flow';

import { CENSUS_MOST, type CensusEntry } from './census.ts';

/** The label of one file or directory of one agent. */
export interface FileLabelRow {
  readonly agentId: string;
  /** Absolute, free of links. */
  readonly path: string;
  /** SHA-256 of the content the label speaks of; absent for a directory, whose content is its name. */
  readonly sha256?: string;
  /** The state of the file the label speaks of, as a census marks it. */
  readonly mark?: string;
  readonly label: FlowLabel;
}

/** Labels by the hash of agent and path, so that a path of any length is stored safely. */
export const fileLabelsTable: Table<FileLabelRow> = defineTable<FileLabelRow>('file_labels', {
  byAgent: ['agentId'],
});

function keyOf(agentId: string, path: string): string {
  return createHash('sha256').update(`${agentId}\0${path}`, 'utf8').digest('hex');
}

/** The label of a file with this content, or in this state. */
export async function contentLabel(
  tx: Tx,
  agentId: string,
  path: string,
  { sha256, mark }: { readonly sha256?: string; readonly mark?: string },
): Promise<FlowLabel> {
  const row = await tx.get(fileLabelsTable, keyOf(agentId, path));
  if (row === undefined) return topLabel;
  // A hash is believed before a mark: a program that maps a file writes without a trace for a while.
  const same =
    sha256 !== undefined && row.sha256 !== undefined
      ? row.sha256 === sha256
      : mark !== undefined && row.mark === mark;
  return same ? row.label : topLabel;
}

/** The rows of an agent by path. */
export async function labelsOf(
  tx: Tx,
  agentId: string,
): Promise<ReadonlyMap<string, FileLabelRow>> {
  const rows = await tx.find(fileLabelsTable, {
    index: 'byAgent',
    equals: [agentId],
    limit: 4 * CENSUS_MOST,
  });
  return new Map(rows.map(({ value }) => [value.path, value]));
}

/** Whether a row speaks of what a census found: of a directory, by its name alone. */
export function speaksOf(
  row: FileLabelRow | undefined,
  { isDirectory, mark }: CensusEntry,
): row is FileLabelRow {
  return row !== undefined && (isDirectory || row.mark === mark);
}

/** The label of a name in a directory, whatever is in the file by now. */
export async function nameLabel(tx: Tx, agentId: string, path: string): Promise<FlowLabel> {
  const row = await tx.get(fileLabelsTable, keyOf(agentId, path));
  return row?.label ?? topLabel;
}

/** Stores the label of what was written. A label never falls while the file is there. */
export async function putLabel(tx: Tx, written: FileLabelRow): Promise<void> {
  const key = keyOf(written.agentId, written.path);
  const old = await tx.get(fileLabelsTable, key);
  const label = old === undefined ? written.label : joinLabels(old.label, written.label);
  tx.put(fileLabelsTable, key, { ...written, label });
}

/** Forgets a file that is gone. */
export function dropLabel(tx: Tx, agentId: string, path: string): void {
  tx.delete(fileLabelsTable, keyOf(agentId, path));
}

/** The class of private data in a file, by its path in the workspace. */
export function classOf(path: string): PrivateClass {
  const [first = '', ...rest] = path.normalize('NFC').toLowerCase().split('/');
  const remembered = rest.length > 0 ? first === 'memory' : MEMORY.has(first);
  return remembered ? 'memory' : 'workspace';
}

const MEMORY = new Set(['memory', 'memory.md', 'user.md']);
