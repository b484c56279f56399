/**
 * Claims about the flow of information: labels only rise, what was read decides what may leave,
 * and an exception is good for one action.
 *
 * @module
 */
import type { Decision, Effect } from '@portcullis/core';
import { combine } from '../../../src/combine.ts';
import {
  type FlowAction,
  type FlowGrants,
  declassify,
  release,
} from '../../../src/flow/declassify.ts';
import { type FlowInput, type Sink, decideFlow } from '../../../src/flow/sink.ts';
import type { FlowLabel, PrivateClass } from '../../../src/flow/label.ts';
import { type Claim, type Run, product, rank } from '../explorer.ts';
import { CONVERSATIONS, OWNERS, mayReceive } from '../flow-world.ts';
import { monotone, noSilentLeak } from './flow-history.ts';

const EFFECTS: readonly Effect[] = ['allow', 'ask', 'pair', 'ignore', 'deny'];

function decisionsOf(area: string): readonly Decision[] {
  return EFFECTS.flatMap((effect) => {
    const plain = { effect, code: `${area}.${effect}`, path: area, reason: area };
    return [plain, { ...plain, constraints: { [area]: 'narrow' } }];
  });
}

function expectCombined(run: Run, parts: readonly Decision[]): void {
  const result = combine(parts);
  const lowest = Math.min(...parts.map(rank));
  const first = parts.find((each) => rank(each) === lowest);
  run.expect(rank(result) === lowest, 'the result is not the most severe', parts, result);
  run.expect(result.code === first?.code, 'a later code answers', parts, result);
  const wanted = parts.flatMap((each) => Object.keys(each.constraints ?? {}));
  const kept = wanted.every((key) => result.constraints?.[key] !== undefined);
  run.expect(result.effect !== 'allow' || kept, 'a constraint is gone', parts, result);
}

const PRIVATE: FlowInput = {
  label: { u: 3, P: ['secret', 'workspace'] },
  requester: 'member',
  sink: { kind: 'message', to: ['t:9'] },
  owners: OWNERS,
  conversations: CONVERSATIONS,
};

function checkCombination(run: Run): void {
  const [tools, areas, flows] = ['tool', 'area', 'flow'].map(decisionsOf);
  for (const [tool, area, flow] of product(tools ?? [], areas ?? [], flows ?? [])) {
    expectCombined(run, [tool, area, flow]);
    const pair = combine([tool, area]);
    run.expect(rank(combine([tool, area, flow])) <= rank(pair), 'flow raises', tool, area, flow);
    for (const mode of ['warn', 'off']) {
      const lenient = decideFlow({ flow: { mode } }, PRIVATE);
      const { effect, code } = combine([tool, area, lenient]);
      const unchanged = effect === pair.effect && code === pair.code;
      run.expect(unchanged, 'a lenient mode changes the others', mode, tool, area);
    }
  }
}

const TAINTS = [0, 1, 2, 3] as const;
const CLASS_SETS: readonly (readonly PrivateClass[])[] = [
  [],
  ['workspace'],
  ['secret'],
  ['conv:s2'],
  ['memory', 'workspace'],
];
const SINKS: readonly Sink[] = [
  { kind: 'reply', to: ['t:2'] },
  { kind: 'message', to: ['t:2'] },
  { kind: 'message', to: ['t:9'] },
  { kind: 'web.read', url: 'https://a.test/' },
  { kind: 'web.read', url: 'https://b.test/' },
  { kind: 'web.write', url: 'https://a.test/' },
  { kind: 'exec', command: 'ls' },
  { kind: 'fs.write', path: 'AGENTS.md' },
  { kind: 'control', tool: 'cron' },
];

function actionsOf(): readonly FlowAction[] {
  const rows = product(TAINTS, CLASS_SETS, ['owner', 'member'] as const, SINKS);
  return [...rows].map(([u, P, requester, sink]) => ({
    session: 's1',
    label: { u, P },
    requester,
    sink,
    payload: 'text',
    owners: OWNERS,
    conversations: CONVERSATIONS,
  }));
}

/** The same action with one thing changed. */
function variantsOf(action: FlowAction): readonly FlowAction[] {
  const label = action.label ?? { u: 3, P: [] };
  const higher: FlowLabel = { u: label.u === 3 ? 2 : 3, P: label.P };
  const more: FlowLabel = { u: label.u, P: [...label.P, 'conv:s9'] };
  return [
    { ...action, session: 's2' },
    { ...action, payload: 'other text' },
    { ...action, label: higher },
    { ...action, label: more },
    ...SINKS.filter((sink) => JSON.stringify(sink) !== JSON.stringify(action.sink)).map((sink) => ({
      ...action,
      sink,
    })),
  ];
}

const NONE: FlowGrants = { once: [], always: [] };

function checkOnce(run: Run, action: FlowAction): void {
  const asked = decideFlow({}, action);
  const answer = { actor: 'approver', decision: 'allow-once' } as const;
  const { grants, decision } = declassify(NONE, action, answer, {});
  run.expect(
    (decision.effect === 'allow') === (asked.effect === 'ask'),
    'an exception to what was not asked',
    action,
  );
  const byAgent = declassify(NONE, action, { ...answer, actor: 'agent' }, {});
  run.expect(byAgent.grants.once.length === 0, 'the agent made an exception', action);
  if (asked.effect !== 'ask') return;
  for (const other of variantsOf(action)) {
    const was = decideFlow({}, other);
    const now = release(grants, other, {});
    run.expect(
      now.decision.effect === was.effect,
      'an exception covers another action',
      action,
      other,
      now.decision,
    );
  }
  const first = release(grants, action, {});
  run.expect(first.decision.code === 'flow.declassified', 'an exception does not count', action);
  const second = release(first.grants, action, {});
  run.expect(second.decision.effect === 'ask', 'an exception counts twice', action);
  const { label } = Object(first.decision.value) as { label?: FlowLabel };
  run.expect(
    JSON.stringify(label) === JSON.stringify(asked.value && Object(asked.value)['label']),
    'an exception lowers a label',
    action,
    first.decision,
  );
}

function checkAlways(run: Run, action: FlowAction): void {
  const answer = { actor: 'approver', decision: 'allow-always' } as const;
  const { grants, decision } = declassify(NONE, action, answer, {});
  const { u, P } = action.label ?? { u: 3, P: [] };
  const { sink } = action;
  const leak = 'to' in sink ? !mayReceive(sink.to, P) : P.length > 0;
  const stands = decision.effect === 'allow';
  run.expect(!(stands && (leak || u === 3)), 'a standing exception for a leak', action, decision);
  if (!stands) return;
  const worse: FlowAction = { ...action, label: { u: 3, P } };
  run.expect(
    release(grants, worse, {}).decision.effect !== 'allow',
    'it stands for anything',
    action,
  );
}

/** What is proved about the flow of information. */
export const claims: readonly Claim[] = [
  monotone,
  noSilentLeak,
  {
    id: 'F3',
    sentence: 'of several decisions the most severe one counts, and the first of equals answers',
    bounds: 'all triples of 5 effects with and without a constraint; flow modes warn and off',
    check: checkCombination,
  },
  {
    id: 'F4',
    sentence: 'an exception lets exactly one action out once, and never stands for a leak',
    bounds:
      '4 taints, 5 sets of classes, 2 requesters, 9 sinks, with every change of session, payload, label or sink',
    check(run) {
      for (const action of actionsOf()) {
        checkOnce(run, action);
        checkAlways(run, action);
      }
    },
  },
];
