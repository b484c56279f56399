/**
 * Finds out who answers a command: the running gateway, or this process itself.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { PortcullisError, Secret, silentLogger } from '@portcullis/core';
import {
  type LoadedConfig,
  type StatePaths,
  createSecrets,
  loadConfig,
} from '@portcullis/gateway/config';
import { lockHolder } from '@portcullis/store-sqlite';

import type { CommandContext, GatewayWords } from '../context.ts';
import {
  DeviceIdentity,
  type GatewayAddress,
  gatewaySecrets,
  isLoopback,
  openConfig,
  pageUrl,
  readAddress,
} from '@portcullis/gateway/local';
import type { Operator } from './operator.ts';
import { credentialsOfFiles } from './credentials.ts';
import { type RemoteTarget, configuredTarget, isRemote, namedTarget } from './remote.ts';
import type { WireTarget } from './wire-operator.ts';

/** How long a gateway may take from opening its state to listening. */
const STARTING_MS = 3000;

/** How to find the gateway. */
export interface OperatorOptions {
  /** Fail with `gateway.not_running` instead of opening the state. Default false. */
  readonly live?: boolean;
  /** Load the packages of the config where this process answers itself. Default false. */
  readonly packages?: boolean;
}

/**
 * Opens a way to call gateway methods.
 *
 * Throws `gateway.not_running`, `gateway.unreachable`, `gateway.refused`, `gateway.certificate`,
 * `gateway.remote_incomplete`, `gateway.remote_insecure`, `gateway.ssh_target`, `gateway.ssh_failed`,
 * `device.identity`, `usage.secret_file`, `config.*`, `store.*`.
 */
export async function openOperator(
  context: CommandContext,
  options: OperatorOptions = {},
): Promise<Operator> {
  const { paths, version, gateway = { here: false } } = context;
  const elsewhere = gateway.here ? undefined : remoteOf(context, gateway);
  if (elsewhere !== undefined) return await connectElsewhere(context, elsewhere);
  const address = await runningAddress(paths);
  if (address !== undefined) {
    const { connectOperator } = await import('./wire-operator.ts');
    const own = gateway.here ? {} : credentialsOfFiles(gateway);
    return await connectOperator({
      url: pageUrl(address).replace(/^http/u, 'ws'),
      fingerprint: address.tls,
      version,
      ...((own.token ?? own.password) ? own : credentialsFor(context, address)),
    });
  }
  if (options.live === true) {
    throw new PortcullisError('gateway.not_running', 'No gateway is running here.', {
      hint: 'Start it with: openclaw gateway run',
    });
  }
  const { openLocalOperator } = await import('./local-operator.ts');
  return await openLocalOperator(context, silentLogger, options);
}

/** The gateway elsewhere that a call is for; undefined where it is for the one of this machine. */
function remoteOf(context: CommandContext, words: GatewayWords): RemoteTarget | undefined {
  const { env, paths } = context;
  const named = namedTarget(words, env);
  if (named !== undefined) return named;
  const config = readable(context);
  if (config === undefined || !isRemote(config)) return undefined;
  const secrets = createSecrets(config, config.env, paths);
  return configuredTarget(config, secrets, words, env);
}

/**
 * The config, with whatever mistakes. One that cannot be read at all names no gateway elsewhere: one
 * that runs here can still be asked, and nothing else reads on.
 */
function readable({ env, paths }: CommandContext): LoadedConfig | undefined {
  try {
    return loadConfig({ env, paths, invalid: 'report' });
  } catch (error) {
    if (PortcullisError.is(error) && error.code.startsWith('config.')) return undefined;
    throw error;
  }
}

async function connectElsewhere(
  { env, paths, version }: CommandContext,
  { route, isElsewhere, ...target }: RemoteTarget,
): Promise<Operator> {
  const [{ connectOperator }, { openTunnel }] = await Promise.all([
    import('./wire-operator.ts'),
    import('./ssh-tunnel.ts'),
  ]);
  return await connectOperator({
    ...target,
    version,
    elsewhere: route === undefined ? target.url : `${target.url} through SSH to ${route.login}`,
    ...(isElsewhere && { device: DeviceIdentity.open(paths.stateDir, 'operator') }),
    ...(route !== undefined && { tunnel: openTunnel(route, env) }),
  });
}

/**
 * The key the gateway left for commands of this machine; else the secret everybody shows. A gateway
 * that is reached over an address others have too takes no key.
 */
function credentialsFor(
  context: CommandContext,
  address: GatewayAddress,
): Pick<WireTarget, 'token' | 'password'> {
  const { key } = address;
  if (key !== undefined && isLoopback(address)) {
    return { token: new Secret(key, 'state/address.json') };
  }
  const { secrets } = openConfig(context);
  const { token, password } = gatewaySecrets(secrets, context.paths, false);
  return {
    ...(token === undefined ? {} : { token }),
    ...(password === undefined ? {} : { password }),
  };
}

/** Where the running gateway listens; waits a moment for one that is just starting. */
export async function runningAddress(paths: StatePaths): Promise<GatewayAddress | undefined> {
  if (!existsSync(paths.stateDbDir)) return undefined;
  const deadline = performance.now() + STARTING_MS;
  while (lockHolder(paths.stateDbDir) !== undefined) {
    const address = readAddress(paths);
    if (address !== undefined || performance.now() > deadline) return address;
    await sleep(50);
  }
  return undefined;
}
