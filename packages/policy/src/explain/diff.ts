/**
 * What a change of the config opens and closes, and which key did it.
 *
 * Both configs are asked about everybody whom either of them can tell apart. The key is found by
 * asking again: a key did it when changing it alone makes the same difference; where no key does
 * that alone, those did it together without each of which there would be no difference.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { type Asker, type Variant, type Who, askersOf } from './asker.ts';
import { type Capability, capabilities } from './capability.ts';
import { type KeyPath, changedKeys, pathText, transplant } from './changed-key.ts';
import { type Facts, Judge } from './judge.ts';
import { type MatrixCell, cellOf, openness } from './matrix.ts';
import { reachOf } from './reach.ts';
import { type RowAtom, type RowHead, rowsOf, standingOf } from './row.ts';

/** A cell of the matrix that is not what it was. */
export interface CellChange {
  readonly capability: string;
  readonly change: 'opens' | 'closes';
  readonly before: MatrixCell;
  readonly after: MatrixCell;
  /** The keys that did it: each of them alone, or all together. Never empty. */
  readonly keys: readonly string[];
}

/** Everybody whose cells change alike. */
export interface RowChange extends RowHead {
  readonly before: Who;
  readonly after: Who;
  readonly changes: readonly CellChange[];
}

/** What a change of the config does. */
export interface MatrixDiff {
  readonly rows: readonly RowChange[];
  /** How many cells open and close, over all askers, not only over the rows they were put in. */
  readonly opens: number;
  readonly closes: number;
  /** Keys in which the configs differ, also those that open and close nothing. */
  readonly changedKeys: readonly string[];
  /** Channels with so many combinations that not every one was looked at; usually none. */
  readonly incomplete: readonly string[];
}

/** Beyond this, asking again for every key takes too long; the deciding path is told instead. */
const MOST_KEYS = 40;

/** Compares two configs, cell by cell. */
export function diffMatrix(before: unknown, after: unknown, facts: Facts = {}): MatrixDiff {
  const court = new Comparison(before, after, facts);
  const atoms: RowAtom<Omit<RowChange, keyof RowHead>>[] = [];
  let opens = 0;
  let closes = 0;
  const { askers, variants, incomplete } = askersOf([before, after]);
  for (const asker of askers) {
    if (asker.kind === 'channel' && !asker.input.configured) continue;
    const standing = standingOf(asker);
    for (const variant of variants) {
      const body = court.compare(asker, variant);
      if (body === undefined) continue;
      opens += body.changes.filter(({ change }) => change === 'opens').length;
      closes += body.changes.filter(({ change }) => change === 'closes').length;
      const key = JSON.stringify([body.before, body.after, body.changes.map(alike)]);
      atoms.push({ alike: key, standing, variant, body });
    }
  }
  return {
    rows: rowsOf(atoms, variants).map(({ body, ...head }) => ({ ...head, ...body })),
    opens,
    closes,
    changedKeys: court.keys.map(pathText),
    incomplete,
  };
}

function alike({ capability, before, after, keys }: CellChange): unknown {
  return [capability, before.effect, after.effect, keys];
}

/** Two configs, and what is worked out once for all askers. */
class Comparison {
  readonly keys: readonly KeyPath[];
  readonly #before: Judge;
  readonly #after: Judge;
  readonly #all: readonly Capability[];
  /** For each key: the old config with the new value, and the new one with the old value. */
  readonly #trials: readonly {
    readonly path: KeyPath;
    readonly text: string;
    readonly with: Judge;
    readonly without: Judge;
  }[];

  constructor(before: unknown, after: unknown, facts: Facts) {
    this.#before = new Judge(before, facts);
    this.#after = new Judge(after, facts);
    this.#all = capabilities(facts.registered);
    this.keys = changedKeys(before, after);
    const tried = this.keys.length > MOST_KEYS ? [] : this.keys;
    this.#trials = tried.map((path) => ({
      path,
      text: pathText(path),
      with: new Judge(transplant(before, after, path), facts),
      without: new Judge(transplant(after, before, path), facts),
    }));
  }

  /** What changes for one asker; undefined when nothing does. */
  compare(
    asker: Asker,
    variant: Variant,
  ): Pick<RowChange, 'before' | 'after' | 'changes'> | undefined {
    const before = reachOf(this.#before, asker, variant, this.#all);
    const after = reachOf(this.#after, asker, variant, this.#all);
    const columns = this.#all.flatMap((capability, column) => {
      const cells = {
        before: cellAt(before.decisions, column),
        after: cellAt(after.decisions, column),
      };
      const step = openness(cells.after.effect) - openness(cells.before.effect);
      return step === 0 ? [] : [{ column, capability: capability.id, step, ...cells }];
    });
    if (columns.length === 0) return undefined;
    const tried = this.#trials.filter(({ path }) => concerns(path, asker));
    const trials = tried.map((trial) => ({
      text: trial.text,
      with: reachOf(trial.with, asker, variant, this.#all).decisions,
      without: reachOf(trial.without, asker, variant, this.#all).decisions,
    }));
    const changes = columns.map(({ column, capability, step, ...cells }): CellChange => {
      const effectOf = (decisions: readonly Decision[]) => cellAt(decisions, column).effect;
      const alone = trials.filter((trial) => effectOf(trial.with) === cells.after.effect);
      const needed = trials.filter((trial) => effectOf(trial.without) === cells.before.effect);
      const keys = (alone.length > 0 ? alone : needed).map(({ text }) => text);
      const told = step > 0 ? cells.before.path : cells.after.path;
      return {
        capability,
        change: step > 0 ? 'opens' : 'closes',
        ...cells,
        keys: keys.length > 0 ? keys : [told],
      };
    });
    return { before: before.who, after: after.who, changes };
  }
}

/** False for a key that nothing about the asker is read from: of another channel or another room. */
function concerns([root, channel, map, room]: KeyPath, asker: Asker): boolean {
  if (root !== 'channels' || channel === undefined || channel === 'defaults') return true;
  if (asker.kind === 'door' || asker.input.place.channel !== channel) return false;
  if (map !== 'groups' || room === undefined) return true;
  return [asker.input.place.id, '*', 'allowlist'].includes(room);
}

function cellAt(decisions: readonly Decision[], column: number): MatrixCell {
  const decision = decisions[column];
  return decision === undefined
    ? { effect: 'deny', code: 'engine.internal_error', path: '<engine>' }
    : cellOf(decision);
}
