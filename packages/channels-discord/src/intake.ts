/**
 * From the gateway to the inbox: one event after the other, and the position behind them.
 *
 * What the inbox refuses is offered again, and what came after it waits. Only so much waits here:
 * beyond that the connection is given up, and Discord keeps the rest until it is resumed.
 *
 * @module
 */
import { Backoff, type Health, pause } from '@portcullis/channel-kit';
import type { Event, Inbox, Logger } from '@portcullis/core';
import type { Api } from './api.ts';
import { CatchUp, CLOCK_SLACK_MS } from './catch-up.ts';
import { CallError } from './errors.ts';
import type { Identity } from './identity.ts';
import type { Interactions } from './interactions.ts';
import type { LinkSession } from './link.ts';
import { type Dispatch, parseDispatch } from './parse-dispatch.ts';
import { fields, idOf, list, type Places } from './places.ts';
import type { Position } from './position.ts';
import { LIMITS, type Timings } from './timings.ts';

/** What the way to the inbox needs. */
export interface IntakeParts {
  readonly accountId: string;
  readonly me: Identity;
  readonly api: Api;
  readonly inbox: Inbox;
  readonly places: Places;
  readonly position: Position;
  readonly interactions: Interactions;
  readonly health: Health;
  readonly log: Logger;
  readonly timings: Timings;
  readonly signal: AbortSignal;
  readonly isListed: (guildId: string) => boolean;
}

interface Entry extends Dispatch {
  readonly session: LinkSession;
  readonly sequence: number;
}

/** How long a session may be kept back for servers that are announced and do not come. */
const HOLD_MS = 30_000;

/** Hands events to the inbox in their order. */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #queue: Entry[] = [];
  readonly #waiting: Set<string> = new Set();
  readonly #backoff: Backoff;
  #since: number;
  #catchUp: CatchUp | undefined;
  /** Servers a new session announced, whose missed messages are not fetched yet. */
  #announced: Set<string> = new Set();
  #heldUntil = 0;
  #work: Promise<void> | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    const { backoffMinMs: minMs, backoffMaxMs: maxMs } = parts.timings;
    this.#backoff = new Backoff({ minMs, maxMs });
    this.#since = (parts.position.at ?? Date.now()) - CLOCK_SLACK_MS;
  }

  /** Whether no more should be taken in for now. */
  get isFull(): boolean {
    return this.#queue.length >= LIMITS.queued;
  }

  /** Takes in an event. What waits here already is not taken in twice. */
  push(session: LinkSession, sequence: number, name: string, data: unknown): void {
    const delivery = `${session.id}:${sequence}`;
    const { position } = this.#parts;
    const stored = position.session?.id === session.id ? position.session.sequence : -1;
    if (sequence <= stored || this.#waiting.has(delivery)) return;
    this.#waiting.add(delivery);
    this.#queue.push({ session, sequence, name, data: fields(data), delivery });
    this.#work ??= this.#drain().finally(() => {
      this.#work = undefined;
    });
  }

  /** Resolves when nothing waits, or when the channel stops. */
  async drained(): Promise<void> {
    await this.#work;
  }

  async #drain(): Promise<void> {
    const { signal, position } = this.#parts;
    for (let entry = this.#queue[0]; entry !== undefined; entry = this.#queue[0]) {
      if (signal.aborted || !(await this.#settle(entry))) return;
      this.#queue.shift();
      this.#waiting.delete(entry.delivery);
      if (this.#announced.size > 0 && Date.now() < this.#heldUntil) continue;
      position.release();
      position.stored(entry.session, entry.sequence);
    }
  }

  /** Tries until the event needs no more. False: the channel stopped before that. */
  async #settle(entry: Entry): Promise<boolean> {
    const { signal, log, health, timings } = this.#parts;
    const since = performance.now();
    while (!signal.aborted) {
      try {
        await this.#take(entry);
        this.#backoff.reset();
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        const asked = error instanceof CallError;
        // What Discord holds back is not the event's fault, and comes in time.
        const heldMs = asked && error.failure.kind === 'limited' ? error.failure.retryAfterMs : 0;
        if (asked && heldMs === 0 && performance.now() - since >= timings.lookupMs) {
          log.error({ kind: entry.name }, 'Skipped an event Discord did not answer for.');
          return true;
        }
        const why = asked
          ? 'Discord does not say what an event is about; it is tried again.'
          : 'An event could not be stored; it is tried again.';
        const waitMs = Math.max(heldMs, this.#backoff.next());
        health.fault(why);
        log.error({ waitMs, kind: entry.name }, why);
        await pause(waitMs, signal);
      }
    }
    return false;
  }

  async #take(entry: Entry): Promise<void> {
    const { places, interactions } = this.#parts;
    const { name, data } = entry;
    places.learn(name, data);
    if (name === 'READY') await this.#begin(data);
    const guildId = String(data['id']);
    if (name === 'GUILD_CREATE' && this.#announced.has(guildId)) {
      await this.#catchUp?.guild(data);
      this.#announced.delete(guildId);
    }
    // One that is only away for now comes later, and what was missed there with it.
    if (name === 'GUILD_DELETE' && data['unavailable'] !== true) this.#announced.delete(guildId);
    const event = await this.#parse(entry);
    if (event === undefined) return;
    if (name === 'INTERACTION_CREATE') interactions.received(event, data);
    await this.#accept(event, name, data);
    if (name === 'INTERACTION_CREATE') interactions.acknowledge(event);
  }

  async #accept(event: Event, name: string, data: Readonly<Record<string, unknown>>) {
    const { inbox, position } = this.#parts;
    await inbox.accept(event);
    const [channelId, messageId] = [idOf(data['channel_id']), idOf(data['id'])];
    if (name !== 'MESSAGE_CREATE' || channelId === undefined || messageId === undefined) return;
    const { kind, id } = event.conversation;
    position.saw(channelId, messageId, kind === 'direct' ? id : undefined);
  }

  /** A session began. If there was one before, what came between the two is fetched. */
  async #begin(ready: Readonly<Record<string, unknown>>): Promise<void> {
    const { position, log } = this.#parts;
    const last = position.at;
    if (last === undefined) return;
    log.info({}, 'The session could not be resumed; missed messages are fetched.');
    this.#since = last - CLOCK_SLACK_MS;
    this.#catchUp = new CatchUp(
      { ...this.#parts, take: (message) => this.#takeMissed(message) },
      last,
    );
    this.#announced = new Set(list(ready['guilds']).map((guild) => String(fields(guild)['id'])));
    this.#heldUntil = Date.now() + HOLD_MS;
    position.hold();
    await this.#catchUp.direct();
  }

  async #takeMissed(data: Readonly<Record<string, unknown>>): Promise<void> {
    const name = 'MESSAGE_CREATE';
    const event = await this.#parse({ name, data, delivery: '' });
    if (event !== undefined) await this.#accept(event, name, data);
  }

  async #parse(dispatch: Dispatch): Promise<Event | undefined> {
    const { accountId, me, places, signal, log } = this.#parts;
    const context = { accountId, me, places, signal, since: this.#since };
    try {
      return await parseDispatch(dispatch, context);
    } catch (error) {
      if (error instanceof CallError) throw error;
      // The payload is a stranger's: its error message may quote it, so it is not logged.
      log.warn({ kind: dispatch.name }, 'Skipped an event that could not be read.');
      return undefined;
    }
  }
}
