/**
 * What the two endpoints have in common: a place for the request, a run for it, and its answer whole
 * or as events.
 *
 * @module
 */
import type { ServerResponse } from 'node:http';

import { getPath } from '../../../config/index.ts';
import { type Answer, jsonAnswer, writeAnswer } from '../answer.ts';
import type { AskedBy, HttpOptions, Reply } from '../route.ts';
import { type ApiFault, refuseCall } from './refusal.ts';
import { type Answered, type RunRequest, runRequest } from './run.ts';
import { EventStream } from './sse.ts';

/** The ways in there are. */
export type Endpoint = 'chatCompletions' | 'responses';

/** Whether the operator switched an endpoint on. */
export function isServed({ services }: HttpOptions, endpoint: Endpoint): boolean {
  const path = `gateway.http.endpoints.${endpoint}.enabled`;
  return getPath(services.config().value, path) === true;
}

/** Writes the events of one answer. */
export interface Narrator {
  /** The answer goes on. */
  delta(events: EventStream, text: string): void;
  /** The answer is whole. Ends the stream. */
  done(events: EventStream, answered: Answered): void;
  /** The answer broke off. Ends the stream. */
  failed(events: EventStream, fault: ApiFault): void;
}

/** How an answer is told. */
export interface Telling {
  readonly whole: (answered: Answered) => unknown;
  /** Set where the client wants events. */
  readonly narrate?: () => Narrator;
}

/** True for a fault. */
export function isFault(value: object): value is ApiFault {
  return 'status' in value && 'type' in value && 'code' in value;
}

/** Has a request answered, within what one caller may have answered at once. */
export async function answerRequest(
  asked: AskedBy,
  request: RunRequest,
  telling: Telling,
): Promise<Reply> {
  const leave = asked.options.busy.enter(asked.caller);
  if (leave === undefined) return refuseCall(TOO_MANY);
  const { narrate } = telling;
  if (narrate === undefined) return await tellWhole(asked, request, telling).finally(leave);
  return { stream: (response) => tellEvents(asked, request, narrate, response).finally(leave) };
}

async function tellWhole(asked: AskedBy, request: RunRequest, { whole }: Telling): Promise<Answer> {
  const headers = { 'X-Request-Id': request.runId };
  const { answered, fault } = await runRequest(asked, request);
  return fault === undefined
    ? jsonAnswer(200, whole(answered), headers)
    : refuseCall(fault, headers);
}

/** A fault before the first event is a status; one after it is an event. */
async function tellEvents(
  asked: AskedBy,
  request: RunRequest,
  narrate: () => Narrator,
  response: ServerResponse,
): Promise<void> {
  const headers = { 'X-Request-Id': request.runId };
  const events = new EventStream(response, headers);
  const narrator = narrate();
  const hear = (delta: string): void => narrator.delta(events, delta);
  const { answered, fault } = await runRequest(asked, request, hear).catch((error: unknown) => {
    // Nobody else ends its signs of life.
    events.end();
    throw error;
  });
  if (answered !== undefined) narrator.done(events, answered);
  else if (events.hasBegun) narrator.failed(events, fault);
  else {
    events.end();
    writeAnswer(response, refuseCall(fault, headers));
  }
}

const TOO_MANY: ApiFault = {
  status: 429,
  type: 'rate_limit_error',
  code: 'rate_limit_exceeded',
  message: 'Too many requests are being answered. Wait for one of them.',
  retryAfter: 1,
};
