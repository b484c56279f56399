/**
 * Who reaches what: the blast radius of a config, at a glance.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { opennessOf } from '../combine.ts';
import { WHO, type Who, askersOf } from './asker.ts';
import { capabilities } from './capability.ts';
import { type Facts, Judge } from './judge.ts';
import { reachOf, shownEffect } from './reach.ts';
import { type RowAtom, type RowHead, rowsOf, standingOf } from './row.ts';

/** Answer of one cell. `pair` stands for a stranger who is asked for a pairing code. */
export type CellEffect = 'allow' | 'ask' | 'pair' | 'deny';

/** One cell: may this one reach that? */
export interface MatrixCell {
  readonly effect: CellEffect;
  /** Code and config path of the decision behind it. */
  readonly code: string;
  readonly path: string;
  readonly constraints?: Readonly<Record<string, string>>;
}

/** Everybody whom the config treats alike. */
export interface MatrixRow extends RowHead {
  readonly who: Who;
  /** One for each column. */
  readonly cells: readonly MatrixCell[];
}

/** A config as a table. */
export interface Matrix {
  /** Ids of capabilities: `speak`, `command:owner`, `exec`, `exec:any`, ... */
  readonly columns: readonly string[];
  /** The group of each column: `fs`, `runtime`, ... */
  readonly groups: readonly string[];
  readonly rows: readonly MatrixRow[];
}

/** Draws the table of `config`. Total: an unreadable config denies everything. */
export function exposureMatrix(config: unknown, facts: Facts = {}): Matrix {
  const judge = new Judge(config, facts);
  const all = capabilities(facts.registered);
  const { askers, variants } = askersOf([config]);
  const atoms: RowAtom<Pick<MatrixRow, 'who' | 'cells'>>[] = [];
  for (const asker of askers) {
    if (asker.kind === 'channel' && !asker.input.configured) continue;
    const standing = standingOf(asker);
    for (const variant of variants) {
      const { who, decisions } = reachOf(judge, asker, variant, all);
      const cells = decisions.map(cellOf);
      const alike = JSON.stringify([who, cells.map(look)]);
      atoms.push({ alike, standing, variant, body: { who, cells } });
    }
  }
  const rows = rowsOf(atoms, variants).map(({ body, ...head }): MatrixRow => ({
    ...head,
    ...body,
  }));
  return {
    columns: all.map(({ id }) => id),
    groups: all.map(({ group }) => group),
    rows: rows.toSorted(byStanding),
  };
}

/** One cell of a decision. */
export function cellOf({ effect, code, path, constraints }: Decision): MatrixCell {
  return {
    effect: shownEffect(effect),
    code,
    path,
    ...(constraints === undefined ? {} : { constraints }),
  };
}

/** The columns of `matrix` put together by group: the most open answer, and whether all agree. */
export function byGroup(
  { groups }: Matrix,
  cells: readonly MatrixCell[],
): ReadonlyMap<string, { readonly effect: CellEffect; readonly all: boolean }> {
  const found = new Map<string, { effect: CellEffect; all: boolean }>();
  cells.forEach(({ effect }, column) => {
    const group = groups[column] ?? '';
    const before = found.get(group);
    if (before === undefined) found.set(group, { effect, all: true });
    else if (before.effect !== effect) {
      const opener = openness(effect) > openness(before.effect) ? effect : before.effect;
      found.set(group, { effect: opener, all: false });
    }
  });
  return found;
}

/** How open a cell is, 0 to 3. */
export function openness(effect: CellEffect): number {
  return opennessOf({ effect, code: '', path: '', reason: '' });
}

function look({ effect, constraints }: MatrixCell): unknown {
  return constraints === undefined ? effect : [effect, constraints];
}

const KINDS: readonly MatrixRow['kind'][] = ['direct', 'groupdm', 'group', 'channel', 'door'];

/** Channels in the order of the config; in each the most trusted first. */
function byStanding(one: MatrixRow, other: MatrixRow): number {
  if (one.channel !== other.channel) return 0;
  const kinds = KINDS.indexOf(one.kind) - KINDS.indexOf(other.kind);
  return kinds === 0 ? WHO.indexOf(one.who) - WHO.indexOf(other.who) : kinds;
}
