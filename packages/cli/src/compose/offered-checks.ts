/**
 * The audit checks of the packages a config names. Loads those packages and no others, and starts
 * nothing of them.
 *
 * @module
 */
import { pathToFileURL } from 'node:url';

import { type AuditCheck, createRegistry, registerPlugin } from '@portcullis/core';
import type { LoadedConfig, StatePaths } from '@portcullis/gateway/config';

import { hasPlugin, locate, noPlugin, wantedChannels } from './packages.ts';

/** A package whose checks cannot be had is a finding, as a check that fails is. */
function broken(id: string, error: unknown): AuditCheck {
  return {
    id: `${id}.load`,
    check: () => {
      throw error;
    },
  };
}

async function checksOf(id: string, file: string): Promise<readonly AuditCheck[]> {
  const registry = createRegistry();
  try {
    const loaded: unknown = await import(pathToFileURL(file).href);
    if (!hasPlugin(loaded)) throw noPlugin(id);
    registerPlugin(loaded.default, registry);
    return [...registry.auditChecks.values()];
  } catch (error) {
    return [broken(id, error)];
  }
}

/** Checks of the channels that a config asks for and that are installed. Never rejects. */
export async function offeredChecks(
  config: LoadedConfig,
  paths: StatePaths,
): Promise<readonly AuditCheck[]> {
  const found = await Promise.all(
    wantedChannels(config).map((channel) => {
      const file = locate(`@portcullis/channels-${channel}`, paths);
      return file === undefined ? [] : checksOf(channel, file);
    }),
  );
  return found.flat();
}
