/**
 * Which session a client means.
 *
 * @module
 */
import type { Services } from '../../services.ts';

/** The canonical key. `main` means the main session, of `agentId` where one is named. */
export function keyOf(services: Services, key: string, agentId?: string): string {
  const named = key === 'main' && agentId !== undefined ? `agent:${agentId}:main` : key;
  return services.chat.resolveKey(named);
}
