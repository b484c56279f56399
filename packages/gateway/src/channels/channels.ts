/**
 * Keeps every configured channel account running: started side by side, started again with a growing
 * pause whenever one ends, for as long as the gateway lives. There is no breaker that leaves a
 * channel off.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import {
  type Channel,
  type ChannelAccount,
  type ChannelDefinition,
  type Inbox,
  PortcullisError,
} from '@portcullis/core';

import { accountInbox } from './account-inbox.ts';
import { printOf } from './channel-plans.ts';
import { CredentialTable } from './credentials.ts';
import { formatPath } from '../config/index.ts';
import type { Kernel } from '../kernel.ts';
import type { Route } from '../server/index.ts';
import type { ChannelReport } from '../services.ts';

/** Names an account. */
export interface AccountId {
  readonly channel: string;
  readonly accountId: string;
}

/** One account that the config asks for. */
export interface AccountPlan extends AccountId {
  readonly enabled: boolean;
  /** The account's options over its channel's. */
  readonly options: unknown;
  /** Why it cannot run: its package is missing, its options are wrong. */
  readonly problem?: string;
  readonly secret: ChannelAccount['secret'];
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;
/** A connection that lasted this long starts again with the shortest pause. */
const STABLE_MS = 60_000;

/** How long a change of accounts waits for those that stop and start. */
const CHANGE_MS = 5000;

/** The accounts of another config, made ready. */
export interface AccountChange {
  /** Accounts whose new plan cannot run: what they had goes on. */
  readonly kept: readonly { readonly path: string; readonly cause: PortcullisError }[];
  /** Stops, starts and connects anew what is not as it was. Resolves when that is done or takes long. */
  readonly put: () => Promise<void>;
}

interface Slot {
  readonly plan: AccountPlan;
  /** What it is connected with; undefined where it cannot be known. */
  readonly print: string | undefined;
  readonly stop: AbortController;
  /** Resolves when it has ended for good. */
  ended: Promise<void>;
  channel: Channel | undefined;
  restarts: number;
  fault: string | undefined;
  /** True while an operator keeps it stopped. */
  readonly held: boolean;
}

/** All channel accounts of a gateway. */
export class Channels {
  readonly #kernel: Kernel;
  readonly #inbox: Inbox;
  #slots: readonly Slot[];
  /** Webhooks by path: those of a channel's present life. */
  readonly #routes = new Map<string, Route>();
  /** Ends of accounts that are no more. */
  readonly #leaving = new Set<Promise<void>>();
  #state: 'idle' | 'running' | 'stopped' = 'idle';

  constructor(kernel: Kernel, inbox: Inbox, plans: readonly AccountPlan[]) {
    this.#kernel = kernel;
    this.#inbox = inbox;
    this.#slots = plans.map((plan) => this.#slot(plan));
  }

  /** Starts every account that can run. Resolves when each was tried once. */
  async start(): Promise<void> {
    this.#state = 'running';
    await Promise.all(this.#slots.map((slot) => this.#begin(slot)));
  }

  /** Stops every account and resolves when all have settled, or after `budgetMs`. */
  async stop(budgetMs: number): Promise<void> {
    this.#state = 'stopped';
    for (const { stop } of this.#slots) stop.abort();
    const ends = [...this.#slots.map(({ ended }) => ended), ...this.#leaving];
    await Promise.race([Promise.allSettled(ends), sleep(budgetMs, undefined, { ref: false })]);
  }

  /** Makes ready the accounts of another config. Those that are as they were are left alone. */
  change(plans: readonly AccountPlan[]): AccountChange {
    const kept: { path: string; cause: PortcullisError }[] = [];
    const chosen = plans.map((plan) => {
      const slot = this.#slots.find((each) => isOf(each.plan, plan));
      const { print, fault } = this.#look(plan);
      if (slot === undefined) return { plan };
      if (slot.print !== undefined && slot.print === print) return { plan, slot };
      if (fault === undefined || !canRun(slot.plan)) return { plan };
      kept.push({ path: pathOf(plan), cause: fault });
      return { plan, slot };
    });
    return { kept, put: () => this.#put(chosen) };
  }

  async #put(chosen: readonly { plan: AccountPlan; slot?: Slot }[]): Promise<void> {
    if (this.#state === 'stopped') return;
    const before = this.#slots;
    const after = chosen.map(({ plan, slot }) => slot ?? this.#slot(plan, this.isHeld(plan)));
    const gone = before.filter((slot) => !after.includes(slot));
    this.#slots = after;
    for (const slot of gone) this.#retire(slot);
    if (this.#state !== 'running') return;
    const work = after
      .filter((slot) => !before.includes(slot))
      .map((slot) => {
        // One life of an account at a time: a network would let only one of two receive.
        const former = gone.find(({ plan }) => isOf(plan, slot.plan));
        return this.#begin(slot, former?.ended);
      });
    const done = Promise.all([...work, ...gone.map(({ ended }) => ended)]);
    await Promise.race([done, sleep(CHANGE_MS, undefined, { ref: false })]);
  }

  #retire(slot: Slot): void {
    slot.stop.abort();
    slot.channel = undefined;
    this.#leaving.add(slot.ended);
    void slot.ended.then(() => this.#leaving.delete(slot.ended));
    const { channel, accountId: account } = slot.plan;
    this.#kernel.log.info({ channel, account }, 'channel: stopped');
  }

  /**
   * Stops an account, and keeps it stopped whatever the config says until it is let go. Resolves
   * when it has ended or takes long, with whether it has ended.
   */
  async hold(account: AccountId): Promise<boolean> {
    const slot = this.#replace(account, true);
    if (slot === undefined) return true;
    this.#retire(slot);
    const ended = slot.ended.then(() => true);
    return await Promise.race([ended, sleep(CHANGE_MS, false, { ref: false })]);
  }

  /**
   * Makes the channel of an account that is held, to be asked for something other than to run. Give
   * it back with {@link unmake}. Undefined where its package is not there.
   */
  async make(plan: AccountPlan): Promise<Channel | undefined> {
    const definition = this.#kernel.registry.channels.get(plan.channel);
    return await definition?.create(this.#account(plan));
  }

  /** Takes back what a channel that was made has put up. */
  unmake(plan: AccountPlan): void {
    this.#dropRoutes(plan);
  }

  /** Starts an account that was kept stopped. Resolves when it was tried once or takes long. */
  async release(account: AccountId): Promise<void> {
    if (!this.isHeld(account)) return;
    const slot = this.#replace(account, false);
    const fresh = this.#slotOf(account);
    if (fresh === undefined || this.#state !== 'running') return;
    const tried = this.#begin(fresh, slot?.ended);
    await Promise.race([tried, sleep(CHANGE_MS, undefined, { ref: false })]);
  }

  /** Whether an operator keeps an account stopped. */
  isHeld(account: AccountId): boolean {
    return this.#slotOf(account)?.held === true;
  }

  /** What the config asks of an account. */
  plan(account: AccountId): AccountPlan | undefined {
    return this.#slotOf(account)?.plan;
  }

  #slotOf(account: AccountId): Slot | undefined {
    return this.#slots.find(({ plan }) => isOf(plan, account));
  }

  /** Puts a slot that has not begun in the place of one, which is returned. */
  #replace(account: AccountId, held: boolean): Slot | undefined {
    const slot = this.#slotOf(account);
    if (slot === undefined) return undefined;
    // Its next life waits for the end of this one.
    const fresh = { ...this.#slot(slot.plan, held), ended: slot.ended };
    this.#slots = this.#slots.map((each) => (each === slot ? fresh : each));
    return slot;
  }

  #slot(plan: AccountPlan, held = false): Slot {
    const { print } = this.#look(plan);
    return {
      plan,
      held,
      print,
      stop: new AbortController(),
      ended: Promise.resolve(),
      channel: undefined,
      restarts: 0,
      fault: plan.problem,
    };
  }

  #look(plan: AccountPlan): { readonly print?: string; readonly fault?: PortcullisError } {
    const { problem, enabled } = plan;
    try {
      const print = printOf(plan, this.#kernel.registry);
      if (!enabled || problem === undefined) return { print };
      return { print, fault: new PortcullisError('channel.options', problem) };
    } catch (error) {
      if (!PortcullisError.is(error)) throw error;
      return { fault: error };
    }
  }

  /** Begins the lives of an account. Resolves when the first was tried. */
  #begin(slot: Slot, after: Promise<void> = Promise.resolve()): Promise<void> {
    const tried = Promise.withResolvers<void>();
    slot.ended = after.then(() => this.#keep(slot, tried.resolve)).finally(tried.resolve);
    return tried.promise;
  }

  /** The running channel of an account. */
  find(channel: string, accountId: string): Channel | undefined {
    return this.#slotOf({ channel, accountId })?.channel;
  }

  /** Accounts whose channel runs, or is being started again. */
  running(): readonly {
    readonly channel: string;
    readonly accountId: string;
    readonly hasButtons: boolean;
  }[] {
    return this.#slots.flatMap(({ plan: { channel, accountId }, channel: live }) =>
      live === undefined
        ? []
        : [{ channel, accountId, hasButtons: live.answerButton !== undefined }],
    );
  }

  /** The webhook at `/channels/<channel>/<account>/<path>`. */
  route(path: string): Route | undefined {
    return this.#routes.get(path);
  }

  report(): readonly ChannelReport[] {
    return this.#slots.map(({ plan, channel, restarts, fault, held }) => {
      const status = channel?.status?.();
      const lastError = status?.lastError ?? fault;
      return {
        channel: plan.channel,
        accountId: plan.accountId,
        configured: true,
        enabled: plan.enabled,
        installed: this.#kernel.registry.channels.has(plan.channel),
        state: status?.state ?? (held ? 'stopped' : idleState(plan, fault)),
        restarts: restarts + (status?.restarts ?? 0),
        ...(status?.identity === undefined ? {} : { identity: status.identity }),
        ...(status?.lastContactAt === undefined ? {} : { lastContactAt: status.lastContactAt }),
        ...(lastError === undefined ? {} : { lastError }),
      };
    });
  }

  async #keep(slot: Slot, created: () => void): Promise<void> {
    const { plan } = slot;
    const definition = this.#kernel.registry.channels.get(plan.channel);
    if (!canRun(plan) || slot.held || definition === undefined) return;
    const { signal } = slot.stop;
    let pause = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const since = performance.now();
      await this.#live(slot, definition, created);
      if (signal.aborted) break;
      slot.restarts += 1;
      pause =
        performance.now() - since > STABLE_MS
          ? FIRST_PAUSE_MS
          : Math.min(2 * pause, LONGEST_PAUSE_MS);
      await sleep(pause * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
    }
  }

  /** One life of a channel. Never throws. */
  async #live(slot: Slot, definition: ChannelDefinition, created: () => void): Promise<void> {
    const { plan } = slot;
    const { signal } = slot.stop;
    try {
      const channel = await definition.create(this.#account(plan));
      if (signal.aborted) return;
      slot.channel = channel;
      created();
      this.#kernel.log.info({ channel: plan.channel, account: plan.accountId }, 'channel: started');
      await channel.run(accountInbox(this.#inbox, plan.channel, plan.accountId), signal);
      slot.fault = signal.aborted ? undefined : 'The channel ended by itself.';
    } catch (error) {
      created();
      slot.fault = PortcullisError.is(error) ? error.message : 'The channel failed unexpectedly.';
      this.#kernel.log.error(
        { channel: plan.channel, account: plan.accountId, err: error },
        'channel: ended with an error; starting it again',
      );
    } finally {
      this.#dropRoutes(plan);
    }
  }

  #dropRoutes(plan: AccountPlan): void {
    const below = `${routesBelow(plan)}/`;
    for (const path of this.#routes.keys()) if (path.startsWith(below)) this.#routes.delete(path);
  }

  #account(plan: AccountPlan): ChannelAccount {
    return {
      accountId: plan.accountId,
      options: plan.options,
      secret: plan.secret,
      credentials: new CredentialTable(this.#kernel, plan.channel, plan.accountId),
      log: this.#kernel.log,
      route: (path, handle, admit) => {
        this.#routes.set(`${routesBelow(plan)}${path}`, { handle, admit });
      },
    };
  }
}

/** Config path of an account. */
function pathOf({ channel, accountId }: AccountPlan): string {
  const path = ['channels', channel];
  return formatPath(accountId === 'default' ? path : [...path, 'accounts', accountId]);
}

function isOf(left: AccountId, right: AccountId): boolean {
  return left.channel === right.channel && left.accountId === right.accountId;
}

function canRun({ enabled, problem }: AccountPlan): boolean {
  return enabled && problem === undefined;
}

function routesBelow({ channel, accountId }: AccountPlan): string {
  return `/channels/${channel}/${accountId}`;
}

function idleState(plan: AccountPlan, fault: string | undefined): ChannelReport['state'] {
  if (!plan.enabled) return 'stopped';
  return fault === undefined ? 'starting' : 'failed';
}
