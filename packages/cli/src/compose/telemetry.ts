/**
 * Traces, where the config asks for them: the package that sends them is loaded then and only then.
 *
 * @module
 */
import type { Logger, Secret } from '@portcullis/core';
import type { Companion } from '@portcullis/gateway';
import {
  type LoadedConfig,
  type Secrets,
  getPath,
  isConfigObject,
} from '@portcullis/gateway/config';
import type { TelemetryOptions } from '@portcullis/telemetry-otel';

import type { CommandContext } from '../context.ts';
import { importPackage } from './packages.ts';

const PACKAGE = '@portcullis/telemetry-otel';
const SECTION = 'diagnostics.otel';

function headersOf(config: LoadedConfig, secrets: Secrets): Readonly<Record<string, Secret>> {
  const headers = getPath(config.value, `${SECTION}.headers`);
  if (!isConfigObject(headers)) return {};
  const found = Object.keys(headers).map(
    (name) => [name, secrets.resolve(`${SECTION}.headers.${name}`)] as const,
  );
  return Object.fromEntries(
    found.filter((each): each is [string, Secret] => each[1] !== undefined),
  );
}

function optionsOf(config: LoadedConfig, secrets: Secrets, version: string): TelemetryOptions {
  const text = (key: string): string | undefined => {
    const value = getPath(config.value, `${SECTION}.${key}`);
    return typeof value === 'string' ? value : undefined;
  };
  const number = (key: string): number | undefined => {
    const value = getPath(config.value, `${SECTION}.${key}`);
    return typeof value === 'number' ? value : undefined;
  };
  const [endpoint, tracesEndpoint, serviceName] = [
    text('endpoint'),
    text('tracesEndpoint'),
    text('serviceName'),
  ];
  const [sampleRate, flushIntervalMs] = [number('sampleRate'), number('flushIntervalMs')];
  return {
    serviceVersion: version,
    headers: headersOf(config, secrets),
    ...(endpoint !== undefined && { endpoint }),
    ...(tracesEndpoint !== undefined && { tracesEndpoint }),
    ...(serviceName !== undefined && { serviceName }),
    ...(sampleRate !== undefined && { sampleRate }),
    ...(flushIntervalMs !== undefined && { flushIntervalMs }),
  };
}

/**
 * Starts to send traces when `diagnostics.otel.enabled` is true.
 *
 * Throws `telemetry.endpoint`, `secret.*`.
 */
export async function openTelemetry(
  { paths, version }: Pick<CommandContext, 'paths' | 'version'>,
  config: LoadedConfig,
  secrets: Secrets,
  log: Logger,
): Promise<Companion> {
  const isOn = getPath(config.value, `${SECTION}.enabled`) === true;
  if (!isOn || getPath(config.value, `${SECTION}.traces`) === false) return { warnings: [] };
  const loaded = await importPackage<typeof import('@portcullis/telemetry-otel')>(PACKAGE, paths);
  if (loaded === undefined) {
    log.warn({ package: PACKAGE }, 'a configured package is not installed');
    const command = `npm install --ignore-scripts --prefix ${paths.pluginsDir} ${PACKAGE}`;
    return {
      warnings: [`Traces are asked for and not sent; install what sends them: ${command}`],
    };
  }
  const telemetry = loaded.startTelemetry(optionsOf(config, secrets, version));
  return { warnings: [], close: () => telemetry.close() };
}
