/**
 * What a change of the config opens and closes: who reaches what (the policy is asked about
 * everybody, before and after), and every other door a config has, each by its own rule. A setting
 * nobody knows counts as one that opens.
 *
 * @module
 */
import { isObject } from '../../setting.ts';
import { type KeyPath, pathText, transplant } from '../changed-key.ts';
import { valueAt } from '../config-edit.ts';
import { type MatrixDiff, type RowChange, diffMatrix } from '../diff.ts';
import type { Facts } from '../judge.ts';
import { channelRules } from './channel-rules.ts';
import { gatewayRules } from './gateway-rules.ts';
import { type LeafChange, leafChanges } from './leaf.ts';
import { plain } from './order.ts';
import { Rules, below, rule } from './rule.ts';
import { serviceRules } from './service-rules.ts';
import { agentRules, browserRules, toolRules } from './tool-rules.ts';

/** One thing that opens or closes. Never holds a secret. */
export interface Exposure {
  /** The setting that does it, or settings that do it together. */
  readonly key: string;
  /** What it does, in words: `loopback -> lan: other machines can reach the gateway`. */
  readonly what: string;
}

/** What a change opens and closes. */
export interface ExposureDiff {
  readonly opens: readonly Exposure[];
  readonly closes: readonly Exposure[];
  /** Every setting that differs, also those that open and close nothing. */
  readonly changed: readonly string[];
  /** Settings among them that may be changed at this machine only, and why. */
  readonly local: readonly { readonly key: string; readonly why: string }[];
}

const agentScope = [
  ...agentRules,
  ...below('tools', toolRules),
  rule('default', plain),
  rule('name', plain),
  rule('identity.**', plain),
  rule('groupChat.mentionPatterns', plain),
];

const rules = new Rules([
  ...gatewayRules,
  ...below('tools', toolRules),
  ...browserRules,
  ...below('agents.defaults', agentRules),
  rule('agents.ownership', plain),
  ...below('agents.entries.*', agentScope),
  ...below('agents.list.*', [...agentScope, rule('id', plain)]),
  ...channelRules,
  ...serviceRules,
]);

/**
 * Compares two configs as they are in force: with includes and variables put in. Both are judged
 * by themselves: what else tightens commands on this machine may go away.
 *
 * @example
 * ```ts
 * exposureDiff({}, { gateway: { bind: 'lan' } }).opens;
 * // [{ key: 'gateway.bind', what: 'loopback -> lan: other machines can reach the gateway' }]
 * ```
 */
export function exposureDiff(
  before: unknown,
  after: unknown,
  facts: Pick<Facts, 'registered'> = {},
): ExposureDiff {
  const [from, to] = [named(before), named(after)];
  const leaves = leafChanges(from, to, (path) => rules.names(path));
  const opens: Exposure[] = [];
  const closes: Exposure[] = [];
  const local: { key: string; why: string }[] = [];
  let isAsked = false;
  for (const leaf of leaves) {
    const { order, says, local: why } = ruleFor(leaf);
    const key = pathText(leaf.path);
    isAsked ||= order !== plain && !APART.has(leaf.path[0] ?? '');
    const was = order.inherits ? inForce(from, leaf.path) : leaf.before;
    const is = order.inherits ? inForce(to, leaf.path) : leaf.after;
    const step = order.step(was, is);
    if (step.opens !== undefined) opens.push({ key, what: sentence(step.opens, says) });
    if (step.closes !== undefined) closes.push({ key, what: step.closes });
    if (why !== undefined && !isGone(to, leaf)) local.push({ key, why });
  }
  if (isAsked) {
    const matrix = diffMatrix(before, after, facts);
    opens.push(...told(matrix, 'opens'), ...unlooked(matrix));
    closes.push(...told(matrix, 'closes'));
  }
  return { opens, closes, changed: leaves.map(({ path }) => pathText(path)), local };
}

/**
 * Sections that no answer about a person is read from: their rules say all there is. To ask about
 * everybody takes seconds where many are named, so it is not done for these.
 */
const APART: ReadonlySet<string> = new Set([
  'gateway',
  'hooks',
  'cron',
  'logging',
  'diagnostics',
  'models',
  'secrets',
  'env',
  'store',
  'budgets',
  'discovery',
]);

/** A config whose list of agents, where each has an id of its own, is a section like any other. */
function named(config: unknown): unknown {
  const agents = valueAt(config, ['agents', 'list']);
  if (!Array.isArray(agents)) return config;
  const ids = agents.map((agent: unknown) => (isObject(agent) ? agent['id'] : undefined));
  const isNamed = ids.every((id) => typeof id === 'string') && new Set(ids).size === ids.length;
  if (!isNamed) return config;
  const entries = Object.fromEntries(agents.map((agent, index) => [String(ids[index]), agent]));
  return transplant(config, { agents: { list: entries } }, ['agents', 'list']);
}

/** Whether the table of rules speaks of a setting; one it does not speak of counts as opening. */
export function isRanked(path: KeyPath): boolean {
  return rules.covers(path);
}

function ruleFor({ path, before, after }: LeafChange): ReturnType<Rules['find']> {
  const isSection = [before, after].every((value) => value === undefined || isObject(value));
  return rules.find(path, isSection);
}

function sentence(step: string, says: string): string {
  return says === '' ? step : `${step}: ${says}`;
}

/** The value at `path`, or the one it has from above where nothing is written. */
function inForce(config: unknown, path: KeyPath): unknown {
  const own = valueAt(config, path);
  if (own !== undefined) return own;
  const above = aboveOf(path);
  return above === undefined ? undefined : inForce(config, above);
}

/** Where an absent setting of an agent, an account or a channel is taken from. */
function aboveOf(path: KeyPath): KeyPath | undefined {
  const [root, section, id, name, ...rest] = path;
  if (root === 'agents' && id !== undefined && name !== undefined) {
    return name === 'tools' ? ['tools', ...rest] : ['agents', 'defaults', name, ...rest];
  }
  if (root !== 'channels' || section === undefined || section === 'defaults') return undefined;
  if (id === 'accounts') return [root, section, ...rest];
  return [root, 'defaults', ...path.slice(2)];
}

/** True when a setting went together with all that stood beside it: then nothing is left to name. */
function isGone(after: unknown, { path, after: left }: LeafChange): boolean {
  return left === undefined && valueAt(after, path.slice(0, -1)) === undefined;
}

/** Most capabilities and groups of people that one sentence names. */
const MOST_NAMES = 8;

/** What the policy answers differently, a sentence for everybody who gets the same. */
function told({ rows }: MatrixDiff, change: 'opens' | 'closes'): readonly Exposure[] {
  const sentences = new Map<string, { key: string; who: Set<string>; end: string }>();
  for (const row of rows) {
    const cells = row.changes.filter((cell) => cell.change === change);
    const alike = Map.groupBy(cells, (cell) =>
      JSON.stringify([cell.keys, cell.before.effect, cell.after.effect]),
    );
    for (const [like, group] of alike) {
      const [first] = group;
      if (first === undefined) continue;
      const what = some(group.map(({ capability }) => capability));
      const end = `${what} (${first.before.effect} -> ${first.after.effect})`;
      const id = `${like}${end}`;
      const known = sentences.get(id) ?? { key: first.keys.join(' + '), who: new Set(), end };
      known.who.add(whose(row));
      sentences.set(id, known);
    }
  }
  return [...sentences.values()].map(({ key, who, end }) => ({
    key,
    what: `${some([...who])}: ${end}`,
  }));
}

function whose(row: RowChange): string {
  const who = row.before === row.after ? row.after : `${row.before} -> ${row.after}`;
  if (row.kind === 'door') return who;
  const people = row.people.length === 0 ? '' : ` ${some(row.people)}`;
  const places = row.places.filter((place) => place !== '*' && place !== '');
  const where = places.length === 0 ? '' : ` ${some(places)}`;
  return `${who}${people} (${row.channel}, ${row.kind}${where})`;
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

/** Channels of which not everybody could be asked about: what that leaves out may open. */
function unlooked({ incomplete }: MatrixDiff): readonly Exposure[] {
  return incomplete.map((key) => ({
    key,
    what: 'has too many combinations to look at all of them',
  }));
}
