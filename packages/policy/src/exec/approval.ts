/**
 * Approvals of commands: one person, one answer, one run of exactly what was shown.
 *
 * The state is plain JSON and every step is a pure transition. A store applies each step in one
 * transaction; the clock and the ids are inputs.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { compileInPlace } from '../config/compile.ts';
import { holdsScope } from '../exposure/scope.ts';
import { normalisePath } from '../files/path.ts';
import { isListedApprover, isListedOwner } from '../ingress/command.ts';
import { canonicalSender } from '../identity/sender.ts';
import { asChoice, asFlag, asText, asTexts, InvalidSetting, own, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { type ApprovalRequest, bindingOf, readRequest, requestDigest } from './approval-record.ts';
import { argvHash } from './digest.ts';
import { verdict } from './reasons.ts';
import type { Ask } from './settings.ts';

/** An approver's answer. */
export type ApprovalAnswer = 'allow-once' | 'allow-always' | 'deny';

/** Where a record stands. `voided`: something else was tried with it. */
export type ApprovalStatus = 'pending' | 'allowed' | 'denied' | 'consumed' | 'voided';

/** One request for approval. */
export interface ApprovalRecord {
  readonly digest: string;
  readonly request: ApprovalRequest;
  /** Milliseconds. */
  readonly createdAt: number;
  /** Milliseconds; 30 minutes later. */
  readonly expiresAt: number;
  /** Milliseconds; null until answered. */
  readonly resolvedAt: number | null;
  readonly offered: readonly ApprovalAnswer[];
  readonly status: ApprovalStatus;
  /** Channel of the conversation it was asked in, whose own approvers may answer. */
  readonly channel?: string;
}

/** Durable trust that an `allow-always` left: an allow-list entry of one agent. */
export interface DurableTrust {
  readonly source: 'allow-always';
  readonly agentId: string;
  readonly realPath: string;
  readonly argvHash: string;
  /** Hex SHA-256 of the executable. */
  readonly sha256?: string;
  readonly script?: { readonly path: string; readonly sha256: string };
}

/** Everything approvals remember. Start with `{ records: {}, durable: [] }`. */
export interface ApprovalState {
  /** By id. */
  readonly records: Readonly<Record<string, ApprovalRecord>>;
  readonly durable: readonly DurableTrust[];
}

/** What the decision that led to the request found. */
export interface ApprovalFlags {
  readonly ask?: Ask;
  /** The command was analysable. Default true. */
  readonly A?: boolean;
  /** Program text for an interpreter. */
  readonly I?: boolean;
  /** A carrier or prelude. */
  readonly C?: boolean;
  /** Something about the run has no fingerprint. */
  readonly unbound?: boolean;
}

/** Who answers. Only operators and listed people can; the agent and what it runs never. */
export type ApprovalActor =
  | { readonly kind: 'operator'; readonly scopes: readonly string[] }
  | { readonly kind: 'peer'; readonly channel: string; readonly id: string }
  | { readonly kind: 'agent' | 'process'; readonly id?: string };

/** A step of the life of an approval. Times in milliseconds. */
export type ApprovalStep =
  | {
      readonly do: 'request';
      readonly now: number;
      /** 128 random bits. */
      readonly id: string;
      readonly request: ApprovalRequest;
      readonly flags?: ApprovalFlags;
      /** Existing local files among the operands. */
      readonly fileOperands?: readonly string[];
      /** Where the agent may write. Default the request's `cwd`. */
      readonly workspace?: string;
      /** Channel of the conversation it is asked in. */
      readonly channel?: string;
    }
  | {
      readonly do: 'resolve';
      readonly now: number;
      readonly id: string;
      readonly actor: ApprovalActor;
      readonly decision: ApprovalAnswer;
    }
  | {
      readonly do: 'consume';
      readonly now: number;
      readonly id: string;
      /** `requestDigest` of what is about to run, worked out afresh. */
      readonly digest: string;
    };

/** The state after a step, and the answer. */
export interface ApprovalResult {
  readonly state: ApprovalState;
  readonly decision: Decision;
}

const LIFETIME_MS = 30 * 60_000;
const USE_WITHIN_MS = 5 * 60_000;
const PATH = '<approvals>';
const ANSWERS: readonly ApprovalAnswer[] = ['allow-once', 'allow-always', 'deny'];

function timeOf(step: unknown): number {
  const now = setting(step, 'now').value;
  if (typeof now !== 'number' || !Number.isFinite(now)) throw new InvalidSetting('now');
  return now;
}

function idOf(step: unknown): string {
  const id = asText(setting(step, 'id'));
  if (id === undefined || id === '') throw new InvalidSetting('id');
  return id;
}

function recordOf(state: ApprovalState, id: string): ApprovalRecord | undefined {
  return Object.hasOwn(state.records, id) ? state.records[id] : undefined;
}

/** The state with one record put in. Entries are defined, so that an id such as `__proto__` is only an id. */
function withRecord(state: ApprovalState, id: string, record: ApprovalRecord): ApprovalState {
  const others = Object.entries(state.records).filter(([key]) => key !== id);
  return { ...state, records: Object.fromEntries([...others, [id, record]]) };
}

function mayBeDurable(step: unknown): boolean {
  const flags = setting(step, 'flags').value;
  const flag = (key: string) => asFlag(setting(flags, key));
  const ask = asChoice(setting(flags, 'ask'), ['off', 'on-miss', 'always']);
  const found = flag('I') === true || flag('C') === true || flag('unbound') === true;
  return ask !== 'always' && flag('A') !== false && !found;
}

function request(state: ApprovalState, step: unknown): ApprovalResult {
  const id = idOf(step);
  const createdAt = timeOf(step);
  if (recordOf(state, id) !== undefined) {
    return { state, decision: verdict.deny('exec.approval.exists', PATH) };
  }
  const wanted = readRequest(setting(step, 'request').value);
  const operands = asTexts(setting(step, 'fileOperands')) ?? [];
  const workspace = normalisePath(asText(setting(step, 'workspace')) ?? wanted.cwd);
  const binding = bindingOf(wanted, operands, workspace);
  if (!binding.bindable) {
    return { state, decision: verdict.deny('exec.approval.unbindable', PATH) };
  }
  const always = binding.durable && mayBeDurable(step);
  const channel = asText(setting(step, 'channel'));
  const record: ApprovalRecord = {
    digest: requestDigest(wanted),
    request: wanted,
    createdAt,
    expiresAt: createdAt + LIFETIME_MS,
    resolvedAt: null,
    offered: ANSWERS.filter((answer) => answer !== 'allow-always' || always),
    status: 'pending',
    ...(channel === undefined ? {} : { channel }),
  };
  const value = { id, digest: record.digest, offered: record.offered, expiresAt: record.expiresAt };
  return {
    state: withRecord(state, id, record),
    decision: verdict.ask('exec.approval.requested', PATH, { value }),
  };
}

/** True for an operator with the scope, or a person listed as approver of it or as owner. */
function isApprover(config: unknown, actor: unknown, askedOn: string | undefined): boolean {
  const kind = own(actor, 'kind');
  if (kind === 'operator') {
    return holdsScope(asTexts(setting(actor, 'scopes')) ?? [], 'operator.approvals');
  }
  const channel = own(actor, 'channel');
  if (kind !== 'peer' || typeof channel !== 'string') return false;
  const id = canonicalSender(channel, own(actor, 'id'));
  const compiled = compileInPlace(config);
  return isListedApprover(compiled, channel, id, askedOn) || isListedOwner(compiled, channel, id);
}

/** The entries an `allow-always` leaves: one for each command of the request. */
function durableTrust({ request: { argv, cwd, exec, agentId, script } }: ApprovalRecord) {
  return argv.flatMap((words, index): readonly DurableTrust[] => {
    const program = exec[index];
    if (program === undefined) return [];
    return [
      {
        source: 'allow-always',
        agentId,
        realPath: normalisePath(program.realPath),
        argvHash: argvHash(words, normalisePath(cwd)),
        ...(program.sha256 === undefined ? {} : { sha256: program.sha256 }),
        ...(script === null ? {} : { script }),
      },
    ];
  });
}

function resolve(state: ApprovalState, step: unknown, config: unknown): ApprovalResult {
  const id = idOf(step);
  const now = timeOf(step);
  const refuse = (decision: Decision): ApprovalResult => ({ state, decision });
  const record = recordOf(state, id);
  if (record === undefined) return refuse(verdict.deny('exec.approval.not_found', PATH));
  if (!isApprover(config, setting(step, 'actor').value, record.channel)) {
    return refuse(verdict.deny('exec.approval.not_authorized', 'execApprovals.approvers'));
  }
  if (now > record.expiresAt) return refuse(verdict.deny('exec.approval.expired', PATH));
  if (record.status !== 'pending') {
    return refuse(verdict.deny('exec.approval.already_resolved', PATH));
  }
  const answer = record.offered.find((each) => each === setting(step, 'decision').value);
  if (answer === undefined) {
    return refuse(verdict.deny('exec.approval.decision_not_offered', PATH));
  }
  const status = answer === 'deny' ? 'denied' : 'allowed';
  const next = withRecord(state, id, { ...record, status, resolvedAt: now });
  const trust = answer === 'allow-always' ? durableTrust(record) : [];
  return {
    state: { ...next, durable: [...next.durable, ...trust] },
    decision: verdict.allow('exec.approval.recorded', PATH, { obligations: ['audit'] }),
  };
}

/** Why a record does not cover a run of `digest` at `now`. */
function refuseUse(record: ApprovalRecord, digest: unknown, now: number): Decision | undefined {
  if (record.status === 'denied') return verdict.deny('exec.approval.denied', PATH);
  if (record.status === 'pending') return verdict.deny('exec.approval.pending', PATH);
  if (record.status === 'voided' || digest !== record.digest) {
    return verdict.deny('exec.approval.mismatch', PATH);
  }
  if (record.resolvedAt === null || now > record.resolvedAt + USE_WITHIN_MS) {
    return verdict.deny('exec.approval.expired', PATH);
  }
  return record.status === 'consumed' ? verdict.deny('exec.approval.consumed', PATH) : undefined;
}

function consume(state: ApprovalState, step: unknown): ApprovalResult {
  const id = idOf(step);
  const record = recordOf(state, id);
  if (record === undefined) {
    return { state, decision: verdict.deny('exec.approval.not_found', PATH) };
  }
  const refusal = refuseUse(record, setting(step, 'digest').value, timeOf(step));
  if (refusal === undefined) {
    return {
      state: withRecord(state, id, { ...record, status: 'consumed' }),
      decision: verdict.allow('exec.approval.used', PATH),
    };
  }
  // Trying something else with an approval spends it.
  const spent = refusal.code === 'exec.approval.mismatch';
  return {
    state: spent ? withRecord(state, id, { ...record, status: 'voided' }) : state,
    decision: refusal,
  };
}

/**
 * One step. What is refused changes nothing, except that a run that differs from what was approved
 * voids the approval.
 */
export function approvalTransition(
  state: ApprovalState,
  step: ApprovalStep,
  config: unknown,
): ApprovalResult {
  let next = state;
  const decision = total(() => {
    const action = asChoice(setting(step, 'do'), ['request', 'resolve', 'consume']);
    if (action === undefined) throw new InvalidSetting('do');
    const result =
      action === 'request'
        ? request(state, step)
        : action === 'resolve'
          ? resolve(state, step, config)
          : consume(state, step);
    next = result.state;
    return result.decision;
  });
  return { state: next, decision };
}

/** Forgets records that can no longer be answered or used. A forgotten id answers `not_found`. */
export function forgetApprovals(state: ApprovalState, now: number): ApprovalState {
  const live = Object.entries(state.records).filter(
    ([, { expiresAt }]) => now <= expiresAt + USE_WITHIN_MS,
  );
  return { ...state, records: Object.fromEntries(live) };
}
