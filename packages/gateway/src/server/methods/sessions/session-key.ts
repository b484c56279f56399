/**
 * Which session a client means.
 *
 * @module
 */
import type { Services } from '../../../services.ts';
import { defaultAgentId } from '../default-agent.ts';

/**
 * The canonical key. A bare name is one of `agentId`, or of the default agent; `main` means its main
 * session.
 */
export function keyOf(services: Services, key: string, agentId?: string): string {
  const isBare = !key.includes(':') && (key !== 'main' || agentId !== undefined);
  return services.chat.resolveKey(
    isBare ? `agent:${agentId ?? defaultAgentId(services)}:${key}` : key,
  );
}
