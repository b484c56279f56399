/**
 * Methods on what people and the agent can call upon.
 *
 * @module
 */
import { holdsScope } from '../../authority.ts';
import type { Handlers } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import { agentOf, defaultAgentId } from '../default-agent.ts';
import { keyOf } from '../sessions/session-key.ts';

/** Methods on abilities. */
export const abilityHandlers: Handlers<'commands.list' | 'skills.status'> = {
  'commands.list': ({ provider, scope }, { services }) => {
    // What an operator writes goes to the agent as it is: his clients have methods for the rest.
    const isAsked = provider !== undefined && scope !== 'native';
    const known = services.channels().some(({ channel }) => channel === provider);
    if (!isAsked || !known) return { commands: [] };
    return {
      commands: services.commands().map(({ names, summary, takesArguments }) => ({
        name: names[0] ?? '',
        textAliases: names.map((name) => `/${name}`),
        description: summary,
        source: 'native',
        scope: 'text',
        acceptsArgs: takesArguments,
      })),
    };
  },
  'skills.status': ({ agentId, sessionKey }, { services, caller }) => {
    const key = sessionKey === undefined ? undefined : keyOf(services, sessionKey, agentId);
    const id = agentId ?? (key === undefined ? defaultAgentId(services) : agentOf(key, services));
    const agent = services.agents().find((each) => each.id === id);
    if (agent === undefined) throw invalidRequest(`unknown agent id "${id.slice(0, 64)}"`);
    const isAdmin = holdsScope(caller.scopes, 'operator.admin');
    const workspaceDir = isAdmin ? agent.workspace : '';
    return { workspaceDir, managedSkillsDir: '', agentId: id, skills: [] };
  },
};
