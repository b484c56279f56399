/**
 * What one command finds inside the sandbox: the workspace as far as it is shared, never with the
 * gateway's own state in it, and a way out where the operator gives it one.
 *
 * @module
 */
import { realpath } from 'node:fs/promises';

import { PortcullisError } from '@portcullis/core';

import type { Kernel } from '../../kernel.ts';
import type { EffectGate } from '../effect.ts';
import type { Resolve } from '../net/resolve.ts';
import { Tunnel } from '../tunnel/tunnel.ts';
import { type SandboxView, below } from './sandbox.ts';
import type { SandboxSettings } from '../sandbox-settings.ts';

/** The inside of one command. */
export interface Inside {
  readonly view: SandboxView;
  /** Closes its way out. Call it once the command has ended. */
  readonly close: () => Promise<void>;
}

/** Opens the inside of a command, with a way out where there is to be one. */
export async function openInside(
  place: { readonly kernel: Kernel; readonly gate: EffectGate; readonly resolve: Resolve },
  view: SandboxView,
  { network, networkHosts, networkPorts }: SandboxSettings,
): Promise<Inside> {
  if (network !== 'proxy') return { view, close: async () => undefined };
  const tunnel = await Tunnel.open({ ...place, hosts: networkHosts, ports: networkPorts });
  return { view: { ...view, tunnel: tunnel.socket }, close: () => tunnel.close() };
}

/**
 * The workspace as the sandbox sees it.
 *
 * Throws `proc.workspace` when it is a folder of the gateway.
 */
export async function viewOf(
  { paths }: Kernel,
  workspace: string,
  access: SandboxView['access'],
): Promise<SandboxView> {
  const { stateDir, credentialsDir, configPath, stateDbDir, logsDir } = paths;
  const folders = await Promise.all([stateDir, credentialsDir, stateDbDir, logsDir].map(real));
  const file = await real(configPath);
  if (access !== 'none' && folders.includes(workspace)) {
    throw new PortcullisError(
      'proc.workspace',
      'The workspace is a folder of the gateway itself.',
      { hint: 'Give the agent a workspace of its own.' },
    );
  }
  const inside = folders.filter((path) => below(workspace, path) !== undefined);
  // What lies in a hidden folder is hidden with it.
  const hiddenFolders = inside.filter(
    (path) => !inside.some((other) => below(other, path) !== undefined),
  );
  const covered = hiddenFolders.some((folder) => below(folder, file) !== undefined);
  const hiddenFiles = below(workspace, file) !== undefined && !covered ? [file] : [];
  return { workspace, access, hiddenFolders, hiddenFiles };
}

async function real(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}
