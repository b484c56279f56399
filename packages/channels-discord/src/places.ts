/**
 * Where channels belong: what the gateway told about servers, channels and threads, or what is asked
 * for when it did not, as after a start that resumed a session.
 *
 * @module
 */
import type { Api } from './api.ts';
import { CallError, isGone, notUnderstood } from './errors.ts';
import { LIMITS } from './timings.ts';

/** Discord's numbers for the types of channels. */
export const CHANNEL_TYPE = {
  direct: 1,
  groupDirect: 3,
  announcementThread: 10,
  publicThread: 11,
  privateThread: 12,
} as const;

const THREADS: ReadonlySet<number> = new Set([
  CHANNEL_TYPE.announcementThread,
  CHANNEL_TYPE.publicThread,
  CHANNEL_TYPE.privateThread,
]);

/** Whether a type is one of threads, posts of a forum included. */
export function isThread(type: number): boolean {
  return THREADS.has(type);
}

/** What is known about a channel. */
export interface Place {
  readonly type: number;
  /** The channel a thread belongs to. */
  readonly parentId?: string;
  readonly guildId?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** An object's fields; none when it is no object. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** A list; an empty one when it is none. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** An id as Discord gives them out, or undefined. */
export function idOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[1-9]\d{4,20}$/u.test(value) ? value : undefined;
}

class Recent<T> extends Map<string, T> {
  override set(key: string, value: T): this {
    this.delete(key);
    super.set(key, value);
    const oldest = this.keys().next();
    if (this.size > LIMITS.places && oldest.done !== true) this.delete(oldest.value);
    return this;
  }
}

/** The known channels of one account, and the role each server gave to the bot. */
export class Places {
  readonly #api: Api;
  readonly #me: string;
  readonly #places: Recent<Place> = new Recent();
  /** Null: the server has no role of ours. */
  readonly #roles: Recent<string | null> = new Recent();
  readonly #wroteIn: Recent<true> = new Recent();
  readonly #people: Recent<string> = new Recent();

  constructor(api: Api, me: string) {
    this.#api = api;
    this.#me = me;
  }

  /** A server we are in, for asking something about it. */
  get someGuild(): string | undefined {
    return this.#roles.keys().next().value;
  }

  /** Learns from an event of the gateway. */
  learn(name: string, data: Fields): void {
    const guildId = idOf(data['guild_id']);
    if (name === 'GUILD_CREATE') this.#learnGuild(data);
    else if (name === 'GUILD_DELETE') this.#roles.delete(String(data['id']));
    else if (name.startsWith('GUILD_ROLE_') && guildId !== undefined) {
      const role = idOf(fields(data['role'])['id']) ?? idOf(data['role_id']);
      if (name === 'GUILD_ROLE_DELETE' && role === this.#roles.get(guildId)) {
        this.#roles.set(guildId, null);
      } else if (this.#isOurs(data['role']) && role !== undefined) this.#roles.set(guildId, role);
    } else if (name === 'THREAD_LIST_SYNC') {
      for (const thread of list(data['threads'])) this.#learnChannel(thread, guildId);
    } else if (/^(?:CHANNEL|THREAD)_(?:CREATE|UPDATE)$/u.test(name)) {
      this.#learnChannel(data, guildId);
    }
  }

  /** Remembers who the other person of a direct conversation is. */
  met(channelId: string, personId: string): void {
    this.#people.set(channelId, personId);
  }

  /** The other person of a direct conversation, where it is known. */
  person(channelId: string): string | undefined {
    return this.#people.get(channelId);
  }

  /** Remembers that we wrote in a channel. */
  wrote(channelId: string): void {
    this.#wroteIn.set(channelId, true);
  }

  /** Whether we wrote in a channel since the start. */
  hasWrittenIn(channelId: string): boolean {
    return this.#wroteIn.has(channelId);
  }

  /** What is known of a channel. */
  known(channelId: string): Place | undefined {
    return this.#places.get(channelId);
  }

  /**
   * Where a channel belongs, asked for where it is not known. Undefined when Discord does not show
   * it to us. `type`: as the event states it. Rejects with {@link CallError} when asking failed.
   */
  async find(
    channelId: string,
    stated: { readonly type?: number; readonly guildId?: string },
    signal: AbortSignal,
  ): Promise<Place | undefined> {
    const known = this.#places.get(channelId);
    if (known !== undefined) return known;
    const { type, guildId } = stated;
    if (type !== undefined && !isThread(type)) {
      return { type, ...(guildId === undefined ? {} : { guildId }) };
    }
    const found = await this.#ask(`/channels/${channelId}`, signal);
    if (found === undefined) return undefined;
    this.#learnChannel(found, guildId);
    return this.#places.get(channelId);
  }

  /**
   * The role Discord made for the bot in a server, asked for where it is not known. Rejects with
   * {@link CallError} when asking failed.
   */
  async ourRole(guildId: string, signal: AbortSignal): Promise<string | undefined> {
    const known = this.#roles.get(guildId);
    if (known !== undefined) return known ?? undefined;
    const roles = await this.#ask(`/guilds/${guildId}/roles`, signal);
    if (roles !== undefined) this.#learnRoles(guildId, roles);
    return this.#roles.get(guildId) ?? undefined;
  }

  /** The direct channel with a person, opened where it is not known. */
  async directChannel(personId: string, signal: AbortSignal): Promise<string> {
    for (const [channel, person] of this.#people) if (person === personId) return channel;
    const body = { recipient_id: personId };
    const opened = await this.#api.call(
      { method: 'post', path: '/users/@me/channels', body },
      signal,
    );
    const id = idOf(fields(opened)['id']);
    if (id === undefined) throw notUnderstood();
    this.met(id, personId);
    return id;
  }

  async #ask(path: `/${string}`, signal: AbortSignal): Promise<unknown> {
    try {
      return await this.#api.call({ method: 'get', path }, signal);
    } catch (error) {
      if (error instanceof CallError && isGone(error.failure)) return undefined;
      throw error;
    }
  }

  #learnGuild(guild: Fields): void {
    const guildId = idOf(guild['id']);
    if (guildId === undefined) return;
    this.#learnRoles(guildId, guild['roles']);
    for (const channel of [...list(guild['channels']), ...list(guild['threads'])]) {
      this.#learnChannel(channel, guildId);
    }
  }

  #learnRoles(guildId: string, roles: unknown): void {
    const ours = list(roles).find((role) => this.#isOurs(role));
    this.#roles.set(guildId, idOf(fields(ours)['id']) ?? null);
  }

  #isOurs(role: unknown): boolean {
    return fields(fields(role)['tags'])['bot_id'] === this.#me;
  }

  #learnChannel(channel: unknown, ofGuild: string | undefined): void {
    const { id, type, parent_id, guild_id, recipients } = fields(channel);
    const channelId = idOf(id);
    if (channelId === undefined || typeof type !== 'number') return;
    const guildId = idOf(guild_id) ?? ofGuild;
    const parentId = isThread(type) ? idOf(parent_id) : undefined;
    // A thread whose channel is not known could not be judged by it.
    if (isThread(type) && parentId === undefined) return;
    this.#places.set(channelId, {
      type,
      ...(parentId === undefined ? {} : { parentId }),
      ...(guildId === undefined ? {} : { guildId }),
    });
    const person =
      type === CHANNEL_TYPE.direct ? idOf(fields(list(recipients)[0])['id']) : undefined;
    if (person !== undefined) this.met(channelId, person);
  }
}
