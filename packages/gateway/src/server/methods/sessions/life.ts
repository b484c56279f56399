/**
 * Whether a client still means the session that is there.
 *
 * @module
 */
import type { Services } from '../../../services.ts';
import { invalidRequest } from '../../refusal.ts';

/** Refuses what was meant for an earlier life of the session. */
export async function requireLife(
  services: Services,
  key: string,
  expected: string | undefined,
): Promise<void> {
  if (expected === undefined) return;
  const session = await services.sessions.get(key);
  if (session === undefined || session.sessionId === expected) return;
  throw invalidRequest('the session has changed since it was looked at', {
    reason: 'session-changed',
  });
}
