/**
 * How far we got, kept across restarts.
 *
 * Discord has no acknowledgements. What stands in for them is the number of the last event that the
 * inbox has: a connection that is lost, or a gateway that is started again, resumes the session after
 * that number, and Discord sends everything later once more. It is written behind the inbox, so it
 * may be too low, which only brings an event twice, and never too high.
 *
 * @module
 */
import type { CredentialStore, Logger } from '@portcullis/core';
import type { LinkSession } from './link.ts';
import { LIMITS, type Timings } from './timings.ts';

const KEY = 'position';
const ID = /^[1-9]\d{4,20}$/u;
const EPOCH_MS = 1_420_070_400_000;

/** The lowest id Discord gives out at a time, milliseconds since 1970. */
export function snowflakeAt(ms: number): string {
  return String(BigInt(Math.max(0, Math.floor(ms) - EPOCH_MS)) << 22n);
}

/** Whether an id was given out after another. */
export function isLater(id: string, than: string): boolean {
  return BigInt(id) > BigInt(than);
}

/** A channel we heard from. */
export interface Watched {
  /** The last message the inbox has. */
  readonly last: string;
  /** The other person, where the channel is a direct conversation. */
  readonly person?: string;
}

interface Stored {
  readonly bot: string;
  readonly at: number;
  readonly session?: LinkSession;
  readonly channels: readonly (readonly [channel: string, last: string, person?: string])[];
}

function isSession(value: unknown): value is LinkSession {
  if (typeof value !== 'object' || value === null) return false;
  const [id, url, sequence]: unknown[] = ['id', 'url', 'sequence'].map((key) =>
    Reflect.get(value, key),
  );
  return typeof id === 'string' && typeof url === 'string' && Number.isSafeInteger(sequence);
}

function isChannel(value: unknown): value is readonly [string, string, string?] {
  return (
    Array.isArray(value) &&
    (value.length === 2 || value.length === 3) &&
    value.every((id) => typeof id === 'string' && ID.test(id))
  );
}

/** What was stored, or undefined when it is not what we write, or is another bot's. */
function parse(text: string | undefined, bot: string): Stored | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value !== 'object' || value === null || Reflect.get(value, 'bot') !== bot) {
      return undefined;
    }
    const at: unknown = Reflect.get(value, 'at');
    const session: unknown = Reflect.get(value, 'session');
    const channels: unknown = Reflect.get(value, 'channels');
    if (typeof at !== 'number' || !Number.isFinite(at)) return undefined;
    return {
      bot,
      at,
      ...(isSession(session) ? { session } : {}),
      channels: Array.isArray(channels) ? channels.filter(isChannel) : [],
    };
  } catch {
    return undefined;
  }
}

/** Keeps the position of one account. */
export class Position {
  readonly #store: CredentialStore;
  readonly #log: Logger;
  readonly #timings: Timings;
  readonly #channels: Map<string, Watched> = new Map();
  #bot = '';
  #session: LinkSession | undefined;
  #at: number | undefined;
  #isDirty = false;
  #isHeld = false;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: CredentialStore, log: Logger, timings: Timings) {
    this.#store = store;
    this.#log = log;
    this.#timings = timings;
  }

  /** Reads what an earlier run left for this bot. */
  async load(bot: string): Promise<void> {
    this.#bot = bot;
    const stored = parse(await this.#store.get(KEY), bot);
    this.#session = stored?.session;
    this.#at = stored?.at;
    this.#channels.clear();
    for (const [channel, last, person] of stored?.channels ?? []) {
      this.#channels.set(channel, { last, ...(person === undefined ? {} : { person }) });
    }
  }

  /** The session whose events the inbox has up to its `sequence`. */
  get session(): LinkSession | undefined {
    return this.#session;
  }

  /** When an event was last stored, milliseconds since 1970. Undefined: never. */
  get at(): number | undefined {
    return this.#at;
  }

  /** The last message stored from a channel. */
  watched(channel: string): Watched | undefined {
    return this.#channels.get(channel);
  }

  /** Direct conversations, the latest first. */
  direct(): readonly (readonly [channel: string, watched: Watched])[] {
    return [...this.#channels].filter(([, { person }]) => person !== undefined).toReversed();
  }

  /** The inbox has everything of a session up to `sequence`. */
  stored(session: LinkSession, sequence: number): void {
    const isKnown = this.#session?.id === session.id;
    const known = isKnown ? (this.#session?.sequence ?? -1) : -1;
    this.#session = { ...session, sequence: Math.max(known, sequence) };
    this.#changed();
    // Who is killed before this is written could resume nothing.
    if (!isKnown) void this.flush();
  }

  /** The inbox has a message. */
  saw(channel: string, last: string, person?: string): void {
    const known = this.#channels.get(channel);
    this.#channels.delete(channel);
    const latest = known !== undefined && isLater(known.last, last) ? known.last : last;
    const other = person ?? known?.person;
    this.#channels.set(channel, {
      last: latest,
      ...(other === undefined ? {} : { person: other }),
    });
    const oldest = this.#channels.keys().next();
    if (this.#channels.size > LIMITS.watched && oldest.done !== true) {
      this.#channels.delete(oldest.value);
    }
    this.#changed();
    // A conversation that is not written down could not be asked what was missed.
    if (known === undefined) void this.flush();
  }

  /** Until {@link release}: a start would have to go back to the time before now. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Everything up to now is stored. */
  release(): void {
    this.#isHeld = false;
  }

  /** The session cannot be resumed any more. */
  lost(id: string): void {
    if (this.#session?.id !== id) return;
    this.#session = undefined;
    this.#isDirty = true;
    this.#schedule();
  }

  /** Writes what is not written yet. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }

  #changed(): void {
    if (!this.#isHeld) this.#at = Date.now();
    this.#isDirty = true;
    this.#schedule();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.flush(), this.#timings.positionMs);
  }

  async #write(): Promise<void> {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    const stored: Stored = {
      bot: this.#bot,
      at: this.#at ?? Date.now(),
      ...(this.#session === undefined ? {} : { session: this.#session }),
      channels: [...this.#channels].map(([channel, { last, person }]) =>
        person === undefined ? [channel, last] : [channel, last, person],
      ),
    };
    try {
      await this.#store.set({ [KEY]: JSON.stringify(stored) });
    } catch {
      // An older position is a safe one: more comes again than has to.
      this.#isDirty = true;
      this.#log.warn({}, 'The position could not be written; it is tried again.');
    }
  }
}
