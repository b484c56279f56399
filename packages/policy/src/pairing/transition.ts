/**
 * How a stranger becomes somebody the agent talks to.
 *
 * Pure: time, random bytes and the owner list come in as facts, the new state goes out. Approval
 * gives direct messages on one account and nothing else, except that the very first owner may be
 * made this way, once, when a local operator says so.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { canonicalSender } from '../identity/sender.ts';
import { readId } from '../config/shape.ts';
import { InvalidSetting, asList } from '../setting.ts';
import { invalid, total } from '../verdict.ts';
import { codeFrom, findCode, typedCode } from './code.ts';
import { verdict } from './reasons.ts';
import {
  FAILURE_WINDOW_MS,
  LOCK_MS,
  MAX_FAILURES,
  type PairingAction,
  type PairingActor,
  type PairingFacts,
  type PairingState,
  type PendingRequest,
  accountOf,
  pruned,
  withAccount,
} from './state.ts';

/** The decision about one action and the state to store with it. */
export interface PairingResult {
  readonly decision: Decision;
  readonly state: PairingState;
}

/**
 * Runs one action against the pairing of a channel. Never throws: what cannot be read is denied
 * and leaves the state as it was.
 *
 * `pairing.created` carries the code as `value` and the obligation `reply_pairing_code`; approvals
 * carry `{ accountId, id }`, and an owner made by one carries `set_owner:<channel>:<id>`.
 */
export function pairingTransition(
  state: PairingState,
  action: PairingAction,
  facts: PairingFacts,
): PairingResult {
  let next = state;
  const decision = total(() => {
    if (!Number.isFinite(facts.now)) return invalid('facts.now');
    const result = transition(pruned(state, facts.now), action, facts);
    next = result.state;
    return result.decision;
  });
  return { decision, state: next };
}

function transition(
  state: PairingState,
  action: PairingAction,
  facts: PairingFacts,
): PairingResult {
  switch (action.op) {
    case 'request':
      return request(state, action, facts);
    case 'approve':
      return approve(state, action, facts);
    case 'reject':
      return reject(state, action, facts);
    case 'revoke':
      return revoke(state, action);
    default:
      throw new InvalidSetting('action.op');
  }
}

const PATH = 'pairing';

function request(
  state: PairingState,
  action: Extract<PairingAction, { op: 'request' }>,
  facts: PairingFacts,
): PairingResult {
  const accountId = readAccount(action.accountId) ?? 'default';
  const id = canonicalSender(state.channel, action.sender);
  if (id === undefined) return keep(state, verdict.deny('pairing.sender.missing_id', PATH));
  const account = accountOf(state, accountId);
  if (holds(state, account.allow, id)) {
    return keep(state, verdict.allow('pairing.already_approved', PATH));
  }
  if (account.pending.some((entry) => entry.id === id)) {
    const pending = account.pending.map((entry) =>
      entry.id === id ? { ...entry, lastSeenAt: facts.now } : entry,
    );
    const decision = verdict.ignore('pairing.already_pending', PATH);
    return { decision, state: withAccount(state, accountId, { ...account, pending }) };
  }
  if (account.rejected?.some((entry) => entry.id === id) === true) {
    return keep(state, verdict.ignore('pairing.rejected_recently', PATH));
  }
  if (account.pending.length >= maxPending(facts.maxPending)) {
    return keep(state, verdict.ignore('pairing.queue_full', 'pairing.maxPending'));
  }
  const code = newCode(state, facts.draw ?? []);
  if (code === undefined) return keep(state, verdict.ignore('pairing.no_code', PATH));
  const entry = { id, code, createdAt: facts.now, lastSeenAt: facts.now };
  const pending = [...account.pending, entry];
  return {
    decision: verdict.pair('pairing.created', PATH, {
      obligations: ['reply_pairing_code'],
      value: code,
    }),
    state: withAccount(state, accountId, { ...account, pending }),
  };
}

function approve(
  state: PairingState,
  action: Extract<PairingAction, { op: 'approve' }>,
  facts: PairingFacts,
): PairingResult {
  const { actor } = action;
  if (!mayDecide(actor)) return keep(state, verdict.deny('pairing.actor.unauthorized', PATH));
  const accountId = readAccount(action.accountId);
  const hasOwner = ownersListed(facts.ownerAllowFrom) || state.ownerSettled;
  const settled = hasOwner ? { ...state, ownerSettled: true } : state;
  if (isLocked(settled, actor, facts.now)) {
    return keep(settled, verdict.deny('pairing.rate_limited', PATH));
  }
  const found = findPending(settled, accountId, typedCode(action.code));
  if (found === undefined) {
    const decision = verdict.deny('pairing.code.not_found', PATH);
    return { decision, state: withFailure(settled, actor, facts.now) };
  }
  const { id } = found.entry;
  const moved = movedToAllow(withoutFailures(settled, actor), found);
  const value = { accountId: found.accountId, id };
  if (hasOwner || !mayBootstrap(actor)) {
    return { decision: verdict.allow('pairing.approved', PATH, { value }), state: moved };
  }
  const obligations = [`set_owner:${state.channel}:${id}`];
  return {
    decision: verdict.allow('pairing.approved.owner_bootstrapped', PATH, { obligations, value }),
    state: { ...moved, ownerSettled: true },
  };
}

function reject(
  state: PairingState,
  action: Extract<PairingAction, { op: 'reject' }>,
  facts: PairingFacts,
): PairingResult {
  if (!mayDecide(action.actor)) {
    return keep(state, verdict.deny('pairing.actor.unauthorized', PATH));
  }
  const accountId = readAccount(action.accountId);
  const found =
    action.code === undefined
      ? findBySender(state, accountId, canonicalSender(state.channel, action.id))
      : findPending(state, accountId, typedCode(action.code));
  if (found === undefined) return keep(state, verdict.deny('pairing.code.not_found', PATH));
  const account = accountOf(state, found.accountId);
  const { id } = found.entry;
  const pending = account.pending.filter((entry) => entry !== found.entry);
  const rejected = [...(account.rejected ?? []), { id, at: facts.now }];
  const next = action.mute === false ? { ...account, pending } : { ...account, pending, rejected };
  const value = { accountId: found.accountId, id };
  return {
    decision: verdict.allow('pairing.rejected', PATH, { value }),
    state: withAccount(state, found.accountId, next),
  };
}

function revoke(
  state: PairingState,
  action: Extract<PairingAction, { op: 'revoke' }>,
): PairingResult {
  if (!mayDecide(action.actor)) {
    return keep(state, verdict.deny('pairing.actor.unauthorized', PATH));
  }
  const wanted = readAccount(action.accountId);
  const id = canonicalSender(state.channel, action.sender);
  let next = state;
  let found = false;
  for (const accountId of accountsOf(state, wanted)) {
    const account = accountOf(next, accountId);
    if (id === undefined || !holds(state, account.allow, id)) continue;
    found = true;
    const allow = account.allow.filter((entry) => canonicalSender(state.channel, entry) !== id);
    next = withAccount(next, accountId, { ...account, allow });
  }
  if (!found) return keep(state, verdict.deny('pairing.revoke.not_found', PATH));
  const decision = verdict.allow('pairing.revoked', PATH, {
    obligations: ['audit'],
    value: { id },
  });
  return { decision, state: next };
}

function keep(state: PairingState, decision: Decision): PairingResult {
  return { decision, state };
}

function readAccount(value: unknown): string | undefined {
  return value === undefined ? undefined : readId({ value, path: 'action.accountId' });
}

/** Whether an allow store holds `id`; `*` and entries that are no ids count for nobody. */
function holds(state: PairingState, allow: readonly string[], id: string): boolean {
  return allow.some((entry) => entry !== '*' && canonicalSender(state.channel, entry) === id);
}

function maxPending(value: unknown): number {
  if (value === undefined) return 3;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 10) {
    throw new InvalidSetting('pairing.maxPending');
  }
  return value;
}

/** A code no live request of the channel has. */
function newCode(state: PairingState, draw: readonly ArrayLike<number>[]): string | undefined {
  const live = new Set(allPending(state, undefined).map(({ entry }) => entry.code));
  for (const bytes of draw) {
    const code = codeFrom(bytes);
    if (code !== undefined && !live.has(code)) return code;
  }
  return undefined;
}

/** People in chats never decide, whatever scopes they are said to have. */
function mayDecide(actor: PairingActor): boolean {
  if (actor.kind !== 'cli' && actor.kind !== 'ui') return false;
  return actor.scopes.includes('operator.pairing') || actor.scopes.includes('operator.admin');
}

function mayBootstrap(actor: PairingActor): boolean {
  if (actor.bootstrapOwner !== true) return false;
  return actor.kind === 'cli' ? actor.local === true : actor.scopes.includes('operator.admin');
}

/** Any entry counts, `*` too, although that makes nobody owner. */
function ownersListed(value: unknown): boolean {
  return (asList({ value, path: 'commands.ownerAllowFrom' }) ?? []).length > 0;
}

interface Located {
  readonly accountId: string;
  readonly entry: PendingRequest;
}

function accountsOf(state: PairingState, accountId: string | undefined): readonly string[] {
  return accountId === undefined ? Object.keys(state.accounts) : [accountId];
}

function allPending(state: PairingState, accountId: string | undefined): readonly Located[] {
  return accountsOf(state, accountId).flatMap((id) =>
    accountOf(state, id).pending.map((entry) => ({ accountId: id, entry })),
  );
}

/** The one request with `code`. Two of them mean a damaged store, and then there is none. */
function findPending(
  state: PairingState,
  accountId: string | undefined,
  code: string | undefined,
): Located | undefined {
  const all = allPending(state, accountId);
  const codes = all.map(({ entry }) => entry.code);
  const [first, second] = findCode(code ?? '', codes);
  return code === undefined || first === undefined || second !== undefined ? undefined : all[first];
}

function findBySender(
  state: PairingState,
  accountId: string | undefined,
  id: string | undefined,
): Located | undefined {
  if (id === undefined) return undefined;
  return allPending(state, accountId).find(({ entry }) => entry.id === id);
}

function movedToAllow(state: PairingState, { accountId, entry }: Located): PairingState {
  const account = accountOf(state, accountId);
  const pending = account.pending.filter((each) => each !== entry);
  const known = holds(state, account.allow, entry.id);
  const allow = known ? account.allow : [...account.allow, entry.id];
  return withAccount(state, accountId, { ...account, pending, allow });
}

function failuresOf(state: PairingState, actor: PairingActor) {
  const failures = Object.hasOwn(state.failures, actor.id) ? state.failures[actor.id] : undefined;
  return failures ?? { t: [], lockedUntil: 0 };
}

function isLocked(state: PairingState, actor: PairingActor, now: number): boolean {
  return now < failuresOf(state, actor).lockedUntil;
}

function withFailure(state: PairingState, actor: PairingActor, now: number): PairingState {
  const recent = failuresOf(state, actor).t.filter((at) => at > now - FAILURE_WINDOW_MS);
  const t = [...recent, now];
  const failures =
    t.length >= MAX_FAILURES ? { t: [], lockedUntil: now + LOCK_MS } : { t, lockedUntil: 0 };
  return { ...state, failures: { ...state.failures, [actor.id]: failures } };
}

function withoutFailures(state: PairingState, actor: PairingActor): PairingState {
  const failures = Object.entries(state.failures).filter(([id]) => id !== actor.id);
  return { ...state, failures: Object.fromEntries(failures) };
}
