/**
 * Which agent a client means.
 *
 * @module
 */
import type { Services } from '../../services.ts';

/** The agent a client gets without naming one. */
export function defaultAgentId(services: Services): string {
  const agents = services.agents();
  return (agents.find((agent) => agent.isDefault) ?? agents[0])?.id ?? 'main';
}

/** The agent of a session key. */
export function agentOf(sessionKey: string, services: Services): string {
  const named = sessionKey.split(':')[1];
  return named === undefined || named === '' ? defaultAgentId(services) : named;
}
