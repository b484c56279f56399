/**
 * Who reaches what: the blast radius of a config, at a glance.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { opennessOf } from '../combine.ts';
import { type Asker, WHO, type Who, askersOf } from './asker.ts';
import { capabilities } from './capability.ts';
import { type Facts, Judge } from './judge.ts';
import { reachOf, shownEffect } from './reach.ts';

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
export interface MatrixRow {
  readonly who: Who;
  /** Channel, or the door of the gateway: `operator`, `cron`, `webhook`, `subagent`. */
  readonly channel: string;
  readonly kind: 'direct' | 'group' | 'channel' | 'groupdm' | 'door';
  readonly accounts: readonly string[];
  /** Rooms of the config, a topic as `<room>/<topic>`; `*` is any other one. Agents of a door. */
  readonly places: readonly string[];
  /** Ids of the config; none means anybody else. */
  readonly people: readonly string[];
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

/** Where an asker stands in a table. */
export interface Standing {
  readonly channel: string;
  readonly kind: MatrixRow['kind'];
  readonly account: string;
  readonly place: string;
  readonly people: readonly string[];
}

/** Where `asker` stands. */
export function standingOf(asker: Asker): Standing {
  if (asker.kind === 'door') {
    const { door, agentId, trust } = asker;
    const scope = trust === 'owner' ? 'operator.admin' : 'operator.write';
    const people = door === 'operator' ? [scope] : [];
    return { channel: door, kind: 'door', account: '', place: agentId, people };
  }
  const { place, person } = asker.input;
  const { id = '*', topicId, parentId, members } = place;
  const room = members.length === 0 ? '*' : id;
  const below = parentId === undefined ? room : `${parentId}>${room}`;
  return {
    channel: place.channel,
    kind: place.kind,
    account: place.accountId,
    place: topicId === undefined ? below : `${below}/${topicId}`,
    people: [
      ...person.members,
      ...person.roles.map((role) => `role ${role}`),
      ...person.audience.map((group) => `accessGroup:${group}`),
      ...(person.username === undefined ? [] : [`@${person.username}`]),
      ...(person.name === undefined ? [] : [`"${person.name}"`]),
    ],
  };
}

/** Draws the table of `config`. Total: an unreadable config denies everything. */
export function exposureMatrix(config: unknown, facts: Facts = {}): Matrix {
  const judge = new Judge(config, facts);
  const all = capabilities(facts.registered);
  const { askers, variants } = askersOf([config]);
  const rows = new Map<string, RowDraft>();
  for (const asker of askers) {
    if (asker.kind === 'channel' && !asker.input.configured) continue;
    for (const variant of variants) {
      const { who, decisions } = reachOf(judge, asker, variant, all);
      const standing = standingOf(asker);
      const cells = decisions.map(cellOf);
      const key = JSON.stringify([who, standing.channel, standing.kind, cells.map(look)]);
      const row = rows.get(key) ?? draft(who, standing, cells);
      rows.set(key, row);
      join(row, standing);
    }
  }
  return {
    columns: all.map(({ id }) => id),
    groups: all.map(({ group }) => group),
    rows: [...rows.values()].map(finished).toSorted(byStanding),
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

interface RowDraft {
  readonly who: Who;
  readonly standing: Standing;
  readonly cells: readonly MatrixCell[];
  readonly accounts: Set<string>;
  readonly places: Set<string>;
  readonly people: Set<string>;
  /** Somebody whom the config does not name is treated like them. */
  anybody: boolean;
}

function draft(who: Who, standing: Standing, cells: readonly MatrixCell[]): RowDraft {
  const sets = {
    accounts: new Set<string>(),
    places: new Set<string>(),
    people: new Set<string>(),
  };
  return { who, standing, cells, ...sets, anybody: false };
}

function join(row: RowDraft, { account, place, people }: Standing): void {
  if (account !== '') row.accounts.add(account);
  row.places.add(place);
  for (const person of people) row.people.add(person);
  if (people.length === 0) row.anybody = true;
}

function finished({
  who,
  standing,
  cells,
  accounts,
  places,
  people,
  anybody,
}: RowDraft): MatrixRow {
  const { channel, kind } = standing;
  return {
    who,
    channel,
    kind,
    accounts: [...accounts],
    places: [...places],
    people: anybody ? [] : [...people],
    cells,
  };
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
