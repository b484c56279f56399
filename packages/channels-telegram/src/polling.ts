/**
 * Long polling: fetches updates and acknowledges them after the inbox has them.
 *
 * The next `getUpdates` carries the offset that acknowledges; it is moved update by update, only
 * after `inbox.accept` resolved. What was not accepted is fetched again.
 *
 * @module
 */
import { type Health, pause } from '@portcullis/channel-kit';
import type { Inbox, Logger } from '@portcullis/core';
import { type BotApi, type BotIdentity, notUnderstood, type Timings } from './api.ts';
import type { Mending } from './mending.ts';
import { ALLOWED_UPDATES, receive } from './receive.ts';

/** What polling needs. */
export interface PollingParts {
  readonly api: BotApi;
  readonly accountId: string;
  readonly me: BotIdentity;
  readonly health: Health;
  readonly mending: Mending;
  readonly log: Logger;
  readonly timings: Timings;
}

async function fetchUpdates(
  { api }: PollingParts,
  offset: number,
  timeout: number,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const updates: unknown = await api.poll(
    (bot, abort) => bot.getUpdates({ offset, timeout, allowed_updates: ALLOWED_UPDATES }, abort),
    signal,
  );
  if (!Array.isArray(updates)) throw notUnderstood();
  return updates as readonly unknown[];
}

function idOf(update: unknown): number | undefined {
  if (typeof update !== 'object' || update === null) return undefined;
  const id: unknown = Reflect.get(update, 'update_id');
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : undefined;
}

/** Polls until `signal` aborts. Rejects only with `telegram.unauthorized`. */
export async function poll(parts: PollingParts, inbox: Inbox, signal: AbortSignal): Promise<void> {
  const { me, accountId, health, mending, log, timings } = parts;
  let offset = 0;
  // The first poll after a fault returns at once, so that the state is right again at once.
  let hold = 0;
  // Updates before the one the inbox refused are acknowledged with the next call.
  const hand = async (updates: readonly unknown[]) => {
    for (const update of updates) {
      if (signal.aborted) return;
      await receive(update, { me, accountId, now: Date.now() }, inbox, log);
      offset = Math.max(offset, (idOf(update) ?? -1) + 1);
    }
    mending.mended();
  };
  while (!signal.aborted) {
    let updates: readonly unknown[];
    const from = performance.now();
    try {
      updates = await fetchUpdates(parts, offset, hold, signal);
      health.contact();
    } catch (error) {
      hold = 0;
      await mending.afterCall(error);
      continue;
    }
    const early = hold > 0 && performance.now() - from < timings.backoffMinMs;
    hold = timings.pollSeconds;
    const before = offset;
    const stored = await hand(updates).then(
      () => true,
      () => false,
    );
    if (!stored) await mending.afterInbox();
    // Some servers do not hold empty polls; they are not to be asked without end.
    else if (updates.length === 0 && early) await pause(timings.backoffMinMs, signal);
    else if (updates.length > 0 && offset === before) await mending.afterCall(notUnderstood());
  }
}
