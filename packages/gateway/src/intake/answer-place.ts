/**
 * Where the answer to an event goes.
 *
 * @module
 */
import type { Conversation, Event } from '@portcullis/core';

/**
 * The conversation that hears the answer: the event's own, or for a job or a hook the one it names.
 * Undefined where the answer stays in the transcript, and with whoever follows it.
 */
export function answerPlace({ conversation, origin }: Event): Conversation | undefined {
  return origin === undefined ? conversation : origin.answersTo;
}
