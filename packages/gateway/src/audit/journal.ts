/**
 * The audit log: a line per decision and per effect, written in the same transaction as what it
 * tells of, and ahead of any outside effect. Lines hold facts, codes and hashes, never text.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import type { Decision, Json, Tx } from '@portcullis/core';

/** Name of the chained log in the store. */
export const AUDIT_LOG = 'audit';

/** What a line is about. */
export type JournalKind =
  | 'gateway'
  | 'admit'
  | 'pairing'
  | 'turn'
  | 'tool'
  | 'model'
  | 'send'
  | 'session'
  | 'operator'
  | 'effect'
  | 'approval'
  | 'budget'
  | 'question'
  | 'schedule'
  | 'hook'
  | 'node'
  | 'fold';

/** One line before it is chained. Facts must be free of text from outside. */
export interface JournalEntry {
  readonly kind: JournalKind;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Who caused it: a principal id. */
  readonly principal?: string;
  readonly effect?: Decision['effect'];
  readonly code?: string;
  readonly path?: string;
  readonly [fact: string]: Json | undefined;
}

/** Refusals of one (principal, code) within this time fold into one counted line. */
const FOLD_MS = 60_000;
/** Most pairs folded at once; beyond it each refusal is written out. */
const FOLD_CAP = 10_000;

interface Fold {
  readonly since: number;
  readonly entry: JournalEntry;
  repeats: number;
}

/** SHA-256, hex, of a text: lets a line name a text without holding it. */
export function textHash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Writes the audit log of one gateway. */
export class Journal {
  readonly #folds = new Map<string, Fold>();

  /** Adds a line to the unit of work `tx`. */
  record(tx: Tx, entry: JournalEntry): void {
    tx.append(AUDIT_LOG, entry);
  }

  /**
   * Whether the line of a refusal must be written out now. The first of its (principal, code) in a
   * minute must; the others are counted, so that a flood costs one line a minute.
   */
  isDue(entry: JournalEntry): boolean {
    const key = `${entry.principal ?? ''}\n${entry.code ?? ''}`;
    const fold = this.#folds.get(key);
    if (fold !== undefined && entry.at - fold.since < FOLD_MS) {
      fold.repeats += 1;
      return false;
    }
    if (fold === undefined && this.#folds.size < FOLD_CAP) {
      this.#folds.set(key, { since: entry.at, entry, repeats: 0 });
    }
    return true;
  }

  /** Takes the counted repeats whose minute is over (with `all`: every one), as lines to record. */
  takeFolds(now: number, all = false): readonly JournalEntry[] {
    const lines: JournalEntry[] = [];
    for (const [key, { since, entry, repeats }] of this.#folds) {
      if (!all && now - since < FOLD_MS) continue;
      this.#folds.delete(key);
      if (repeats > 0) lines.push({ ...entry, kind: 'fold', at: now, since, repeats });
    }
    return lines;
  }
}
