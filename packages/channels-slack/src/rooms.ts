/**
 * What is known of conversations: their kind, how to write to them, the threads we wrote in.
 *
 * @module
 */
import type { Conversation, ConversationKind } from '@portcullis/core';
import type { WebApi } from './api.ts';
import { CallError, notUnderstood, wrongMessage } from './errors.ts';
import { kindOfInfo, type Place } from './identity.ts';
import { field, textField } from './fields.ts';

/** Where a message goes, in Slack's own words. */
export interface Target {
  readonly channel: string;
  readonly thread_ts?: string;
}

/**
 * The target of a conversation. A direct chat may be named by its person, as a pairing does: then
 * Slack is asked for the chat.
 */
export async function targetOf(
  api: WebApi,
  to: Conversation,
  signal: AbortSignal,
): Promise<Target> {
  const { id, kind, threadId } = to;
  if (!/^[A-Z][A-Z0-9]{2,30}$/u.test(id)) {
    throw wrongMessage('The conversation has no id of Slack.', 'Use the id of an event.');
  }
  const thread =
    threadId !== undefined && /^\d+\.\d+$/u.test(threadId) ? { thread_ts: threadId } : {};
  const isPerson = kind === 'direct' && /^[UW]/u.test(id);
  if (!isPerson) return { channel: id, ...thread };
  const answer = await api.call('conversations.open', { users: id }, signal);
  const channel = textField(field(answer, 'channel'), 'id');
  if (channel === undefined) throw notUnderstood();
  return { channel, ...thread };
}

/** How many conversations and threads are remembered. */
const MEMORY = 5000;

/** Remembers the last entries: a `Map` keeps its order. */
function remember<V>(memory: Map<string, V>, key: string, value: V): void {
  memory.delete(key);
  memory.set(key, value);
  const [oldest] = memory.keys();
  if (memory.size > MEMORY && oldest !== undefined) memory.delete(oldest);
}

/** The conversations of one account. */
export class Rooms {
  readonly #api: WebApi;
  readonly #kinds: Map<string, ConversationKind> = new Map();
  readonly #threads: Map<string, true> = new Map();

  constructor(api: WebApi) {
    this.#api = api;
  }

  /** We wrote in a thread. */
  wrote(channelId: string, threadId: string): void {
    remember(this.#threads, `${channelId} ${threadId}`, true);
  }

  /** Whether we wrote in a thread since the start. */
  wroteIn(channelId: string, threadId: string): boolean {
    return this.#threads.has(`${channelId} ${threadId}`);
  }

  /**
   * The kind of a conversation: what the event says, what was said before, or what Slack answers.
   * What Slack does not tell us counts as a channel, where nobody is admitted by being there alone.
   *
   * Rejects with a {@link CallError} when Slack could not be asked.
   */
  async kindOf({ channelId, kind }: Place, signal: AbortSignal): Promise<ConversationKind> {
    const known = kind ?? this.#kinds.get(channelId) ?? (await this.#ask(channelId, signal));
    if (known === undefined) return 'channel';
    remember(this.#kinds, channelId, known);
    return known;
  }

  async #ask(channel: string, signal: AbortSignal): Promise<ConversationKind | undefined> {
    try {
      const answer = await this.#api.call('conversations.info', { channel }, signal);
      return kindOfInfo(field(answer, 'channel'));
    } catch (error) {
      if (error instanceof CallError && error.failure.kind === 'refused') return undefined;
      throw error;
    }
  }
}
