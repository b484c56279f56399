/**
 * What is done on a channel besides sending messages: signs of life, read receipts, acknowledged buttons, left
 * rooms. All of it is best effort; nothing waits for it and nothing fails with it.
 *
 * @module
 */
import type { Conversation, Event, Logger } from '@portcullis/core';

import type { ChannelOf } from '../outbox/row.ts';

const QUICK_MS = 5000;
const LEAVE_MS = 10_000;

/** The gestures of a gateway. No method throws. */
export class Gestures {
  readonly #channelOf: ChannelOf;
  readonly #log: Logger;

  constructor(channelOf: ChannelOf, log: Logger) {
    this.#channelOf = channelOf;
    this.#log = log;
  }

  /** Shows that an answer is being written. */
  readonly typing = ({ conversation }: Event): void => {
    const { channel, accountId } = conversation;
    const live = this.#channelOf(channel, accountId);
    this.quietly(live?.typing?.(conversation, AbortSignal.timeout(QUICK_MS)), 'typing');
  };

  /** Tells the network that a message was read. What came by no network has nobody to tell. */
  readonly seen = (event: Event): void => {
    const { kind, messageId, origin, conversation } = event;
    const isMessage = kind === 'message' || kind === 'command';
    if (!isMessage || messageId === undefined || origin !== undefined) return;
    const live = this.#channelOf(conversation.channel, conversation.accountId);
    this.quietly(live?.seen?.(event, AbortSignal.timeout(QUICK_MS)), 'marking as read');
  };

  /** Takes the waiting mark off a pressed button. */
  readonly answerButton = (event: Event, text: string): void => {
    const { channel, accountId } = event.conversation;
    const live = this.#channelOf(channel, accountId);
    this.quietly(
      live?.answerButton?.(event, text, AbortSignal.timeout(QUICK_MS)),
      'answering a button',
    );
  };

  /** Leaves a room. */
  readonly leave = (room: Conversation): void => {
    const live = this.#channelOf(room.channel, room.accountId);
    this.quietly(live?.leave?.(room, AbortSignal.timeout(LEAVE_MS)), 'leaving a room');
  };

  /** Lets work go on by itself, and logs its failure. */
  quietly(work: Promise<unknown> | undefined, what: string): void {
    work?.catch((cause: unknown) => this.#log.warn({ err: cause }, `channel: ${what} failed`));
  }
}
