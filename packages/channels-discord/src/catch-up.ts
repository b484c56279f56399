/**
 * Fetches the messages that were missed when a session could not be resumed.
 *
 * Discord keeps the events of a lost connection for some minutes. After that messages are all that
 * can still be had, by asking each channel what came after the last message that was stored. That is
 * bounded: channels we heard from or that say they have something newer, messages not too old, a
 * page for each.
 *
 * @module
 */
import type { Logger } from '@portcullis/core';
import type { Api } from './api.ts';
import { CallError, isGone } from './errors.ts';
import { CHANNEL_TYPE, fields, idOf, list } from './places.ts';
import { isLater, type Position, snowflakeAt } from './position.ts';
import { LIMITS, type Timings } from './timings.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A clock of ours may be this far from Discord's, milliseconds. */
export const CLOCK_SLACK_MS = 60_000;

/** What catching up needs. */
export interface CatchUpParts {
  readonly api: Api;
  readonly position: Position;
  readonly log: Logger;
  readonly timings: Timings;
  readonly signal: AbortSignal;
  /** Whether a server is one to listen in, as far as the options say. */
  readonly isListed: (guildId: string) => boolean;
  /** Hands on one message as the gateway would have. Rejects when it could not be stored. */
  readonly take: (message: Fields) => Promise<void>;
}

interface Missed {
  readonly channelId: string;
  readonly after: string;
  /** What the gateway adds to a message. */
  readonly more: Fields;
}

/** Fetches what was missed since a time. One for each session that was lost. */
export class CatchUp {
  readonly #parts: CatchUpParts;
  readonly #floor: string;
  readonly #members: Map<string, unknown> = new Map();
  #channels = 0;

  /** `since`: when an event was last stored, milliseconds since 1970. */
  constructor(parts: CatchUpParts, since: number) {
    this.#parts = parts;
    const oldest = Math.max(Date.now() - parts.timings.catchUpMs, since - CLOCK_SLACK_MS);
    this.#floor = snowflakeAt(oldest);
  }

  /** Fetches from the direct conversations we know. Discord lists none. */
  async direct(): Promise<void> {
    for (const [channelId, { last }] of this.#parts.position.direct()) {
      const more = { channel_type: CHANNEL_TYPE.direct };
      await this.#fetch({ channelId, after: this.#after(last), more });
    }
  }

  /** Fetches from the channels and threads of a server that have something newer. */
  async guild(guild: Fields): Promise<void> {
    const guildId = idOf(guild['id']);
    if (guildId === undefined || !this.#parts.isListed(guildId)) return;
    const { joined_at: joined } = guild;
    const joinedAt = typeof joined === 'string' ? Date.parse(joined) : Number.NaN;
    // What was said before the bot came was not said to it.
    const first = Number.isFinite(joinedAt) ? snowflakeAt(joinedAt) : this.#floor;
    for (const channel of [...list(guild['channels']), ...list(guild['threads'])]) {
      const { id, type, last_message_id: newest } = fields(channel);
      const [channelId, newestId] = [idOf(id), idOf(newest)];
      if (channelId === undefined || newestId === undefined) continue;
      const known = this.#after(this.#parts.position.watched(channelId)?.last);
      const after = isLater(first, known) ? first : known;
      if (!isLater(newestId, after)) continue;
      await this.#fetch({ channelId, after, more: { guild_id: guildId, channel_type: type } });
    }
  }

  #after(last: string | undefined): string {
    return last !== undefined && isLater(last, this.#floor) ? last : this.#floor;
  }

  async #fetch({ channelId, after, more }: Missed): Promise<void> {
    const { log, take, signal } = this.#parts;
    if (signal.aborted) return;
    this.#channels += 1;
    if (this.#channels > LIMITS.missedChannels) {
      if (this.#channels === LIMITS.missedChannels + 1) {
        log.warn({ channels: LIMITS.missedChannels }, 'More channels may hold missed messages.');
      }
      return;
    }
    const query = { after, limit: String(LIMITS.missedPerChannel) };
    const page = await this.#get(`/channels/${channelId}/messages`, query);
    const messages = list(page)
      .map(fields)
      .filter((message) => idOf(message['id']) !== undefined)
      .toSorted((a, b) => (isLater(String(a['id']), String(b['id'])) ? 1 : -1));
    if (messages.length > 0) log.info({ messages: messages.length }, 'Fetched missed messages.');
    for (const message of messages) {
      const member = await this.#member(more['guild_id'], message);
      await take({ ...message, ...more, ...(member === undefined ? {} : { member }) });
    }
  }

  /** The author as a member: a message that is fetched does not say which roles he has. */
  async #member(guildId: unknown, message: Fields): Promise<unknown> {
    const { id, bot } = fields(message['author']);
    const userId = idOf(id);
    const isPerson = bot !== true && message['webhook_id'] === undefined;
    if (typeof guildId !== 'string' || userId === undefined || !isPerson) return undefined;
    const key = `${guildId}/${userId}`;
    if (!this.#members.has(key)) {
      this.#members.set(key, await this.#get(`/guilds/${guildId}/members/${userId}`));
    }
    return this.#members.get(key);
  }

  /** What Discord answers; undefined where it shows us nothing. */
  async #get(path: `/${string}`, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const { api, signal } = this.#parts;
    try {
      return await api.call({ method: 'get', path, query }, signal);
    } catch (error) {
      if (error instanceof CallError && isGone(error.failure)) return undefined;
      throw error;
    }
  }
}
