/**
 * Methods on tools.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import type { Services, ToolAnswer, ToolListing } from '../../../services.ts';
import { defaultAgentId } from '../default-agent.ts';
import type { Handlers } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';
import { keyOf } from '../sessions/session-key.ts';

type CatalogGroup = MethodResult<'tools.catalog'>['groups'][number];
type EffectiveGroup = MethodResult<'tools.effective'>['groups'][number];

const PROFILES = [
  { id: 'minimal', label: 'Minimal' },
  { id: 'coding', label: 'Coding' },
  { id: 'messaging', label: 'Messaging' },
  { id: 'full', label: 'Full' },
] as const;

const LABELS: Readonly<Record<EffectiveGroup['id'], string>> = {
  core: 'Built in',
  plugin: 'Plugins',
  mcp: 'Tool servers',
};

function agentIn(services: Services, agentId: string | undefined): string {
  const id = agentId ?? defaultAgentId(services);
  if (services.agents().some((agent) => agent.id === id)) return id;
  throw invalidRequest(`unknown agent id "${id.slice(0, 64)}"`);
}

/** The key of a session there is; the main session of an agent always is. */
async function existingKey(
  services: Services,
  sessionKey: string | undefined,
  agentId: string | undefined,
): Promise<string> {
  if (agentId !== undefined) agentIn(services, agentId);
  const main = keyOf(services, 'main', agentId);
  const key = sessionKey === undefined ? main : keyOf(services, sessionKey, agentId);
  if (agentId !== undefined && !key.startsWith(`agent:${agentId}:`)) {
    throw invalidRequest('sessionKey and agentId name two agents');
  }
  if (key === main || (await services.sessions.get(key)) !== undefined) return key;
  throw invalidRequest(`unknown session key "${(sessionKey ?? '').slice(0, 128)}"`);
}

function catalogGroups(tools: readonly ToolListing[]): CatalogGroup[] {
  return [...Map.groupBy(tools, ({ group }) => group)].map(([id, members]) => ({
    id,
    label: id.replace(/^group:/u, ''),
    source: id.startsWith('group:') ? 'core' : 'plugin',
    tools: members.map(({ name, description, source, profiles }) => ({
      id: name,
      label: name,
      description,
      source: source === 'core' ? 'core' : 'plugin',
      defaultProfiles: PROFILES.map((each) => each.id).filter((each) => profiles.includes(each)),
    })),
  }));
}

function effectiveGroups(tools: readonly ToolListing[]): EffectiveGroup[] {
  return [...Map.groupBy(tools, ({ source }) => source)].map(([source, members]) => ({
    id: source,
    label: LABELS[source],
    source,
    tools: members.map(({ name, description }) => ({
      id: name,
      label: name,
      description,
      rawDescription: description,
      source,
    })),
  }));
}

function toResult(toolName: string, answer: ToolAnswer): MethodResult<'tools.invoke'> {
  const { ok, runId } = answer;
  if (ok) {
    const output = { content: [{ type: 'text' as const, text: answer.text }], details: { runId } };
    return { ok, toolName, output };
  }
  const { code, message, needsApproval } = answer;
  return {
    ok,
    toolName,
    error: { code, message },
    ...(needsApproval === undefined ? {} : { requiresApproval: needsApproval }),
  };
}

/** Methods on tools. */
export const toolHandlers: Handlers<'tools.catalog' | 'tools.effective' | 'tools.invoke'> = {
  'tools.catalog': ({ agentId, includePlugins = true }, { services }) => {
    const tools = services.tools.catalog();
    return {
      agentId: agentIn(services, agentId),
      profiles: [...PROFILES],
      groups: catalogGroups(
        includePlugins ? tools : tools.filter(({ source }) => source === 'core'),
      ),
    };
  },
  'tools.effective': async ({ sessionKey, agentId }, { services, caller }) => {
    const key = await existingKey(services, sessionKey, agentId);
    const { profile, tools } = services.tools.effective(caller, key);
    return { agentId: key.split(':')[1] ?? '', profile, groups: effectiveGroups(tools) };
  },
  'tools.invoke': async (params, { services, caller, signal }) => {
    const { name, args = {}, agentId, idempotencyKey } = params;
    const sessionKey = await existingKey(services, params.sessionKey, agentId);
    const request = { tool: name, args, sessionKey, idempotencyKey, signal };
    return toResult(name, await services.tools.invoke(caller, request));
  },
};
