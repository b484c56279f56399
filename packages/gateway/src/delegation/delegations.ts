/**
 * Work that one session gives to another.
 *
 * It takes the way of every event, on rights that were handed to it: never more than its giver has
 * while it is done, and none once its giver is stopped or the person behind him may not ask any more.
 * What a piece of work is told by is written together with its event, so that a crash loses neither;
 * a giver that begins again finds what he gave.
 *
 * @module
 */
import { type Event, PortcullisError, type TrustClass, type Tx } from '@portcullis/core';
import type { Admission, AdmitState } from '@portcullis/policy';
import { taintOf } from '@portcullis/policy/flow';

import { capabilityOf } from '../capabilities/capabilities.ts';
import type { GatewayInbox } from '../intake/inbox.ts';
import { type Kernel, commit } from '../kernel.ts';
import { noSession } from '../session/missing.ts';
import { Parked } from '../session/parked.ts';
import type { Runs } from '../session/runs.ts';
import { type DelegationRow, delegationsTable } from './delegation.ts';

/** What delegations act through. */
export interface DelegationRooms {
  readonly inbox: GatewayInbox;
  readonly runs: Pick<Runs, 'abort'>;
}

/** Work to be given: its record, the event that brings it, and what is written with them. */
export interface DelegationDraft {
  readonly row: DelegationRow;
  readonly event: Event;
  /** Most pieces of work an agent may have given at one time. */
  readonly most: number;
  readonly prepare: (tx: Tx) => Promise<void>;
}

/** Whether somebody who was heard before would be heard now, and as whom. */
export type Standing = (authority: Event) => Promise<Admission>;

/** How long after its time the end of work is waited for. */
const GRACE_MS = 30_000;

/** The work of one gateway. */
export class Delegations {
  readonly #kernel: Kernel;
  readonly #rooms: DelegationRooms;
  readonly #parked = new Parked();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(kernel: Kernel, rooms: DelegationRooms) {
    this.#kernel = kernel;
    this.#rooms = rooms;
    rooms.inbox.onEnd('subagent', (tx, event, outcome) => this.#end(tx, event, outcome));
  }

  /**
   * Gives work, unless it was given before. Throws `session.too_many`, `inbox.overloaded`.
   */
  async give({ row, event, most, prepare }: DelegationDraft): Promise<DelegationRow> {
    const outcome = await this.#rooms.inbox.accept(event, async (tx) => {
      const open = await tx.count(delegationsTable, {
        index: 'byAgent',
        equals: ['open', row.parentAgentId],
      });
      if (open >= most) return false;
      tx.put(delegationsTable, row.id, row);
      await prepare(tx);
      return true;
    });
    if (outcome === 'withdrawn') throw tooMany();
    const given = (await this.get(row.id)) ?? row;
    this.#arm(given);
    return given;
  }

  /** Work as it stands now. */
  async get(id: string): Promise<DelegationRow | undefined> {
    return await this.#kernel.store.transact((tx) => tx.get(delegationsTable, id));
  }

  /** The work that a run does; undefined for one that nobody gave. */
  async doneBy(runId: string): Promise<DelegationRow | undefined> {
    const [found] = await this.#kernel.store.transact((tx) =>
      tx.find(delegationsTable, { index: 'byRun', equals: [runId], limit: 1 }),
    );
    return found?.value;
  }

  /**
   * Waits until work is over, or so late that its end cannot be waited for. Rejects when `signal`
   * aborts. Throws `session.not_found` for work that was forgotten.
   */
  async ended(id: string, signal: AbortSignal): Promise<DelegationRow> {
    for (;;) {
      signal.throwIfAborted();
      const row = await this.get(id);
      if (row === undefined) throw noSession();
      const late = this.#kernel.now() - row.deadline;
      if (row.state === 'over' || late > GRACE_MS) return row;
      if (late > 0) await this.stop(id, 'timeout');
      await this.#parked.wait(row.runId, signal);
    }
  }

  /** Hears that a run is over: whoever waits for it looks. */
  ran(runId: string): void {
    this.#parked.wake(runId);
  }

  /** Takes the rights back and stops the run, whether it has begun or not. */
  async stop(id: string, why: 'stop' | 'timeout'): Promise<void> {
    const row = await commit(this.#kernel, async (tx) => {
      const open = await tx.get(delegationsTable, id);
      if (open?.state !== 'open' || open.stopped !== undefined) return undefined;
      const capability = capabilityOf(open.capability);
      if (capability !== undefined) this.#kernel.capabilities.revoke(tx, capability);
      const next: DelegationRow = { ...open, stopped: why };
      tx.put(delegationsTable, id, next);
      this.#note(tx, next, `delegation.${why}`);
      return next;
    });
    if (row !== undefined) this.#rooms.runs.abort(row.runId, why);
  }

  /** Whether a session waits in the end for what `sessionKey` is to do. */
  async waitsFor(waiting: string, sessionKey: string): Promise<boolean> {
    const open = await this.#open();
    return open.some((row) => row.sessionKey === sessionKey && row.lineage.includes(waiting));
  }

  /** Stops everything that is done in a session or for it. Resolves with whether there was anything. */
  async stopFor(sessionKey: string): Promise<boolean> {
    const open = await this.#open();
    const mine = open.filter((row) => [row.sessionKey, ...row.lineage].includes(sessionKey));
    for (const { id } of mine) await this.stop(id, 'stop');
    return mine.length > 0;
  }

  /** For whom an event acts, as policy is to know it. Nothing is known of work that is over. */
  async behind(event: Event, standing: Standing): Promise<AdmitState> {
    const row = await this.get(event.origin?.id ?? '');
    const { authority } = row ?? {};
    if (row?.state !== 'open' || row.stopped !== undefined || authority === undefined) return {};
    const isLate = this.#kernel.now() > row.deadline;
    if (isLate || row.sessionKey !== event.origin?.sessionKey) return {};
    const { effect, principal } = await standing(authority);
    return effect === 'allow' ? { parentTrust: weaker(row.trust, principal.trust) } : {};
  }

  /** Calls of a run that gave work: they are taken up again. */
  async openCalls(tx: Tx, runId: string): Promise<ReadonlySet<string>> {
    const rows = await tx.find(delegationsTable, { index: 'byCall', equals: [runId] });
    return new Set(rows.map(({ value }) => value.parentCallId));
  }

  /** Watches the time of work that an earlier process gave. */
  async recover(): Promise<void> {
    for (const row of await this.#open()) this.#arm(row);
  }

  /** Forgets work given before `before` that is over. Resolves with how much. */
  async sweep(before: number): Promise<number> {
    return await commit(this.#kernel, async (tx) => {
      const query = { index: 'byState', equals: ['over'], upTo: before, limit: 500 } as const;
      const old = await tx.find(delegationsTable, query);
      for (const { key } of old) tx.delete(delegationsTable, key);
      return old.length;
    });
  }

  /** Watches no more. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async #open(): Promise<readonly DelegationRow[]> {
    const rows = await this.#kernel.store.transact((tx) =>
      tx.find(delegationsTable, { index: 'byState', equals: ['open'], limit: 10_000 }),
    );
    return rows.map(({ value }) => value);
  }

  async #end(tx: Tx, event: Event, outcome: string): Promise<void> {
    const id = event.origin?.id ?? '';
    const row = await tx.get(delegationsTable, id);
    if (row?.state !== 'open') return;
    const { authority: _, ...rest } = row;
    const over: DelegationRow = { ...rest, state: 'over', outcome };
    tx.put(delegationsTable, id, over);
    this.#note(tx, over, 'delegation.over');
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  #arm({ id, state, deadline }: DelegationRow): void {
    if (state !== 'open' || this.#timers.has(id)) return;
    const left = Math.max(0, deadline - this.#kernel.now());
    const late = (): void => {
      this.#timers.delete(id);
      void this.stop(id, 'timeout').catch((cause: unknown) => {
        this.#kernel.log.error({ err: cause }, 'delegation: a late run could not be stopped');
      });
    };
    this.#timers.set(id, setTimeout(late, left).unref());
  }

  #note(tx: Tx, row: DelegationRow, code: string): void {
    this.#kernel.journal.record(tx, {
      kind: 'session',
      at: this.#kernel.now(),
      principal: `subagent:${row.id}`,
      code,
      outcome: row.outcome,
      runId: row.runId,
      sessionKey: row.sessionKey,
    });
  }
}

/** The lesser of two. */
export function weaker(one: TrustClass, other: TrustClass): TrustClass {
  return taintOf(one) >= taintOf(other) ? one : other;
}

function tooMany(): PortcullisError {
  return new PortcullisError('session.too_many', 'Too many sub-agents are at work.', {
    hint: 'Wait until one of them is done.',
  });
}
