/**
 * The audit checks of the packages a config names. Loads those packages and no others, those of
 * others only where they are allowed and unchanged, and starts nothing of them.
 *
 * @module
 */
import { type AuditCheck, createRegistry, registerPlugin, silentLogger } from '@portcullis/core';
import type { LoadedConfig, StatePaths } from '@portcullis/gateway/config';

import { choiceOf } from '../plugins/choice.ts';
import { importPlugin, ownChannels } from './packages.ts';

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

/** Those of plugins of others, loaded as a gateway would, and what there is to say about them. */
async function otherChecks(
  config: LoadedConfig,
  paths: StatePaths,
): Promise<readonly AuditCheck[]> {
  const { allowed, named } = choiceOf(config);
  if (allowed.length === 0 && named.length === 0) return [];
  const { OtherPlugins } = await import('../plugins/others.ts');
  const registry = createRegistry();
  const others = new OtherPlugins(paths, registry);
  await others.load(config, silentLogger);
  return [...others.checks, ...registry.auditChecks.values()];
}

/** Checks of what a config asks for and that is installed. Never rejects. */
export async function offeredChecks(
  config: LoadedConfig,
  paths: StatePaths,
): Promise<readonly AuditCheck[]> {
  const found = await Promise.all(
    ownChannels(config, paths).map((channel) => checksOf(channel, paths)),
  );
  return [...found.flat(), ...(await otherChecks(config, paths))];
}
