/**
 * Decides invariants about a config: not by trying some inputs, but by asking the enforcing code
 * about one of every kind of input that the config can tell apart.
 *
 * @module
 */
import type { Decision, Event } from '@portcullis/core';
import { opennessOf } from '../combine.ts';
import { type Asker, type Variant, type Who, askersOf } from '../explain/asker.ts';
import { type Capability, capabilities } from '../explain/capability.ts';
import { type Facts, Judge } from '../explain/judge.ts';
import { type Reach, reachOf } from '../explain/reach.ts';
import { type Standing, standingOf } from '../explain/row.ts';
import type { FlowLabel } from '../flow/label.ts';
import type { Invariant } from './invariant.ts';
import { Labels } from './seen.ts';
import { ScopeMatcher } from './scope.ts';

/** An input for which an invariant does not hold. */
export interface Counterexample {
  readonly who: Who;
  /** Where, in the words of the matrix. */
  readonly standing: Standing;
  /** What is reached (or not) that must not (or must) be. */
  readonly capability: string;
  /** A message that shows it. */
  readonly event: Event;
  /** Paired senders at that moment. */
  readonly paired: readonly string[];
  /** What the session had seen; the message alone where absent. */
  readonly label?: FlowLabel;
  readonly variant: Variant;
  readonly decision: Pick<Decision, 'effect' | 'code' | 'path'>;
  /** The other config's answer, where two are compared. */
  readonly other?: Pick<Decision, 'effect' | 'code' | 'path'>;
}

/** Whether one invariant holds. */
export interface InvariantResult {
  readonly name: string;
  readonly kind: Invariant['kind'];
  readonly ok: boolean;
  /** Answers that were looked at. None: nobody is in its scope, and then it does not hold. */
  readonly cases: number;
  /** How many of them break it. */
  readonly violations: number;
  /** Some of those, each of another kind of asker. */
  readonly counterexamples: readonly Counterexample[];
}

/** Whether all invariants hold. */
export interface CheckResult {
  readonly ok: boolean;
  readonly results: readonly InvariantResult[];
  /** Kinds of input that were told apart. */
  readonly classes: number;
  /** Settings with too many combinations to look at all; then `ok` is false. */
  readonly incomplete: readonly string[];
}

/** What a check may need beside the config. */
export interface CheckOptions {
  readonly facts?: Facts;
  /** The configs that `grantsAtMost` and `sameAs` name. */
  readonly configs?: Readonly<Record<string, unknown>>;
}

const MOST_COUNTEREXAMPLES = 3;

/**
 * Decides `invariants` about `config`. Total: a config that cannot be read denies everything, and a
 * config that is not given for a comparison is one that denies everything.
 */
export function checkInvariants(
  config: unknown,
  invariants: readonly Invariant[],
  options: CheckOptions = {},
): CheckResult {
  const { facts = {}, configs = {} } = options;
  const all = capabilities(facts.registered);
  const names = [...new Set(invariants.flatMap((each) => ('config' in each ? [each.config] : [])))];
  const given = names.map((name) => (Object.hasOwn(configs, name) ? configs[name] : null));
  const { askers, variants, incomplete } = askersOf([config, ...given]);
  const everybody = [...askers];
  const judge = new Judge(config, facts);
  const others = new Map(names.map((name, index) => [name, new Judge(given[index], facts)]));
  const checks = invariants.map((each) => new Check(each, all, everybody, others));
  let classes = 0;
  for (const asker of everybody) {
    for (const variant of variants) {
      classes += 1;
      const wanted = checks.filter((check) => check.mayConcern(asker));
      if (wanted.length === 0) continue;
      const reach = reachOf(judge, asker, variant, all);
      for (const check of wanted) check.look(judge, asker, variant, reach);
    }
  }
  const results = checks.map((check) => check.result());
  const ok = results.every((each) => each.ok) && incomplete.length === 0;
  return { ok, results, classes, incomplete };
}

/** One invariant while it is decided. */
class Check {
  readonly #invariant: Invariant;
  readonly #scope: ScopeMatcher;
  readonly #labels: Labels;
  readonly #all: readonly Capability[];
  /** Columns the invariant speaks of. */
  readonly #columns: readonly number[];
  readonly #other: Judge | undefined;
  readonly #found: Counterexample[] = [];
  readonly #shown = new Set<string>();
  #cases = 0;
  #violations = 0;

  constructor(
    invariant: Invariant,
    all: readonly Capability[],
    everybody: readonly Asker[],
    others: ReadonlyMap<string, Judge>,
  ) {
    this.#invariant = invariant;
    this.#scope = new ScopeMatcher(invariant.scope, everybody);
    this.#labels = new Labels(invariant.scope.seen);
    this.#all = all;
    this.#columns = all.flatMap((each, column) => (speaksOf(invariant, each) ? [column] : []));
    this.#other = 'config' in invariant ? others.get(invariant.config) : undefined;
  }

  mayConcern(asker: Asker): boolean {
    return this.#scope.mayConcern(asker);
  }

  look(judge: Judge, asker: Asker, variant: Variant, reach: Reach): void {
    if (!this.#scope.concerns(reach.who, reach.arrival.agentId)) return;
    const other =
      this.#other === undefined ? undefined : reachOf(this.#other, asker, variant, this.#all);
    for (const column of this.#columns) {
      const capability = this.#all[column];
      if (capability === undefined) continue;
      this.#cases += 1;
      const { decision, label } = this.#labels.loosest(judge, reach, capability, column);
      const compared =
        this.#other === undefined || other === undefined
          ? undefined
          : this.#labels.loosest(this.#other, other, capability, column).decision;
      if (holds(this.#invariant, decision, compared)) continue;
      this.#violations += 1;
      const standing = standingOf(asker);
      const key = `${reach.who} ${standing.channel} ${standing.kind}`;
      if (this.#found.length >= MOST_COUNTEREXAMPLES || this.#shown.has(key)) continue;
      this.#shown.add(key);
      const event = this.#scope.asNamed(reach.situation.event);
      const isPaired = asker.kind === 'channel' && asker.input.paired;
      this.#found.push({
        who: reach.who,
        standing,
        capability: capability.id,
        event,
        paired: isPaired && event.sender.id !== undefined ? [event.sender.id] : [],
        ...(label === undefined ? {} : { label }),
        variant,
        decision: told(decision),
        ...(compared === undefined ? {} : { other: told(compared) }),
      });
    }
  }

  result(): InvariantResult {
    const { name, kind } = this.#invariant;
    return {
      name,
      kind,
      ok: this.#violations === 0 && this.#cases > 0,
      cases: this.#cases,
      violations: this.#violations,
      counterexamples: this.#found,
    };
  }
}

/** True when `each` is one of the columns an invariant is about. */
function speaksOf(invariant: Invariant, each: Capability): boolean {
  if (!('reach' in invariant)) return true;
  const { kind, reach } = invariant;
  const [tool = ''] = each.ask.kind === 'tool' ? [each.ask.tool] : [];
  const named =
    reach.includes('*') || reach.includes(each.id) || reach.includes(`group:${each.group}`);
  // What a tool may be used for is the tool: who may have `exec` may have `exec:any` if it is so set.
  if (kind === 'only') return each.ask.kind === 'tool' && !named && !reach.includes(tool);
  return named || (kind !== 'always' && tool !== '' && reach.includes(tool));
}

function holds(invariant: Invariant, decision: Decision, other: Decision | undefined): boolean {
  const openness = opennessOf(decision);
  switch (invariant.kind) {
    case 'always':
      return decision.effect === 'allow';
    case 'neverWithoutAsking':
      return decision.effect !== 'allow';
    case 'grantsAtMost':
      return openness <= (other === undefined ? 0 : opennessOf(other));
    case 'sameAs':
      return openness === (other === undefined ? 0 : opennessOf(other));
    default:
      // A pairing code is no access.
      return decision.effect !== 'allow' && decision.effect !== 'ask';
  }
}

function told({ effect, code, path }: Decision): Counterexample['decision'] {
  return { effect, code, path };
}

/** Whether `config` grants nothing that `other` does not grant: everybody reaches no more. */
export function grantsAtMost(config: unknown, other: unknown, facts: Facts = {}): InvariantResult {
  return relate('grantsAtMost', config, other, facts);
}

/** Whether `config` and `other` grant exactly the same. */
export function sameAs(config: unknown, other: unknown, facts: Facts = {}): InvariantResult {
  return relate('sameAs', config, other, facts);
}

function relate(
  kind: 'grantsAtMost' | 'sameAs',
  config: unknown,
  other: unknown,
  facts: Facts,
): InvariantResult {
  const invariant: Invariant = { name: kind, kind, scope: {}, config: 'other' };
  const { results, incomplete } = checkInvariants(config, [invariant], {
    facts,
    configs: { other },
  });
  const [result] = results;
  if (result === undefined) {
    return { name: kind, kind, ok: false, cases: 0, violations: 0, counterexamples: [] };
  }
  return { ...result, ok: result.ok && incomplete.length === 0 };
}
