/**
 * Finds out who answers a command: the running gateway, or this process itself.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { PortcullisError, Secret, silentLogger } from '@portcullis/core';
import type { StatePaths } from '@portcullis/gateway/config';
import { lockHolder } from '@portcullis/store-sqlite';

import type { CommandContext } from '../context.ts';
import {
  type GatewayAddress,
  gatewaySecrets,
  isLoopback,
  openConfig,
  pageUrl,
  readAddress,
} from '@portcullis/gateway/local';
import type { Operator } from './operator.ts';
import { remoteTarget } from './remote.ts';
import type { WireTarget } from './wire-operator.ts';

/** How long a gateway may take from opening its state to listening. */
const STARTING_MS = 3000;

/** How to find the gateway. */
export interface OperatorOptions {
  /** Fail with `gateway.not_running` instead of opening the state. Default false. */
  readonly live?: boolean;
  /** Ask no gateway of another machine, whatever `gateway.mode` says. Default false. */
  readonly here?: boolean;
}

/**
 * Opens a way to call gateway methods.
 *
 * Throws `gateway.not_running`, `gateway.unreachable`, `gateway.refused`, `gateway.certificate`,
 * `gateway.remote_incomplete`, `gateway.remote_insecure`, `config.*`, `store.*`.
 */
export async function openOperator(
  context: CommandContext,
  options: OperatorOptions = {},
): Promise<Operator> {
  const { paths, version } = context;
  const address = await runningAddress(paths);
  if (address !== undefined) {
    const { connectOperator } = await import('./wire-operator.ts');
    return await connectOperator({
      url: pageUrl(address).replace(/^http/u, 'ws'),
      fingerprint: address.tls,
      version,
      ...credentialsFor(context, address),
    });
  }
  const { config, secrets } = openConfig(context);
  const remote = options.here === true ? undefined : remoteTarget(config, secrets);
  if (remote !== undefined) {
    const { connectOperator } = await import('./wire-operator.ts');
    return await connectOperator({ ...remote, version });
  }
  if (options.live === true) {
    throw new PortcullisError('gateway.not_running', 'No gateway is running here.', {
      hint: 'Start it with: openclaw gateway run',
    });
  }
  const { openLocalOperator } = await import('./local-operator.ts');
  return await openLocalOperator(context, silentLogger);
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
