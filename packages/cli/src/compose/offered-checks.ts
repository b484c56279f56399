/**
 * The audit checks of the packages a config names. Loads those packages and no others, and starts
 * nothing of them.
 *
 * @module
 */
import { type AuditCheck, createRegistry, registerPlugin } from '@portcullis/core';
import type { LoadedConfig, StatePaths } from '@portcullis/gateway/config';

import { importPlugin, wantedChannels } from './packages.ts';

/** A package whose checks cannot be had is a finding, as a check that fails is. */
function broken(id: string, error: unknown): AuditCheck {
  return {
    id: `${id}.load`,
    check: () => {
      throw error;
    },
  };
}

async function checksOf(channel: string, paths: StatePaths): Promise<readonly AuditCheck[]> {
  const registry = createRegistry();
  try {
    const plugin = await importPlugin(`@portcullis/channels-${channel}`, paths);
    if (plugin === undefined) return [];
    registerPlugin(plugin, registry);
    return [...registry.auditChecks.values()];
  } catch (error) {
    return [broken(channel, error)];
  }
}

/** Checks of the channels that a config asks for and that are installed. Never rejects. */
export async function offeredChecks(
  config: LoadedConfig,
  paths: StatePaths,
): Promise<readonly AuditCheck[]> {
  const found = await Promise.all(
    wantedChannels(config).map((channel) => checksOf(channel, paths)),
  );
  return found.flat();
}
