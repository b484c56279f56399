// Laws of information flow: labels only rise, and a label decides no more than what was really seen.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bottomLabel,
  decideFlow,
  type FlowLabel,
  type FlowState,
  type FlowStep,
  flowTransition,
  isBelow,
  joinLabels,
  type PrivateClass,
  sessionLabel,
  type Sink,
  topLabel,
} from '../../src/flow/index.ts';
import { decide } from '../../src/ops.ts';

const SESSIONS = ['a', 'b', 'c'] as const;
const session = fc.constantFrom(...SESSIONS);
const trust = fc.constantFrom('owner', 'trusted', 'member', 'external');
const kind = fc.constantFrom<PrivateClass>('workspace', 'memory', 'secret');
const artefact = fc.constantFrom('f', 'g');
const labels: fc.Arbitrary<FlowLabel> = fc.record({
  u: fc.constantFrom(0, 1, 2, 3),
  P: fc.uniqueArray(fc.constantFrom<PrivateClass>('workspace', 'memory', 'secret', 'conv:a')),
});

const step = fc.oneof(
  fc.record({ do: fc.constant('message'), session, class: trust }),
  fc.record({
    do: fc.constant('tool'),
    session,
    class: trust,
    P: fc.uniqueArray(kind, { maxLength: 2 }),
  }),
  fc.record({ do: fc.constant('read'), session, class: kind, artefact }),
  fc.record({ do: fc.constant('write'), session, artefact }),
  fc.record({ do: fc.constant('history'), session, of: session }),
  fc.record({ do: fc.constant('send'), session, to: session }),
  fc.record({ do: fc.constantFrom('spawn', 'childResult'), session, child: session }),
  fc.record({ do: fc.constantFrom('compact', 'restart'), session }),
  fc.record({ do: fc.constant('load'), session, label: labels }),
  fc.record({ do: fc.constant('new'), session, by: trust, newSession: session }),
) as fc.Arbitrary<FlowStep>;

test('join is a least upper bound', () => {
  fc.assert(
    fc.property(labels, labels, labels, (a, b, c) => {
      expect(isBelow(a, joinLabels(a, b)) && isBelow(b, joinLabels(a, b))).toBe(true);
      expect(joinLabels(a, b)).toEqual(joinLabels(b, a));
      expect(joinLabels(joinLabels(a, b), c)).toEqual(joinLabels(a, joinLabels(b, c)));
      expect(joinLabels(a, bottomLabel)).toEqual(joinLabels(a, a));
    }),
  );
});

/** What a session or file has really seen, kept beside the labels and never forgotten. */
type Seen = Map<string, { u: number; P: Set<string> }>;

function seenBy(seen: Seen, key: string) {
  const known = seen.get(key) ?? { u: 0, P: new Set<string>() };
  seen.set(key, known);
  return known;
}

function learn(seen: Seen, key: string, from: { u: number; P: Iterable<string> }): void {
  const known = seenBy(seen, key);
  known.u = Math.max(known.u, from.u);
  for (const each of from.P) known.P.add(each);
}

const CLASSES = ['owner', 'trusted', 'member', 'external'];

function remember(seen: Seen, each: FlowStep): void {
  const mine = seenBy(seen, each.session);
  if (each.do === 'message' || each.do === 'tool') {
    learn(seen, each.session, {
      u: CLASSES.indexOf(each.class),
      P: each.do === 'tool' ? (each.P ?? []) : [],
    });
  } else if (each.do === 'read') {
    learn(seen, each.session, seenBy(seen, `file ${each.artefact ?? ''}`));
    learn(seen, each.session, { u: 0, P: [each.class] });
  } else if (each.do === 'write') learn(seen, `file ${each.artefact}`, mine);
  else if (each.do === 'history') {
    learn(seen, each.session, seenBy(seen, each.of));
    learn(seen, each.session, { u: 0, P: [`conv:${each.of}`] });
  } else if (each.do === 'send') learn(seen, each.to, mine);
  else if (each.do === 'spawn') learn(seen, each.child, mine);
  else if (each.do === 'childResult') learn(seen, each.session, seenBy(seen, each.child));
}

test('labels never fall, and hold everything that was really seen', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let state: FlowState = { sessions: {}, artefacts: {} };
      const seen: Seen = new Map();
      for (const each of steps) {
        const next = flowTransition(state, each);
        remember(seen, each);
        for (const id of SESSIONS) {
          expect(isBelow(sessionLabel(state, id), sessionLabel(next, id))).toBe(true);
          const { u, P } = seenBy(seen, id);
          const label = sessionLabel(next, id);
          expect(label.u).toBeGreaterThanOrEqual(u);
          expect([...P].every((each_) => label.P.some((known) => known === each_))).toBe(true);
        }
        if (each.do === 'restart' || each.do === 'compact') expect(next).toBe(state);
        state = next;
      }
    }),
    { numRuns: 1000 },
  );
});

const RANK: Readonly<Record<string, number>> = { allow: 3, ask: 2, pair: 1, ignore: 0, deny: 0 };
const peers = fc.uniqueArray(fc.constantFrom('t:1', 't:2', 't:3'), { maxLength: 2 });
const sink: fc.Arbitrary<Sink> = fc.oneof(
  fc.record({ kind: fc.constantFrom('reply', 'message'), to: peers }),
  fc.record({
    kind: fc.constantFrom('web.read', 'web.write'),
    url: fc.constantFrom('https://x.test/', 'https://y.test/'),
  }),
  fc.record({ kind: fc.constant('web.search'), query: fc.constant('q') }),
  fc.record({ kind: fc.constant('tool') }),
  fc.record({ kind: fc.constant('exec'), command: fc.constant('ls') }),
  fc.record({ kind: fc.constant('fs.write'), path: fc.constantFrom('a.txt', 'AGENTS.md') }),
  fc.record({ kind: fc.constant('control'), tool: fc.constant('cron') }),
) as fc.Arbitrary<Sink>;
const world = { owners: ['t:1'], conversations: { a: ['t:1', 't:2'] } };

test('who has seen more may do no more', () => {
  fc.assert(
    fc.property(labels, labels, sink, trust, (less, other, way, requester) => {
      const input = { ...world, sink: way, requester: requester as 'owner' };
      const before = decideFlow({}, { ...input, label: less });
      const after = decideFlow({}, { ...input, label: joinLabels(less, other) });
      expect(RANK[after.effect]).toBeLessThanOrEqual(RANK[before.effect] ?? -1);
    }),
    { numRuns: 3000 },
  );
});

const audience = (each: PrivateClass) => (each === 'conv:a' ? ['t:1', 't:2'] : ['t:1']);

test('what is allowed leaks nothing and is steered by nobody untrusted', () => {
  fc.assert(
    fc.property(labels, sink, trust, (label, way, requester) => {
      const decision = decideFlow(
        {},
        { ...world, label, sink: way, requester: requester as 'owner' },
      );
      if (decision.effect !== 'allow') return;
      if (way.kind === 'reply' || way.kind === 'message') {
        const inside =
          way.to.length > 0 &&
          way.to.every((peer) => label.P.every((each) => audience(each).includes(peer)));
        expect(inside || label.P.length === 0).toBe(true);
      }
      if (way.kind === 'exec') expect(label.u).toBeLessThan(2);
      if (way.kind === 'web.read' && label.P.length > 0) expect(label.u).toBeLessThan(2);
      if (way.kind === 'fs.write' && way.path === 'AGENTS.md') expect(label.u).toBe(0);
    }),
    { numRuns: 3000 },
  );
});

test('any JSON is answered, and none of it leaves', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue({ maxDepth: 4 }), (config, input) => {
      for (const op of ['flow.decide', 'flow.run']) {
        expect(decide(op, config, input).effect).toBe('deny');
      }
    }),
    { numRuns: 2000 },
  );
  expect(topLabel).toEqual({ u: 3, P: ['memory', 'secret', 'workspace'] });
});
