/**
 * The answer of a run as a way out of its session.
 *
 * @module
 */
import type { Event } from '@portcullis/core';
import type { Sink } from '@portcullis/policy/flow';

import { addressOf } from '../channels/receiver.ts';
import { answerPlace } from '../intake/answer-place.ts';
import type { InboxRun } from '../intake/inbox.ts';
import type { CallSite } from './effect.ts';

/**
 * Who hears the answer of a run, as peers; nobody can name all members of a room. What stays in the
 * transcript is heard by the run's own requester.
 */
export function receiversOf(event: Event, { principal }: InboxRun): readonly string[] {
  const place = answerPlace(event);
  if (place === undefined) return [principal.id];
  if (place.kind !== 'direct') return [];
  return [event.origin === undefined ? principal.id : addressOf(place)];
}

/**
 * The answer as a way out. Where a hook has it sent it is a message to somebody else, because nobody
 * there asked for it.
 */
export function answerSink({ event, run }: Pick<CallSite, 'event' | 'run'>, text: string): Sink {
  const to = receiversOf(event, run);
  return event.kind === 'hook' && answerPlace(event) !== undefined
    ? { kind: 'message', to, text }
    : { kind: 'reply', to, conversation: run.sessionKey, text };
}
