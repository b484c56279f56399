// Information flow: what modes and exceptions let through, and how labels spread.
import { describe, expect, test } from 'vitest';
import {
  actionDigest,
  decideApproved,
  decideFlow,
  declassify,
  type FlowAction,
  type FlowGrants,
  type FlowLabel,
  flowTransition,
  release,
  sessionLabel,
  topLabel,
} from '../../src/flow/index.ts';
import { ask, input, label } from './asking.ts';

describe('modes', () => {
  const changes = { label: topLabel, requester: 'external' } as const;
  test('warn notes what it would have stopped', () => {
    const decision = decideFlow({ flow: { mode: 'warn' } }, input(changes));
    expect(decision).toMatchObject({
      effect: 'allow',
      code: 'flow.warned',
      obligations: ['audit'],
      warnings: ['flow.exec.untrusted_denied'],
    });
    expect(ask({}, { flow: { mode: 'warn' } })).toBe('flow.ok');
  });

  test('off looks at nothing, and a misspelled mode is not off', () => {
    expect(ask(changes, { flow: { mode: 'off' } })).toBe('flow.off');
    expect(ask({}, { flow: { mode: 'Off' } })).toBe('config.invalid');
  });
});

const action = (changes: Partial<FlowAction> = {}): FlowAction => ({
  ...input({ label: label(2) }),
  session: 's',
  ...changes,
});

describe('exceptions', () => {
  const NONE: FlowGrants = { once: [], always: [] };
  const allowed = (on: FlowAction, decision: 'allow-once' | 'allow-always' = 'allow-once') =>
    declassify(NONE, on, { actor: 'approver', decision }, {});

  test.each([
    ['another payload', { payload: 'x' }],
    ['another session', { session: 't' }],
    ['another command', { sink: { kind: 'exec', command: 'rm' } as const }],
    ['more seen since', { label: label(2, 'memory') }],
  ])('cover one action only: %s', (_name, changes) => {
    const { grants } = allowed(action());
    expect(release(grants, action(changes), {}).decision.code).toBe('flow.exec.untrusted');
    expect(release(grants, action(), {}).decision.code).toBe('flow.declassified');
    expect(decideApproved(action(changes), actionDigest(action())).code).toBe(
      'flow.declassify.mismatch',
    );
  });

  test('are spent by use', () => {
    const used = release(allowed(action()).grants, action(), {});
    expect(used.grants).toEqual(NONE);
    expect(release(used.grants, action(), {}).decision.code).toBe('flow.exec.untrusted');
  });

  test('lift no refusal and answer no question that was not asked', () => {
    const denied = action({ label: label(3), requester: 'trusted' });
    expect(allowed(denied).decision.code).toBe('flow.declassify.refused');
    expect(release({ once: [actionDigest(denied)], always: [] }, denied, {}).decision.effect).toBe(
      'deny',
    );
    expect(allowed(action({ label: label(0) })).decision.code).toBe('flow.declassify.refused');
  });

  test('are made by approvers', () => {
    const byAgent = declassify(NONE, action(), { actor: 'agent', decision: 'allow-once' }, {});
    expect(byAgent.decision.effect).toBe('deny');
    expect(byAgent.grants).toBe(NONE);
  });

  test('last only while nothing leaks and nothing came from outside', () => {
    const to = { kind: 'message', to: ['telegram:2'] } as const;
    const { grants } = allowed(action({ sink: to }), 'allow-always');
    expect(grants.always.length).toBe(1);
    const later = (seen: FlowLabel) =>
      release(grants, action({ sink: to, label: seen }), {}).decision.code;
    expect(later(label(2))).toBe('flow.declassified');
    expect(later(label(2, 'conv:room'))).toBe('flow.declassified');
    expect(later(label(2, 'memory'))).toBe('flow.message.private');
    expect(later(label(3))).toBe('flow.message.untrusted');
    for (const seen of [label(3), label(2, 'memory')]) {
      expect(allowed(action({ sink: to, label: seen }), 'allow-always').decision.effect).toBe(
        'deny',
      );
    }
    const job = action({ label: label(1), sink: { kind: 'control', tool: 'cron' } });
    expect(allowed(job, 'allow-always').decision.effect).toBe('deny');
  });
});

describe('labels spread', () => {
  const EMPTY = { sessions: {}, artefacts: {} };
  const after = (...steps: readonly object[]) => {
    let state: Parameters<typeof flowTransition>[0] = EMPTY;
    for (const step of steps)
      state = flowTransition(state, step as Parameters<typeof flowTransition>[1]);
    return state;
  };
  const tainted = { do: 'tool', session: 'a', class: 'external', P: ['secret'] };
  test.each([
    [
      'by files',
      [
        tainted,
        { do: 'write', session: 'a', artefact: 'f' },
        { do: 'read', session: 'b', class: 'workspace', artefact: 'f' },
      ],
      label(3, 'secret', 'workspace'),
    ],
    [
      'by history',
      [tainted, { do: 'history', session: 'b', of: 'a' }],
      label(3, 'conv:a', 'secret'),
    ],
    ['by messages', [tainted, { do: 'send', session: 'a', to: 'b' }], label(3, 'secret')],
    ['to children', [tainted, { do: 'spawn', session: 'a', child: 'b' }], label(3, 'secret')],
    [
      'from children',
      [tainted, { do: 'childResult', session: 'b', child: 'a' }],
      label(3, 'secret'),
    ],
    [
      'to a new session by a stranger',
      [tainted, { do: 'new', session: 'a', by: 'trusted', newSession: 'b' }],
      label(3, 'secret'),
    ],
    [
      'not to one by the owner',
      [tainted, { do: 'new', session: 'a', by: 'owner', newSession: 'b' }],
      label(0),
    ],
    [
      'by a file without a label',
      [{ do: 'read', session: 'b', class: 'workspace', stored: null }],
      topLabel,
    ],
    ['by a lost label', [{ do: 'load', session: 'b' }], topLabel],
    ['by a stored label', [{ do: 'load', session: 'b', label: { u: 1, P: [] } }], label(1)],
    [
      'by a shared session',
      [{ do: 'message', session: 'b', class: 'trusted', conversation: 'k' }],
      label(1, 'conv:k'),
    ],
    ['by a step that cannot be read', [{ do: 'melt', session: 'b' }], topLabel],
    [
      'by a class nobody knows',
      [{ do: 'read', session: 'b', class: 'diary' }],
      label(0, 'memory', 'secret', 'workspace'),
    ],
  ])('%s', (_name, steps, expected) => {
    expect(sessionLabel(after(...steps), 'b')).toEqual(expected);
  });

  test('a session called __proto__ is only a session', () => {
    const state = after({ ...tainted, session: '__proto__' });
    expect(sessionLabel(state, '__proto__')).toEqual(label(3, 'secret'));
    expect(sessionLabel(state, 'constructor')).toEqual(label(0));
  });
});
