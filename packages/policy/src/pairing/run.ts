/**
 * Runs a list of pairing steps from a given state, for tests of a config and for the vectors.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { InvalidSetting, asList, isObject, own } from '../setting.ts';
import { CODE_ALPHABET } from './code.ts';
import {
  type AccountPairing,
  type ActorFailures,
  type PairingAction,
  type PairingActor,
  type PairingState,
  emptyPairing,
} from './state.ts';
import { pairingTransition } from './transition.ts';

/** The decision of the last step, and how many requests and senders there are after it. */
export interface PairingRunResult extends Decision {
  readonly state?: Readonly<Record<string, number>>;
}

/** `config: { ownerAllowFrom? }`, `input: { channel, state?, steps }`. */
export function pairingRun(config: unknown, input: unknown): PairingRunResult {
  const channel = own(input, 'channel');
  if (typeof channel !== 'string' || channel === '') throw new InvalidSetting('input.channel');
  let state = startState(channel, own(input, 'state'));
  let ownerAllowFrom = own(config, 'ownerAllowFrom');
  let last: Decision | undefined;
  for (const step of asList({ value: own(input, 'steps'), path: 'input.steps' }) ?? []) {
    const now = own(step, 'now');
    const result = pairingTransition(state, readAction(step), {
      now: typeof now === 'number' ? now : Number.NaN,
      ownerAllowFrom,
      draw: readDraws(own(step, 'draw')),
      maxPending: own(own(config, 'pairing'), 'maxPending'),
    });
    ({ state, decision: last } = result);
    const owner = last.obligations?.find((each) => each.startsWith('set_owner:'));
    if (owner !== undefined) ownerAllowFrom = [owner.slice('set_owner:'.length)];
  }
  if (last === undefined) throw new InvalidSetting('input.steps');
  return { ...last, state: counts(state) };
}

function counts(state: PairingState): Readonly<Record<string, number>> {
  let pending = 0;
  let allow = 0;
  for (const account of Object.values(state.accounts)) {
    pending += account.pending.length;
    allow += account.allow.filter((entry) => entry !== '*').length;
  }
  return { pending, allow };
}

function readDraws(value: unknown): readonly ArrayLike<number>[] {
  if (!Array.isArray(value)) return [];
  return value.map((code: unknown) =>
    typeof code === 'string' ? Array.from(code, (symbol) => CODE_ALPHABET.indexOf(symbol)) : [],
  );
}

function startState(channel: string, value: unknown): PairingState {
  const accounts = own(value, 'accounts');
  const failures = own(value, 'failures');
  return {
    ...emptyPairing(channel),
    accounts: isObject(accounts) ? mapValues(accounts, readAccount) : {},
    failures: isObject(failures) ? mapValues(failures, readFailures) : {},
  };
}

function mapValues<Value>(
  record: Readonly<Record<string, unknown>>,
  read: (value: unknown) => Value,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, read(value)]));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Entries that are not whole are dropped: a damaged request is nobody's. */
function readAccount(value: unknown): AccountPairing {
  return {
    pending: list(own(value, 'pending')).flatMap((entry) => {
      const id = own(entry, 'id');
      const code = own(entry, 'code');
      const createdAt = own(entry, 'createdAt');
      const lastSeenAt = own(entry, 'lastSeenAt');
      if (typeof id !== 'string' || typeof code !== 'string') return [];
      if (typeof createdAt !== 'number') return [];
      const seen = typeof lastSeenAt === 'number' ? lastSeenAt : createdAt;
      return [{ id, code, createdAt, lastSeenAt: seen }];
    }),
    allow: texts(own(value, 'allow')),
  };
}

function readFailures(value: unknown): ActorFailures {
  const lockedUntil = own(value, 'lockedUntil');
  return {
    t: list(own(value, 't')).filter((at): at is number => typeof at === 'number'),
    lockedUntil: typeof lockedUntil === 'number' ? lockedUntil : 0,
  };
}

function texts(value: unknown): readonly string[] {
  return list(value).filter((entry): entry is string => typeof entry === 'string');
}

function readAction(step: unknown): PairingAction {
  const accountId = text(step, 'accountId');
  const place = accountId === undefined ? {} : { accountId };
  switch (own(step, 'op')) {
    case 'request': {
      const sender = text(step, 'sender');
      return { op: 'request', ...place, ...(sender === undefined ? {} : { sender }) };
    }
    case 'approve':
      return { op: 'approve', code: text(step, 'code') ?? '', actor: readActor(step), ...place };
    case 'reject': {
      const code = text(step, 'code');
      const id = text(step, 'id');
      // Naming the code turns one request down; naming the sender turns the sender down.
      return code === undefined
        ? { op: 'reject', ...(id === undefined ? {} : { id }), actor: readActor(step), ...place }
        : { op: 'reject', code, mute: false, actor: readActor(step), ...place };
    }
    case 'revoke':
      return { op: 'revoke', sender: text(step, 'sender') ?? '', actor: readActor(step), ...place };
    default:
      throw new InvalidSetting('input.steps.op');
  }
}

function text(holder: unknown, key: string): string | undefined {
  const value = own(holder, key);
  if (value === undefined || typeof value === 'string') return value;
  throw new InvalidSetting(`input.steps.${key}`);
}

function readActor(step: unknown): PairingActor {
  const actor = own(step, 'actor');
  const kind = own(actor, 'kind');
  const id = own(actor, 'id');
  return {
    id: typeof id === 'string' ? id : '',
    kind: kind === 'cli' || kind === 'ui' ? kind : 'chat',
    local: own(actor, 'local') === true,
    scopes: texts(own(actor, 'scopes')),
    bootstrapOwner: own(actor, 'bootstrapOwner') === true,
  };
}
