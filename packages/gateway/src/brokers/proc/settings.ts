/**
 * What the configuration says about commands: the sandbox of a session, and times.
 *
 * @module
 */
import { isAbsolute, normalize } from 'node:path';

import type { InboxRun } from '../../intake/inbox.ts';
import type { Kernel } from '../../kernel.ts';
import { SEARCH_PATH } from './executables.ts';
import { type WorkspaceAccess, below } from './sandbox.ts';

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

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}

function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce(own, value);
}

/** The agent's value of a sandbox setting, else the one for all agents. */
function sandboxValue(kernel: Kernel, agentId: string, key: string): unknown {
  const { value } = kernel.config();
  return (
    at(value, 'agents', 'entries', agentId, 'sandbox', key) ??
    at(value, 'agents', 'defaults', 'sandbox', key)
  );
}

/** The agents whose sandbox is not off, with its mode. */
export function sandboxModes(kernel: Kernel): Readonly<Record<string, string>> {
  const modes = kernel.agents().map(({ id }) => [id, sandboxValue(kernel, id, 'mode') ?? 'off']);
  return Object.fromEntries(modes.filter(([, mode]) => mode !== 'off'));
}

/** The sandbox settings of a run. A value nobody knows closes rather than opens. */
export function sandboxOf(kernel: Kernel, { agentId, sessionKey }: InboxRun): SandboxSettings {
  const value = (key: string): unknown => sandboxValue(kernel, agentId, key);
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

function execNumber(kernel: Kernel, agentId: string, key: string): number | undefined {
  const { value } = kernel.config();
  const found =
    at(value, 'agents', 'entries', agentId, 'tools', 'exec', key) ??
    at(value, 'tools', 'exec', key);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** Longest a command of this agent may run, in milliseconds. */
export function longestRun(kernel: Kernel, agentId: string): number {
  return (execNumber(kernel, agentId, 'timeoutSeconds') ?? 1800) * 1000;
}

/** After how long a command goes on in the background, where that is configured. */
export function backgroundAfter(kernel: Kernel, agentId: string): number | undefined {
  return execNumber(kernel, agentId, 'backgroundMs');
}

/** Where programs are looked up: what the operator put before, then the system. */
export function searchPathOf(
  kernel: Kernel,
  agentId: string,
  workspace: string,
): readonly string[] {
  const { value } = kernel.config();
  const listed =
    at(value, 'agents', 'entries', agentId, 'tools', 'exec', 'pathPrepend') ??
    at(value, 'tools', 'exec', 'pathPrepend');
  const before: readonly unknown[] = Array.isArray(listed) ? listed : [];
  const usable = before.filter(
    (each): each is string =>
      typeof each === 'string' &&
      isAbsolute(each) &&
      !each.includes(':') &&
      normalize(each) !== workspace &&
      below(workspace, normalize(each)) === undefined,
  );
  return [...usable, ...SEARCH_PATH];
}
