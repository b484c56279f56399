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

/** The label of one file or directory of one agent. */
export interface FileLabelRow {
  readonly agentId: string;
  /** Absolute, free of links. */
  readonly path: string;
  /** SHA-256 of the content the label speaks of; absent for a directory, whose content is its name. */
  readonly sha256?: string;
  readonly label: FlowLabel;
}

/** Labels by the hash of agent and path, so that a path of any length is stored safely. */
export const fileLabelsTable: Table<FileLabelRow> = defineTable<FileLabelRow>('file_labels');

function keyOf(agentId: string, path: string): string {
  return createHash('sha256').update(`${agentId}\0${path}`, 'utf8').digest('hex');
}

/** The label of a file with this content. */
export async function contentLabel(
  tx: Tx,
  agentId: string,
  path: string,
  sha256: string,
): Promise<FlowLabel> {
  const row = await tx.get(fileLabelsTable, keyOf(agentId, path));
  return row?.sha256 === sha256 ? row.label : topLabel;
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
