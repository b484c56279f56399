/**
 * Which tools the settings of the gateway give, and where they run.
 *
 * @module
 */
import { type Security, execPolicyOf } from '../exec/settings.ts';
import { compileToolPolicy } from '../tools/tool-policy.ts';
import { isObject, own } from '../setting.ts';

/** The settings tools are decided by. */
export interface ToolContext {
  /** `defaults`, or the id of an agent. */
  readonly name: string;
  /** Where its settings stand: `tools`, or `agents.entries.<id>.tools`. */
  readonly path: string;
  /** Id of the agent; undefined for the defaults. */
  readonly agentId: string | undefined;
  readonly sandbox: 'off' | 'non-main' | 'all';
  /** Whether the tool is there for somebody who is not the owner. */
  readonly has: (tool: string) => boolean;
  /** Whether it is there for the owner. */
  readonly ownerHas: (tool: string) => boolean;
  /** What commands may run by its exec settings. */
  readonly execSecurity: Security;
  /** Its own value of a key below `tools`, else the global one. */
  readonly setting: (...keys: readonly string[]) => unknown;
}

function pathValue(root: unknown, keys: readonly string[]): unknown {
  let value = root;
  for (const key of keys) value = own(value, key);
  return value;
}

/** `enabled`, `true` and `false` are other spellings. */
function sandboxOf(value: unknown): ToolContext['sandbox'] {
  if (value === 'all' || value === 'enabled' || value === true) return 'all';
  return value === 'non-main' ? 'non-main' : 'off';
}

/** The config as the defaults alone have it: without agents of its own. */
function withoutAgents(config: unknown): unknown {
  if (!isObject(config)) return config;
  const agents = own(config, 'agents');
  if (!isObject(agents)) return config;
  const { entries: _entries, ...rest } = agents;
  return { ...config, agents: rest };
}

function contextOf(config: unknown, agentId: string | undefined): ToolContext {
  const scope = agentId === undefined ? withoutAgents(config) : config;
  const policy = compileToolPolicy(scope);
  const agent =
    agentId === undefined ? undefined : pathValue(config, ['agents', 'entries', agentId]);
  const mode =
    pathValue(agent, ['sandbox', 'mode']) ??
    pathValue(config, ['agents', 'defaults', 'sandbox', 'mode']);
  const sandbox = sandboxOf(mode);
  const ask =
    (requesterIsOwner: boolean) =>
    (tool: string): boolean =>
      policy.tool({
        agentId: agentId ?? 'main',
        tool,
        requesterIsOwner,
        ...(sandbox === 'all' ? { sandboxed: true } : {}),
      }).effect === 'allow';
  return {
    name: agentId ?? 'defaults',
    path: agentId === undefined ? 'tools' : `agents.entries.${agentId}.tools`,
    agentId,
    sandbox,
    has: ask(false),
    ownerHas: ask(true),
    execSecurity: execPolicyOf(scope, agentId ?? 'main', undefined).security,
    setting: (...keys) =>
      pathValue(agent, ['tools', ...keys]) ?? pathValue(config, ['tools', ...keys]),
  };
}

/** The defaults, then each agent. */
export function toolContextsOf(config: unknown): readonly ToolContext[] {
  const entries = pathValue(config, ['agents', 'entries']);
  const ids = isObject(entries) ? Object.keys(entries) : [];
  return [undefined, ...ids].map((id) => contextOf(config, id));
}
