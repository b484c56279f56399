/**
 * The sandbox of a session, as the configuration says. Commands, files and the choice of tools all
 * read it here, so that no two of them can think differently of one session.
 *
 * @module
 */
import { type ConfigObject, valueAt } from '../config/document/config-value.ts';
import type { InboxRun } from '../intake/inbox.ts';
import type { Kernel } from '../kernel.ts';

/** How a sandboxed session sees its workspace. */
export type WorkspaceAccess = 'none' | 'ro' | 'rw';

/** The sandbox of one session. */
export interface SandboxSettings {
  /** Whether commands of this session belong in the sandbox. */
  readonly wanted: boolean;
  readonly access: WorkspaceAccess;
  /** `unknown` for a value that is neither of the two, which closes. */
  readonly network: 'none' | 'proxy' | 'unknown';
  /** Servers that commands inside may tell anything. */
  readonly networkHosts: readonly string[];
  /** Ports they reach. */
  readonly networkPorts: readonly number[];
  /** False for a backend that is not there. */
  readonly supported: boolean;
}

/** The agent's value of a sandbox setting, else the one for all agents. */
function sandboxValue(config: ConfigObject, agentId: string, key: string): unknown {
  return (
    valueAt(config, 'agents', 'entries', agentId, 'sandbox', key) ??
    valueAt(config, 'agents', 'defaults', 'sandbox', key)
  );
}

/** The agents whose sandbox is not off, with its mode. */
export function sandboxModes(
  config: ConfigObject,
  agents: readonly { readonly id: string }[],
): Readonly<Record<string, string>> {
  const modes = agents.map(({ id }) => [id, sandboxValue(config, id, 'mode') ?? 'off']);
  return Object.fromEntries(modes.filter(([, mode]) => mode !== 'off'));
}

/** The sandbox settings of a run. A value nobody knows closes rather than opens. */
export function sandboxOf(kernel: Kernel, { agentId, sessionKey }: InboxRun): SandboxSettings {
  const value = (key: string): unknown => sandboxValue(kernel.config().value, agentId, key);
  const mode = value('mode') ?? 'off';
  const main = `agent:${agentId}:${kernel.mainKey()}`;
  const access = value('workspaceAccess');
  return {
    wanted: mode === 'non-main' ? sessionKey !== main : mode !== 'off',
    access: access === 'rw' || access === 'ro' ? access : 'none',
    network: networkOf(value('network')),
    networkHosts: textsOf(value('networkHosts')),
    networkPorts: portsOf(value('networkPorts')),
    supported: (value('backend') ?? 'bubblewrap') === 'bubblewrap',
  };
}

/** What the session of a run may do to its workspace: everything, unless it is sandboxed. */
export function workspaceAccess(kernel: Kernel, run: InboxRun): WorkspaceAccess {
  const { wanted, access } = sandboxOf(kernel, run);
  return wanted ? access : 'rw';
}

function networkOf(value: unknown): SandboxSettings['network'] {
  if (value === undefined || value === 'none') return 'none';
  return value === 'proxy' ? 'proxy' : 'unknown';
}

/** Those of the web, where nobody lists others. */
const WEB_PORTS: readonly number[] = [80, 443];

function portsOf(value: unknown): readonly number[] {
  if (value === undefined) return WEB_PORTS;
  return Array.isArray(value) ? value.map(Number).filter(Number.isInteger) : [];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}
