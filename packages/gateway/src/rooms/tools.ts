/**
 * Tools as callers see and use them.
 *
 * @module
 */
import { PROFILES, compileToolPolicy, groupOf } from '@portcullis/policy/tools';

import { operatorRun } from '../intake/operator-run.ts';
import { getPath } from '../config/index.ts';
import { doorEvent } from '../intake/door-event.ts';
import type { InboxRun } from '../intake/inbox.ts';
import { toolFacts } from '../intake/tool-facts.ts';
import type { Kernel } from '../kernel.ts';
import type { Caller, ToolListing, ToolService } from '../services.ts';
import type { Toolbox } from '../tool-servers/toolbox.ts';
import { offeredTools } from '../turn/tool-decision.ts';
import type { Ground } from './ground.ts';

/** Which tools each profile has by itself, whatever a config says. */
const BY_PROFILE: readonly (readonly [string, ReturnType<typeof compileToolPolicy>])[] =
  PROFILES.map((profile) => [profile, compileToolPolicy({ tools: { profile } })]);

/** The tools of a gateway, for its callers. */
export function toolDesk(
  kernel: Kernel,
  { calls, toolServers, models }: Pick<Ground, 'calls' | 'toolServers' | 'models'>,
): ToolService {
  const { toolbox } = toolServers;
  return {
    invoke: (caller, request) => calls.invoke(caller, request),
    abortOf: (callerId) => calls.abortOf(callerId),
    catalog: () => listings(toolbox),
    effective: (caller, sessionKey) => {
      const run = runOf(caller, sessionKey);
      const event = doorEvent(caller, { sessionKey, runId: '' }, kernel.now());
      const facts = toolFacts(event, models.forAgent(run.agentId).id);
      const names = new Set(offeredTools(kernel, toolbox, run, facts).map(({ name }) => name));
      return {
        profile: profileOf(kernel, run.agentId),
        tools: listings(toolbox).filter(({ name }) => names.has(name)),
      };
    },
  };
}

/** Every tool there is, in the order of their groups and names. */
function listings(toolbox: Toolbox): readonly ToolListing[] {
  const registered = toolbox.registered();
  const listed = toolbox.all().map(({ name, description }): ToolListing => {
    const group = groupOf(name);
    const owner = registered.find((each) => each.name === name);
    const isServed = owner?.mcp === true;
    const inProfiles = BY_PROFILE.filter(([, policy]) => {
      const input = { agentId: 'main', requesterIsOwner: true, registered, tool: name };
      // Running commands has a switch of its own, which is no matter of the profile.
      const { effect, code } = policy.tool(input);
      return effect === 'allow' || code === 'tool.exec.security_deny';
    });
    return {
      name,
      description,
      group: group ?? (isServed ? owner.pluginId : 'plugins'),
      source: isServed ? 'mcp' : group === undefined ? 'plugin' : 'core',
      profiles: inProfiles.map(([profile]) => profile),
    };
  });
  return listed.toSorted((a, b) => order(a.group, b.group) || order(a.name, b.name));
}

function order(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** A caller as he would be in a session, to ask what he could use there. */
function runOf(caller: Caller, sessionKey: string): InboxRun {
  const agentId = sessionKey.split(':')[1] ?? '';
  const isOwner = caller.scopes.includes('operator.admin');
  return operatorRun(caller, { runId: '', agentId, sessionKey }, isOwner);
}

/** The profile that holds for an agent where nothing is added to it. */
function profileOf(kernel: Kernel, agentId: string): string {
  const { value } = kernel.config();
  const own = getPath(value, `agents.entries.${agentId}.tools`);
  const shared = getPath(value, 'tools');
  const lists = [own, shared].map((tools) => section(tools));
  const named = lists.map(({ profile }) => profile).find((each) => typeof each === 'string');
  if (typeof named === 'string') return named;
  const hasList = lists.some(({ allow }) => Array.isArray(allow) && allow.length > 0);
  return hasList ? 'full' : 'messaging';
}

function section(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
