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
import { CredentialTable } from './credentials.ts';
import type { Kernel } from '../kernel.ts';
import type { Route } from '../server/index.ts';
import type { ChannelReport } from '../services.ts';

/** One account that the config asks for. */
export interface AccountPlan {
  readonly channel: string;
  readonly accountId: string;
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

interface Slot {
  readonly plan: AccountPlan;
  channel: Channel | undefined;
  restarts: number;
  fault: string | undefined;
}

/** All channel accounts of a gateway. */
export class Channels {
  readonly #kernel: Kernel;
  readonly #inbox: Inbox;
  readonly #slots: readonly Slot[];
  /** Webhooks by path: those of a channel's present life. */
  readonly #routes = new Map<string, Route>();
  readonly #stop = new AbortController();
  #running: readonly Promise<void>[] = [];

  constructor(kernel: Kernel, inbox: Inbox, plans: readonly AccountPlan[]) {
    this.#kernel = kernel;
    this.#inbox = inbox;
    this.#slots = plans.map((plan) => ({
      plan,
      channel: undefined,
      restarts: 0,
      fault: plan.problem,
    }));
  }

  /** Starts every account that can run. Resolves when each was tried once. */
  async start(): Promise<void> {
    const tried = this.#slots.map(() => Promise.withResolvers<void>());
    this.#running = this.#slots.map((slot, index) =>
      this.#keep(slot, () => tried[index]?.resolve()).finally(() => tried[index]?.resolve()),
    );
    await Promise.all(tried.map(({ promise }) => promise));
  }

  /** Stops every account and resolves when all have settled, or after `budgetMs`. */
  async stop(budgetMs: number): Promise<void> {
    this.#stop.abort();
    const late = sleep(budgetMs, undefined, { ref: false });
    await Promise.race([Promise.allSettled(this.#running), late]);
  }

  /** The running channel of an account. */
  find(channel: string, accountId: string): Channel | undefined {
    return this.#slots.find(({ plan }) => plan.channel === channel && plan.accountId === accountId)
      ?.channel;
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
    return this.#slots.map(({ plan, channel, restarts, fault }) => {
      const status = channel?.status?.();
      const lastError = status?.lastError ?? fault;
      return {
        channel: plan.channel,
        accountId: plan.accountId,
        configured: true,
        enabled: plan.enabled,
        installed: this.#kernel.registry.channels.has(plan.channel),
        state: status?.state ?? idleState(plan, fault),
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
    if (!plan.enabled || plan.problem !== undefined || definition === undefined) return;
    const { signal } = this.#stop;
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
    const { signal } = this.#stop;
    try {
      slot.channel = await definition.create(this.#account(plan));
      created();
      this.#kernel.log.info({ channel: plan.channel, account: plan.accountId }, 'channel: started');
      await slot.channel.run(accountInbox(this.#inbox, plan.channel, plan.accountId), signal);
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

function routesBelow({ channel, accountId }: AccountPlan): string {
  return `/channels/${channel}/${accountId}`;
}

function idleState(plan: AccountPlan, fault: string | undefined): ChannelReport['state'] {
  if (!plan.enabled) return 'stopped';
  return fault === undefined ? 'starting' : 'failed';
}
