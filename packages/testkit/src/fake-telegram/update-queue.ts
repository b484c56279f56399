/**
 * The updates a bot has not acknowledged, and the long poll that hands them out.
 *
 * As the real service: an `offset` acknowledges everything below it, whatever is not acknowledged
 * is handed out again, a second poll ends the first with 409, and `allowed_updates` is remembered
 * and applies to updates made from then on.
 *
 * @module
 */
import type { Update } from 'grammy/types';
import { Refusal } from './refusal.ts';

/** What Telegram leaves out unless it is asked for by name. */
const OPT_IN: ReadonlySet<string> = new Set([
  'chat_member',
  'message_reaction',
  'message_reaction_count',
]);

/** What a poll asks for. */
export interface PollRequest {
  readonly offset: number;
  readonly limit: number;
  readonly timeoutMs: number;
}

interface HeldPoll {
  readonly limit: number;
  readonly answer: (updates: readonly Update[]) => void;
  readonly terminate: () => void;
  readonly forget: () => void;
}

/** Holds updates until they are acknowledged. */
export class UpdateQueue {
  #pending: Update[] = [];
  #nextId = 100_001;
  #allowed: ReadonlySet<string> | undefined;
  #held: HeldPoll | undefined;
  #polls = 0;
  #last: Update | undefined;
  #wake: (() => void) | undefined;
  #dropped: (() => void) | undefined;

  /** Updates not acknowledged yet, oldest first. */
  get pending(): readonly Update[] {
    return this.#pending;
  }

  /** Polls held open, answered in time or not. */
  get polls(): number {
    return this.#polls;
  }

  /** Calls `wake` after every new update (webhook delivery). */
  onPush(wake: () => void): void {
    this.#wake = wake;
  }

  /** Calls `dropped` whenever updates were acknowledged. */
  onDrop(dropped: () => void): void {
    this.#dropped = dropped;
  }

  /** Remembers which kinds of update to make; an empty list means the default. */
  allow(kinds: readonly string[]): void {
    this.#allowed = kinds.length === 0 ? undefined : new Set(kinds);
  }

  /** Adds an update of one kind. Undefined: the bot did not ask for this kind. */
  push(content: Omit<Update, 'update_id'>): number | undefined {
    const kind = Object.keys(content)[0] ?? '';
    const wanted = this.#allowed?.has(kind) ?? !OPT_IN.has(kind);
    return wanted ? this.pushRaw(content) : undefined;
  }

  /** Adds an update whatever it holds and whatever the bot asked for. */
  pushRaw(content: object): number {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#put({ ...content, update_id: id });
    return id;
  }

  /** Adds the last update again, under the id it had. */
  repeat(): void {
    if (this.#last !== undefined) this.#put(this.#last);
  }

  #put(update: Update): void {
    this.#last = update;
    this.#pending.push(update);
    // One turn later, so that what a test sends in one breath comes in one batch.
    setImmediate(() => {
      this.#answerHeld();
      this.#wake?.();
    });
  }

  /** Drops updates up to and including `id`. */
  acknowledge(id: number): void {
    this.#pending = this.#pending.filter((update) => update.update_id > id);
    this.#dropped?.();
  }

  /** Drops everything (`drop_pending_updates`). */
  clear(): void {
    this.#pending = [];
  }

  /** Answers a `getUpdates`. `gone` aborts when the client hung up. */
  async poll(request: PollRequest, gone: AbortSignal): Promise<readonly Update[]> {
    this.#held?.terminate();
    if (request.offset > 0) this.acknowledge(request.offset - 1);
    if (request.offset < 0) this.#pending = this.#pending.slice(request.offset);
    if (this.#pending.length > 0 || request.timeoutMs === 0) {
      return this.#pending.slice(0, request.limit);
    }
    return await this.#hold(request, gone);
  }

  /** Ends a held poll, as another instance or a webhook does. */
  terminatePoll(): void {
    this.#held?.terminate();
  }

  /** Forgets the held poll without answering it. */
  stall(): void {
    this.#held?.forget();
  }

  #hold({ limit, timeoutMs }: PollRequest, gone: AbortSignal): Promise<readonly Update[]> {
    this.#polls += 1;
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#polls -= 1;
        clearTimeout(timer);
        gone.removeEventListener('abort', onGone);
        if (this.#held === held) this.#held = undefined;
      };
      const held: HeldPoll = {
        limit,
        forget: () => {
          clearTimeout(timer);
          this.#held = undefined;
        },
        answer: (updates) => {
          settle();
          resolve(updates);
        },
        terminate: () => {
          settle();
          reject(
            new Refusal(
              409,
              'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
            ),
          );
        },
      };
      const onGone = () => held.answer([]);
      const timer = setTimeout(() => held.answer([]), timeoutMs);
      gone.addEventListener('abort', onGone, { once: true });
      this.#held = held;
    });
  }

  #answerHeld(): void {
    if (this.#held !== undefined && this.#pending.length > 0) {
      this.#held.answer(this.#pending.slice(0, this.#held.limit));
    }
  }
}
