// Pins: what the transition promises beyond the vectors.
import { randomBytes } from 'node:crypto';

import { describe, expect, test } from 'vitest';
import {
  type PairingAction,
  type PairingActor,
  type PairingFacts,
  type PairingState,
  emptyPairing,
  pairingTransition,
} from '../src/pairing/index.ts';

const NOW = 1_700_000_000_000;
const CODE_A = [0, 0, 0, 0, 0, 0, 0, 0];
const CODE_B = [1, 1, 1, 1, 1, 1, 1, 1];
const operator: PairingActor = { id: 'ui1', kind: 'ui', scopes: ['operator.pairing'] };
const localCli: PairingActor = {
  id: 'cli',
  kind: 'cli',
  local: true,
  scopes: ['operator.admin'],
  bootstrapOwner: true,
};

function run(
  steps: readonly (readonly [PairingAction, Partial<PairingFacts>?])[],
  start: PairingState = emptyPairing('telegram'),
) {
  let state = start;
  const codes: string[] = [];
  const obligations: (readonly string[])[] = [];
  for (const [action, facts] of steps) {
    const result = pairingTransition(state, action, { now: NOW, draw: [CODE_A], ...facts });
    state = result.state;
    codes.push(result.decision.code);
    obligations.push(result.decision.obligations ?? []);
  }
  return { state, codes, obligations };
}

const ask = (sender: string, facts: Partial<PairingFacts> = {}) =>
  [{ op: 'request', sender }, facts] as const;
const approve = (actor: PairingActor, code = 'AAAAAAAA', facts: Partial<PairingFacts> = {}) =>
  [{ op: 'approve', code, actor }, facts] as const;

describe('pairing', () => {
  test('mutes a rejected sender for 24 hours', () => {
    const { codes, state } = run([
      ask('42'),
      [{ op: 'reject', code: 'AAAAAAAA', actor: operator }],
      ask('42', { now: NOW + 86_399_999 }),
      ask('42', { now: NOW + 86_400_000 }),
    ]);
    expect(codes).toEqual([
      'pairing.created',
      'pairing.rejected',
      'pairing.rejected_recently',
      'pairing.created',
    ]);
    expect(state.accounts['default']?.rejected).toBeUndefined();
  });

  test('lets a sender ask again when only the request was dropped', () => {
    const { codes } = run([
      ask('42'),
      [{ op: 'reject', id: '42', mute: false, actor: operator }],
      ask('42'),
    ]);
    expect(codes).toEqual(['pairing.created', 'pairing.rejected', 'pairing.created']);
  });

  test('makes an owner once, and an emptied list does not reopen it', () => {
    const { codes, obligations, state } = run([
      ask('1'),
      approve(localCli),
      ask('2'),
      approve(localCli, 'AAAAAAAA', { ownerAllowFrom: [] }),
    ]);
    expect(codes).toEqual([
      'pairing.created',
      'pairing.approved.owner_bootstrapped',
      'pairing.created',
      'pairing.approved',
    ]);
    expect(obligations[1]).toEqual(['set_owner:telegram:1']);
    expect(state.ownerSettled).toBe(true);
  });

  test('remembers that there was an owner whatever happens to the list later', () => {
    const { codes } = run([
      ask('1'),
      approve(operator, 'AAAAAAAA', { ownerAllowFrom: ['telegram:9'] }),
      ask('2'),
      approve(localCli),
    ]);
    expect(codes[3]).toBe('pairing.approved');
  });

  test.each<{ name: string; actor: PairingActor; code: string }>([
    {
      name: 'a local CLI with the flag',
      actor: localCli,
      code: 'pairing.approved.owner_bootstrapped',
    },
    { name: 'a remote CLI', actor: { ...localCli, local: false }, code: 'pairing.approved' },
    {
      name: 'the UI of an admin with the flag',
      actor: { ...localCli, kind: 'ui' },
      code: 'pairing.approved.owner_bootstrapped',
    },
    {
      name: 'the UI without admin',
      actor: { ...operator, bootstrapOwner: true },
      code: 'pairing.approved',
    },
    { name: 'a chat', actor: { ...localCli, kind: 'chat' }, code: 'pairing.actor.unauthorized' },
  ])('bootstrap by $name answers $code', ({ actor, code }) => {
    expect(run([ask('1'), approve(actor)]).codes[1]).toBe(code);
  });

  test('"*" as owner counts as configured', () => {
    const { codes } = run([ask('1'), approve(localCli, 'AAAAAAAA', { ownerAllowFrom: ['*'] })]);
    expect(codes[1]).toBe('pairing.approved');
  });

  test('takes the next draw when a code is in use, and none when all are', () => {
    const { codes, state } = run([
      ask('1'),
      ask('2', { draw: [CODE_A, CODE_B] }),
      ask('3', { draw: [CODE_A, CODE_B] }),
    ]);
    expect(codes).toEqual(['pairing.created', 'pairing.created', 'pairing.no_code']);
    expect(state.accounts['default']?.pending.map(({ code }) => code)).toEqual([
      'AAAAAAAA',
      'BBBBBBBB',
    ]);
  });

  test('P35.02: codes are 40 bits without bias, when their draw is', () => {
    const counts = new Map<string, number>();
    const codes = new Set<string>();
    const rounds = 8000;
    for (let round = 0; round < rounds; round += 1) {
      const draw = [randomBytes(8)];
      const { state } = run([ask('1', { draw })]);
      const code = state.accounts['default']?.pending[0]?.code ?? '';
      codes.add(code);
      for (const symbol of code) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted().join('')).toBe('23456789ABCDEFGHJKLMNPQRSTUVWXYZ');
    expect(codes.size).toBe(rounds);
    // Chi-square with 31 degrees of freedom: beyond 80 once in two million tries.
    const mean = (rounds * 8) / 32;
    const square = [...counts.values()].reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
    expect(square).toBeLessThan(80);
  });

  test('a repeated request does not extend the life of a code', () => {
    const { codes } = run([
      ask('1'),
      ask('1', { now: NOW + 3_600_000 }),
      approve(operator, 'AAAAAAAA', { now: NOW + 3_600_001 }),
    ]);
    expect(codes).toEqual(['pairing.created', 'pairing.already_pending', 'pairing.code.not_found']);
  });

  test.each([
    { maxPending: 1, code: 'pairing.queue_full' },
    { maxPending: 2, code: 'pairing.created' },
    { maxPending: 0, code: 'config.invalid' },
    { maxPending: 11, code: 'config.invalid' },
  ])('a second sender under maxPending $maxPending answers $code', ({ maxPending, code }) => {
    const { codes } = run([ask('1'), ask('2', { maxPending, draw: [CODE_B] })]);
    expect(codes[1]).toBe(code);
  });

  test('P35.02: locks an actor after ten wrong codes, without looking at the right one', () => {
    const wrong = Array.from({ length: 10 }, () => approve(operator, 'ZZZZZZZZ'));
    const { codes, state } = run([
      ask('1'),
      ...wrong,
      approve(operator),
      approve({ ...operator, id: 'ui2' }),
    ]);
    expect(codes.slice(10)).toEqual([
      'pairing.code.not_found',
      'pairing.rate_limited',
      'pairing.approved',
    ]);
    expect(state.accounts['default']?.allow).toEqual(['1']);
  });

  test('moves nobody when a damaged store holds a code twice', () => {
    const entry = { code: 'AAAAAAAA', createdAt: NOW, lastSeenAt: NOW };
    const start: PairingState = {
      ...emptyPairing('telegram'),
      accounts: {
        default: { pending: [{ id: '1', ...entry }], allow: [] },
        work: { pending: [{ id: '2', ...entry }], allow: [] },
      },
    };
    const { codes, state } = run([approve(operator)], start);
    expect(codes).toEqual(['pairing.code.not_found']);
    expect(state.accounts).toEqual(start.accounts);
  });

  test('an actor or account named like a prototype member is an ordinary one', () => {
    const { codes, state } = run([
      [{ op: 'request', sender: '1', accountId: 'constructor' }],
      approve({ ...operator, id: '__proto__' }, 'ZZZZZZZZ'),
      approve({ ...operator, id: '__proto__' }),
    ]);
    expect(codes).toEqual(['pairing.created', 'pairing.code.not_found', 'pairing.approved']);
    expect(state.accounts['constructor']?.allow).toEqual(['1']);
    expect(state.failures).toEqual({});
  });
});
