/**
 * Ends what somebody began who may do less than when he began it.
 *
 * @module
 */
import type { Services } from '../services.ts';

/** Ends what machines and tools do for a caller: a name of his own for a call does not keep it going. */
export function endCallsOf(callerId: string, { nodes, tools }: Services): void {
  nodes.abortOf(callerId);
  tools.abortOf(callerId);
}

/** Ends everything that a device began: it is not only refused its next tool. */
export async function endWorkOf(deviceId: string, services: Services): Promise<void> {
  const callerId = `device:${deviceId}`;
  endCallsOf(callerId, services);
  await services.chat.abortOf(callerId);
}
