/**
 * Claims about all decisions: nothing is remembered, nothing unknown grants, nothing is changed.
 *
 * @module
 */
import { readFileSync, readdirSync } from 'node:fs';
import { decide } from '../../../src/ops.ts';
import { type Claim, type Run, canonical, product, rank } from '../explorer.ts';
import { checkMemory } from './engine-memory.ts';
import { ABSENT, changed, places, valueAt } from '../leaves.ts';
import { AUTHORITIES, CHOICES, type Question, spellings } from '../engine-domain.ts';

function ask({ op, config, input }: Question) {
  return decide(op, config, input);
}

function checkRevocation(run: Run): void {
  // Every order of asking with and without the fact, so that a memory of any kind would show.
  const orders = ['wo', 'ow', 'wow', 'owo', 'wwoow'];
  for (const [{ name, granted, revoked, never }, order] of product(AUTHORITIES, orders)) {
    const stranger = ask(never);
    for (const letter of order) {
      const decision = ask(letter === 'w' ? granted : revoked);
      const expected = letter === 'w' ? 3 : rank(stranger);
      run.expect(rank(decision) === expected, 'a revocation is not heard', name, order, decision);
    }
    run.expect(rank(stranger) < 3, 'the fact makes no difference', name, stranger);
  }
  for (const [first, second] of product(AUTHORITIES, AUTHORITIES)) {
    const before = canonical(ask(second.granted));
    ask(first.granted);
    ask(first.revoked);
    const after = canonical(ask(second.granted));
    run.expect(before === after, 'an answer depends on another question', first.name, second.name);
  }
}

function checkUnknownValues(run: Run): void {
  for (const { path, values, question } of CHOICES) {
    const legal = values.map((value) => ask(question(value)));
    run.expect(
      legal.some((each) => rank(each) > 0),
      'no legal value opens anything',
      path,
    );
    for (const value of spellings(values)) {
      const decision = ask(question(value));
      run.expect(rank(decision) === 0, 'an unknown value grants', path, value, decision);
    }
  }
}

const OTHERS: readonly unknown[] = [null, 1.5, true, 'x', [7], { x: 1 }, []];

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

/** Puts a value of another type at every place of every vector's config and input. */
function checkOtherTypes(run: Run): void {
  for (const { op, config, input } of vectors()) {
    const whole = { config, input };
    const decided = (each: unknown) => {
      const { config: one, input: other } = each as typeof whole;
      return decide(op, one, other);
    };
    const before = rank(decided(whole));
    for (const path of places(whole)) {
      const old = valueAt(whole, path);
      const most = Math.max(
        before,
        path.length < 2 ? 3 : rank(decided(changed(whole, path, ABSENT))),
      );
      for (const junk of OTHERS) {
        // Bots may be allowed with a word or with true: a setting of two types.
        const legal = path.at(-1) === 'allowBots' && junk === true;
        if (legal || typeOf(junk) === typeOf(old)) continue;
        const decision = decided(changed(whole, path, junk));
        const fine = rank(decision) <= most && decision.code !== 'engine.internal_error';
        run.expect(fine, 'a value of another type grants', op, whole, path, junk, decision);
      }
    }
  }
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

/** The package's own test vectors: a question about nearly every rule there is. */
function vectors(): readonly Question[] {
  const folder = new URL('../../vectors/', import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Question[])
    .map(({ op, config, input }) => ({ op, config, input }));
}

/** Every operation has a question among the vectors. */
const OPERATIONS = [
  'ingress.decide',
  'context.decide',
  'loop.run',
  'pairing.run',
  'route.agent',
  'session.key',
  'tool.decide',
  'tool.list',
  'exec.decide',
  'exec.analyze',
  'approval.run',
  'fs.decide',
  'net.decide',
  'gateway.start',
  'gateway.request.host',
  'gateway.request.proxy',
  'gateway.request.origin',
  'gateway.request.auth',
  'gateway.request.device',
  'gateway.request.scope',
  'ratelimit.run',
  'flow.decide',
  'flow.run',
  'budget.decide',
];

function checkPurity(run: Run): void {
  const questions = [
    ...AUTHORITIES.flatMap(({ granted, revoked }) => [granted, revoked]),
    ...vectors(),
  ];
  const plain = questions.map((each) => canonical(ask(structuredClone(each))));
  const still = questions.map((each) => frozen(structuredClone(each)));
  for (const round of ['forwards', 'backwards']) {
    const order = [...still.keys()];
    for (const index of round === 'forwards' ? order : order.toReversed()) {
      const question = still[index];
      if (question === undefined) continue;
      const decision = ask(question);
      const fine =
        canonical(decision) === plain[index] && decision.code !== 'engine.internal_error';
      run.expect(fine, 'an input was changed, or an answer depends on it', question, decision);
    }
  }
  for (const each of questions) {
    const before = canonical(each);
    ask(each);
    run.expect(canonical(each) === before, 'an input was changed', each);
  }
  const asked = new Set(questions.map(({ op }) => op));
  for (const op of OPERATIONS) run.expect(asked.has(op), 'an operation without a question', op);
}

/** What is proved about all decisions. */
export const claims: readonly Claim[] = [
  {
    id: 'X1',
    sentence: 'what was taken away counts at the next decision, in whatever order one asks',
    bounds:
      '10 authorities, 5 orders of asking with and without, all pairs of authorities; a compiled policy against fresh decisions on 3 configs, in 4 orders',
    check(run) {
      checkRevocation(run);
      checkMemory(run);
    },
  },
  {
    id: 'X2',
    sentence: 'a value that is not one of the choices grants nothing',
    bounds:
      '20 settings with choices, 4 misspellings of every legal value and 9 values of other kinds; 7 values of another type at every place of every test vector',
    check(run) {
      checkUnknownValues(run);
      checkOtherTypes(run);
    },
  },
  {
    id: 'X3',
    sentence: 'no decision changes its input or depends on what was asked before',
    bounds: 'every test vector and every question of X1, deep-frozen, forwards and backwards',
    check: checkPurity,
  },
];
