/**
 * What a command in the sandbox may have read of its workspace, and what it left there.
 *
 * Which files a command opens is not known, so its output takes the label of every file it could
 * have opened. What it made or changed takes the label the session has then, unless nobody could
 * vouch for it before. Where others write at the same time nothing is known for sure.
 *
 * @module
 */
import type { Tx } from '@portcullis/core';
import { type FlowLabel, isBelow, joinLabels, topLabel } from '@portcullis/policy/flow';

import { type Kernel, commit } from '../../kernel.ts';
import { type Census, takeCensus } from '../files/census.ts';
import { type FileLabelRow, classOf, labelsOf, putLabel, speaksOf } from '../files/labels.ts';

/** A workspace before a command ran in it. */
export interface Reading {
  readonly agentId: string;
  readonly workspace: string;
  /** Undefined when it holds more than is looked at. */
  readonly before: Census | undefined;
}

/** Looks at a workspace that a command is about to run in. */
export async function beginReading(agentId: string, workspace: string): Promise<Reading> {
  return { agentId, workspace, before: await takeCensus(workspace) };
}

/** The label of everything the command could have read; `alone`: nobody else was writing. */
export async function labelOfReading(
  kernel: Kernel,
  { agentId, workspace, before }: Reading,
  alone: boolean,
): Promise<FlowLabel> {
  const after = alone ? await takeCensus(workspace) : undefined;
  if (before === undefined || after === undefined) return topLabel;
  return await kernel.store.transact(async (tx) => {
    const rows = await labelsOf(tx, agentId);
    // A file that another session wrote meanwhile was there to be read, too.
    const written = [...after].filter(([path, { mark }]) => before.get(path)?.mark !== mark);
    const late = written.filter(([path, entry]) => speaksOf(rows.get(path), entry));
    return labelOfAll(workspace, rows, [...before, ...late]);
  });
}

function labelOfAll(
  workspace: string,
  rows: ReadonlyMap<string, FileLabelRow>,
  entries: Iterable<Parameters<typeof labelOfEntry>[2]>,
): FlowLabel {
  let label: FlowLabel = { u: 0, P: ['workspace'] };
  for (const entry of entries) {
    label = joinLabels(label, labelOfEntry(workspace, rows, entry));
    if (isBelow(topLabel, label)) break;
  }
  return label;
}

function labelOfEntry(
  workspace: string,
  rows: ReadonlyMap<string, FileLabelRow>,
  [path, entry]: readonly [string, { readonly isDirectory: boolean; readonly mark: string }],
): FlowLabel {
  const row = rows.get(path);
  const kind = classOf(path.slice(workspace.length + 1));
  return speaksOf(row, entry) ? joinLabels({ u: 0, P: [kind] }, row.label) : topLabel;
}

/**
 * Labels what the command made or changed, with the label of its session. What was there before
 * without one stays without.
 */
export async function labelLeavings(
  kernel: Kernel,
  { agentId, workspace, before }: Reading,
  labelIn: (tx: Tx) => Promise<FlowLabel>,
): Promise<void> {
  const after = await takeCensus(workspace);
  if (before === undefined || after === undefined) return;
  await commit(kernel, async (tx) => {
    const rows = await labelsOf(tx, agentId);
    const label = await labelIn(tx);
    for (const [path, entry] of after) {
      const old = before.get(path);
      const row = rows.get(path);
      if (old?.mark === entry.mark || speaksOf(row, entry)) continue;
      if (old !== undefined && !speaksOf(row, old)) continue;
      const state = entry.isDirectory ? {} : { mark: entry.mark };
      await putLabel(tx, { agentId, path, label, ...state });
    }
  });
}
