/**
 * One operation on one path, on its way through the gate.
 *
 * @module
 */
import { type Decision, type Json, PortcullisError, isAllowed } from '@portcullis/core';
import type { FileOp } from '@portcullis/policy/files';

import { textHash } from '../../audit/journal.ts';
import type { Effect, EffectFacts, EffectGate } from '../effect.ts';
import { shownBytes } from '../question.ts';
import { hashOf } from './content.ts';
import { isSystemFault, refusedFile, swapped, systemFault } from './faults.ts';
import type { Look, Looker } from './look.ts';

/** What makes an operation. */
export interface Operation<T> extends Pick<Effect<T>, 'outcome' | 'settle'> {
  readonly op: FileOp;
  /** As the audit log names it. */
  readonly action: string;
  readonly path: string;
  readonly facts?: EffectFacts;
  /** What would be written. */
  readonly content?: Uint8Array;
  /** What an approver is shown beside the path and the content. */
  readonly expect?: string | null;
  readonly act: (look: Look) => Promise<T>;
}

/** How often a path is looked at anew when it changes under the hand. */
const ATTEMPTS = 5;

/** Takes an operation through the gate. */
export async function performOperation<T>(
  gate: EffectGate,
  looker: Looker,
  operation: Operation<T>,
): Promise<T> {
  const { op, path, action, facts = {}, settle, outcome } = operation;
  const first = await looker.look(op, path);
  let known: Look | undefined = first;
  let current = first;
  return await gate.perform<T>({
    kind: 'files',
    action,
    facts: { pathHash: textHash(path), ...facts },
    subject: subjectOf(operation, first),
    ...(op === 'read' || op === 'list'
      ? {}
      : { sink: { kind: 'fs.write' as const, path: first.names[0] ?? path } }),
    // Asked a second time after an approval: then the path may lead elsewhere.
    decide: async () => {
      current = known ?? (await looker.look(op, path));
      known = undefined;
      return await decisionsOver(gate, op, first, current);
    },
    act: () => attempt(looker, operation, current),
    ...(settle === undefined ? {} : { settle }),
    ...(outcome === undefined ? {} : { outcome }),
  });
}

/** Does it; what is swapped under the hand is looked at and decided anew, a few times. */
export async function attempt<T>(
  looker: Looker,
  operation: Operation<T>,
  decided: Look,
): Promise<T> {
  let look = decided;
  for (let count = 1; ; count += 1) {
    try {
      return await operation.act(look);
    } catch (error) {
      if (isSystemFault(error)) throw systemFault(error);
      if (!isSwap(error) || count === ATTEMPTS) throw error;
    }
    look = await looker.look(operation.op, operation.path);
    if (!isAllowed(look.decision)) throw refusedFile(look.decision);
    // What was approved is one file, not whatever the path comes to mean.
    if (look.resolved !== decided.resolved) throw swapped();
  }
}

function isSwap(error: unknown): boolean {
  return PortcullisError.is(error) && error.code === 'fs.toctou';
}

/** Every decision about one operation, as the path leads now. */
export async function decisionsOver(
  gate: EffectGate,
  op: FileOp,
  first: Look,
  look: Look,
): Promise<readonly Decision[]> {
  if (!isAllowed(look.decision)) return [look.decision];
  if (look.resolved !== first.resolved) return [MOVED];
  if (op === 'read' || op === 'list') return [look.decision];
  const { flow } = gate.site;
  // A harmless name may lead to an instruction file, and the other way round.
  const sinks = look.names.map((path) => flow.decide({ kind: 'fs.write', path }));
  return [look.decision, ...(await Promise.all(sinks))];
}

const MOVED: Decision = {
  effect: 'deny',
  code: 'fs.toctou',
  path: '<path>',
  reason: 'The path leads elsewhere than when it was first looked at.',
};

/** Exactly what would happen, as an approver sees it. */
export function subjectOf(
  { op, path, content, expect }: Operation<unknown>,
  look: Look | undefined,
): { readonly [key: string]: Json } {
  return {
    path,
    file: look?.names[1] ?? path,
    ...(op === 'delete' ? { removes: true } : {}),
    ...(content === undefined
      ? {}
      : { bytes: content.length, sha256: hashOf(content), ...shownBytes(content) }),
    ...(expect === undefined ? {} : { expect }),
  };
}
