/**
 * What clients of the gateway bring themselves, as events: operators over the WebSocket, callers over
 * HTTP. Who somebody is comes from the connection that proved it, and from nothing he sends.
 *
 * @module
 */
import type { Event, EventOrigin } from '@portcullis/core';

import type { Caller } from '../services.ts';

/** What is asked for, and in which session. */
export interface DoorRequest extends Pick<EventOrigin, 'call'> {
  readonly sessionKey: string;
  /** Names the event too: a repeat is not processed again. */
  readonly runId: string;
}

/** The event of a caller's request, without what he says. */
export function doorEvent(
  caller: Caller,
  { sessionKey, runId, call }: DoorRequest,
  now: number,
): Event {
  const door = caller.kind === 'api' ? 'api' : 'operator';
  const id = originId(caller);
  return {
    kind: door,
    eventId: runId,
    conversation: { channel: door, accountId: 'default', kind: 'direct', id: sessionKey },
    sender: { id },
    at: now,
    origin: {
      id,
      scopes: caller.scopes,
      sessionKey,
      runId,
      ...(call === undefined ? {} : { call }),
    },
  };
}

/** How a caller is known to policy: the kind of his event stands before it. */
function originId({ id, kind }: Caller): string {
  return kind === 'api' ? id.replace(/^api:/u, '') : id;
}
