/**
 * Pairing on top of the store: each action is one transition of policy in one transaction, so that
 * the cap on requests and the single owner hold under any concurrency.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';

import {
  type Conversation,
  type Decision,
  type Event,
  type Table,
  type Tx,
  defineTable,
} from '@portcullis/core';
import { canonicalSender } from '@portcullis/policy';
import {
  CODE_TTL_MS,
  type PairingAction,
  type PairingActor,
  type PairingState,
  emptyPairing,
  pairingTransition,
} from '@portcullis/policy/pairing';

import { accountsOn } from '../channels/channel-plans.ts';
import { isConfigObject } from '../config/document/config-value.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Caller, PairingService } from '../services.ts';
import { Mirrors } from './mirrors.ts';

/** Pairing of every channel, by channel id. */
export const pairingTable: Table<PairingState> = defineTable<PairingState>('pairing');

/** The one owner made by pairing, if there was one: kept for ever, see POLICY N7. */
export interface OwnerMark {
  /** `<channel>:<id>`. */
  readonly owner: string;
  /** Whether the config names the owner already. */
  readonly written: boolean;
}

/** The mark of the first owner, under the key `first`. */
export const ownerTable: Table<OwnerMark> = defineTable<OwnerMark>('owner');

/** Where an approved sender is greeted, by `[channel, account, sender]`. */
export const strangersTable: Table<Conversation> = defineTable<Conversation>('strangers');

/** What pairing needs from the rest of the gateway. */
export interface PairingRooms {
  readonly outbox: Outbox;
  /** Adds an entry to `commands.ownerAllowFrom` and puts the changed config in force. */
  readonly addOwner: (entry: string) => Promise<void>;
}

type Account = readonly [channel: string, accountId: string];

const DRAWS = 16;
const CODE_BYTES = 8;

/** Who may write to us. */
export class Pairing implements PairingService {
  readonly #kernel: Kernel;
  readonly #rooms: PairingRooms;
  readonly #mirrors: Mirrors;

  constructor(kernel: Kernel, rooms: PairingRooms) {
    this.#kernel = kernel;
    this.#rooms = rooms;
    this.#mirrors = new Mirrors(kernel, {
      stored: (channel, accountId) => this.#stored(channel, accountId),
      replace: (channel, accountId, senders) => this.#import(channel, accountId, senders),
    });
  }

  /** Brings files and store together after a start, and finishes what a crash cut off. */
  async recover(): Promise<void> {
    const { states, mark } = await this.#kernel.store.transact(async (tx) => ({
      states: await tx.find(pairingTable),
      mark: await tx.get(ownerTable, 'first'),
    }));
    for (const [channel, accountId] of this.#accounts(states)) {
      await this.#mirrors.sync(channel, accountId);
    }
    if (mark?.written === false) await this.#writeOwner(mark.owner);
  }

  /** The paired senders of an account, as store and mirror file have them now. */
  async paired(channel: string, accountId: string): Promise<readonly string[]> {
    return await this.#mirrors.sync(channel, accountId);
  }

  /**
   * Asks for a stranger inside the unit of work `tx`. Returns the one reply he gets, or undefined
   * when he gets none.
   */
  async request(tx: Tx, event: Event): Promise<string | undefined> {
    const { channel, accountId } = event.conversation;
    const action: PairingAction = {
      op: 'request',
      accountId,
      ...(event.sender.id === undefined ? {} : { sender: event.sender.id }),
    };
    const { decision } = await this.#transition(
      tx,
      channel,
      action,
      `${channel}:${event.sender.id ?? ''}`,
    );
    if (decision.obligations?.includes('reply_pairing_code') !== true) return undefined;
    if (typeof decision.value !== 'string') return undefined;
    const id = canonicalSender(channel, event.sender.id) ?? '';
    tx.put(strangersTable, JSON.stringify([channel, accountId, id]), event.conversation);
    return codeMessage(decision.value);
  }

  async list(channel?: string): ReturnType<PairingService['list']> {
    const states = await this.#kernel.store.transact((tx) => tx.find(pairingTable));
    const wanted = states.filter(({ key }) => channel === undefined || key === channel);
    const now = this.#kernel.now();
    const pending = wanted.flatMap(({ key, value }) =>
      Object.entries(value.accounts).flatMap(([accountId, account]) =>
        account.pending
          .filter(({ createdAt }) => now - createdAt <= CODE_TTL_MS)
          .map(({ id, code, createdAt, lastSeenAt }) => ({
            channel: key,
            accountId,
            senderId: id,
            code,
            createdAt,
            lastSeenAt,
            expiresAt: createdAt + CODE_TTL_MS,
          })),
      ),
    );
    const allowed = [];
    for (const [of, accountId] of this.#accounts(states)) {
      if (channel !== undefined && of !== channel) continue;
      const senders = await this.#mirrors.sync(of, accountId);
      allowed.push(...senders.map((senderId) => ({ channel: of, accountId, senderId })));
    }
    return { pending, allowed, broken: this.#mirrors.broken() };
  }

  async approve(
    caller: Caller,
    request: { channel: string; accountId?: string; code: string; bootstrapOwner?: boolean },
  ): ReturnType<PairingService['approve']> {
    const { channel, accountId, code, bootstrapOwner = false } = request;
    const decision = await this.#act(channel, caller, {
      op: 'approve',
      code,
      actor: { ...toActor(caller), bootstrapOwner },
      ...(accountId === undefined ? {} : { accountId }),
    });
    const approved = approvedSender(decision);
    if (approved === undefined) return decision;
    const owner = decision.obligations?.find((obligation) => obligation.startsWith('set_owner:'));
    if (owner !== undefined) await this.#writeOwner(owner.slice('set_owner:'.length));
    await this.#greet(channel, approved.accountId, approved.id);
    return { ...decision, senderId: approved.id, accountId: approved.accountId };
  }

  async reject(
    caller: Caller,
    request: { channel: string; accountId?: string; code?: string; senderId?: string },
  ): Promise<Decision> {
    const { channel, accountId, code, senderId } = request;
    return await this.#act(channel, caller, {
      op: 'reject',
      actor: toActor(caller),
      ...(code === undefined ? {} : { code }),
      ...(senderId === undefined ? {} : { id: senderId }),
      ...(accountId === undefined ? {} : { accountId }),
    });
  }

  async revoke(
    caller: Caller,
    request: { channel: string; accountId?: string; senderId: string },
  ): Promise<Decision> {
    const { channel, accountId, senderId } = request;
    return await this.#act(channel, caller, {
      op: 'revoke',
      sender: senderId,
      actor: toActor(caller),
      ...(accountId === undefined ? {} : { accountId }),
    });
  }

  /** Runs an operator's action and brings the mirror files up to date. */
  async #act(channel: string, caller: Caller, action: PairingAction): Promise<Decision> {
    // A file edited by a person counts before the action does.
    const before = await this.#kernel.store.transact((tx) => tx.get(pairingTable, channel));
    for (const accountId of Object.keys(before?.accounts ?? {}))
      await this.#mirrors.sync(channel, accountId);
    const { decision, state } = await commit(this.#kernel, (tx) =>
      this.#transition(tx, channel, action, caller.id),
    );
    for (const accountId of Object.keys(state.accounts))
      await this.#mirrors.write(channel, accountId, state);
    return decision;
  }

  async #transition(
    tx: Tx,
    channel: string,
    action: PairingAction,
    principal: string,
  ): Promise<{ decision: Decision; state: PairingState }> {
    const kernel = this.#kernel;
    const stored = (await tx.get(pairingTable, channel)) ?? emptyPairing(channel);
    const mark = await tx.get(ownerTable, 'first');
    const draw = Array.from({ length: DRAWS }, () => randomBytes(CODE_BYTES));
    const { decision, state } = pairingTransition(
      { ...stored, ownerSettled: mark !== undefined },
      action,
      { ...kernel.policy().pairing, now: kernel.now(), draw },
    );
    tx.put(pairingTable, channel, state);
    const owner = decision.obligations?.find((obligation) => obligation.startsWith('set_owner:'));
    if (owner !== undefined) {
      tx.put(ownerTable, 'first', { owner: owner.slice('set_owner:'.length), written: false });
    }
    kernel.journal.record(tx, {
      kind: 'pairing',
      at: kernel.now(),
      principal,
      effect: decision.effect,
      code: decision.code,
      path: decision.path,
      action: action.op,
      channel,
      ...subjectOf(action, decision),
    });
    return { decision, state };
  }

  /** Accounts somebody paired with, and those of the config: their files may have come first. */
  #accounts(
    states: readonly { readonly key: string; readonly value: PairingState }[],
  ): readonly Account[] {
    const config = this.#kernel.config();
    const { channels } = config.value;
    const configured = isConfigObject(channels) ? Object.keys(channels) : [];
    const all = [
      ...states.flatMap(({ key, value }) => accountsOf(key, Object.keys(value.accounts))),
      ...configured.flatMap((channel) => accountsOf(channel, accountsOn(config, channel))),
    ];
    return [...new Map(all.map((each) => [each.join('/'), each])).values()];
  }

  async #stored(channel: string, accountId: string): Promise<readonly string[]> {
    const state = await this.#kernel.store.transact((tx) => tx.get(pairingTable, channel));
    const accounts = state?.accounts ?? {};
    return Object.hasOwn(accounts, accountId) ? (accounts[accountId]?.allow ?? []) : [];
  }

  /** Takes over what a person wrote into a mirror file. */
  async #import(
    channel: string,
    accountId: string,
    senders: readonly string[],
  ): Promise<readonly string[]> {
    const allow = [...new Set(senders.flatMap((entry) => canonicalSender(channel, entry) ?? []))];
    await commit(this.#kernel, async (tx) => {
      const state = (await tx.get(pairingTable, channel)) ?? emptyPairing(channel);
      const account = state.accounts[accountId] ?? { pending: [] };
      tx.put(pairingTable, channel, {
        ...state,
        accounts: { ...state.accounts, [accountId]: { ...account, allow } },
      });
      this.#kernel.journal.record(tx, {
        kind: 'pairing',
        at: this.#kernel.now(),
        principal: 'file',
        code: 'pairing.file_imported',
        channel,
        accountId,
        senders: allow.length,
      });
    });
    return allow;
  }

  async #writeOwner(owner: string): Promise<void> {
    await this.#rooms.addOwner(owner);
    await commit(this.#kernel, (tx) => tx.put(ownerTable, 'first', { owner, written: true }));
  }

  /** Tells an approved sender that he may write now. */
  async #greet(channel: string, accountId: string, id: string): Promise<void> {
    const rows = await commit(this.#kernel, async (tx) => {
      const key = JSON.stringify([channel, accountId, id]);
      const to = await tx.get(strangersTable, key);
      if (to === undefined) return [];
      tx.delete(strangersTable, key);
      return this.#rooms.outbox.enqueue(tx, { to, text: WELCOME });
    });
    this.#rooms.outbox.deliver(rows);
  }
}

const WELCOME = 'You are approved and can write to me now.';

function codeMessage(code: string): string {
  return [
    'I only talk to people who were approved.',
    '',
    `Your pairing code: \`${code}\``,
    '',
    'Give it to the owner of this assistant. It is valid for one hour.',
  ].join('\n');
}

function toActor(caller: Caller): PairingActor {
  const { id, kind, local, scopes } = caller;
  return { id, kind: kind === 'cli' ? 'cli' : 'ui', local, scopes };
}

function approvedSender(
  decision: Decision,
): { readonly accountId: string; readonly id: string } | undefined {
  if (decision.effect !== 'allow') return undefined;
  const { value } = decision;
  if (typeof value !== 'object' || value === null || !('accountId' in value) || !('id' in value))
    return undefined;
  const { accountId, id } = value;
  return typeof accountId === 'string' && typeof id === 'string' ? { accountId, id } : undefined;
}

/** Whom an action was about, for the audit log: never a code. */
function subjectOf(action: PairingAction, decision: Decision): Readonly<Record<string, string>> {
  const approved = approvedSender(decision);
  if (approved !== undefined) return { accountId: approved.accountId, sender: approved.id };
  const sender = action.op === 'request' || action.op === 'revoke' ? action.sender : undefined;
  return {
    ...(action.accountId === undefined ? {} : { accountId: action.accountId }),
    ...(sender === undefined ? {} : { sender }),
  };
}

function accountsOf(channel: string, ids: readonly string[]): readonly Account[] {
  return ids.map((id) => [channel, id]);
}
