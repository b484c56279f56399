/**
 * The `sessions` broker: the other sessions of this gateway.
 *
 * @module
 */
import type { SessionsBroker } from '@portcullis/core';

import type { Kernel } from '../../kernel.ts';
import type { ActiveRuns } from '../../session/sessions.ts';
import type { EffectGate } from '../effect.ts';
import { Delegating, type DelegatingRooms } from './delegating.ts';
import { looking } from './looking.ts';

/** What the broker acts through. */
export interface SessionRooms extends DelegatingRooms {
  readonly runs: Pick<ActiveRuns, 'active'>;
}

/** The sessions of one call. */
export function createSessionsBroker(
  kernel: Kernel,
  gate: EffectGate,
  rooms: SessionRooms,
): SessionsBroker {
  const delegating = new Delegating(kernel, gate, rooms);
  return {
    ...looking(kernel, gate, rooms.runs),
    send: (request) => delegating.send(request),
    spawn: (request) => delegating.spawn(request),
  };
}
