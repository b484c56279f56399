/**
 * Starts the gateway of a state directory: the one place where every package meets.
 *
 * @module
 */
import { type CreateGatewayOptions, type RunningGateway, createGateway } from '@portcullis/gateway';
import { ConfiguredModels } from '@portcullis/models';
import { openSqliteStore } from '@portcullis/store-sqlite';

import type { CommandContext } from '../context.ts';
import { Packages, installHint } from './packages.ts';
import { pageDirectory } from './page.ts';
import { openTelemetry } from './telemetry.ts';

/** How to run. */
export type RunOptions = Pick<CreateGatewayOptions, 'port' | 'onStep' | 'onLog' | 'machine'>;

/** A gateway that was started, for the person who did. */
export type StartedGateway = Pick<RunningGateway, 'url' | 'report' | 'stop' | 'ended'>;

/**
 * Starts a gateway with the packages that are installed. With an empty home it writes the first
 * config.
 *
 * Throws as `createGateway`.
 */
export async function runGateway(
  { paths, env, version }: CommandContext,
  options: RunOptions = {},
): Promise<RunningGateway> {
  return await createGateway({
    ...options,
    paths,
    env,
    version,
    openStore: openSqliteStore,
    plugins: new Packages(paths),
    models: (parts) => new ConfiguredModels(parts),
    installHint: (channel) => installHint(channel, paths),
    companion: ({ config, secrets, log }) =>
      openTelemetry({ paths, version }, config, secrets, log),
    controlUi: (config) => pageDirectory(config, paths),
  });
}
