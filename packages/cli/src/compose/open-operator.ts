/**
 * Finds out who answers a command: the running gateway, or this process itself.
 *
 * @module
 */
import { existsSync } from 'node:fs';

import { PortcullisError, silentLogger } from '@portcullis/core';
import { lockHolder } from '@portcullis/store-sqlite';

import type { CommandContext } from '../context.ts';
import { dialable, readAddress } from './address.ts';
import { gatewaySecrets } from './gateway-token.ts';
import type { Operator } from './operator.ts';
import { openConfig } from './state.ts';

/** How to find the gateway. */
export interface OperatorOptions {
  /** Fail with `gateway.not_running` instead of opening the state. Default false. */
  readonly live?: boolean;
}

/**
 * Opens a way to call gateway methods.
 *
 * Throws `gateway.not_running`, `gateway.unreachable`, `gateway.refused`, `config.*`, `store.*`.
 */
export async function openOperator(context: CommandContext, options: OperatorOptions = {}): Promise<Operator> {
  const { paths, version } = context;
  const holder = existsSync(paths.stateDbDir) ? lockHolder(paths.stateDbDir) : undefined;
  const address = holder === undefined ? undefined : readAddress(paths);
  if (address !== undefined) {
    const { secrets } = openConfig(context);
    const { token, password } = gatewaySecrets(secrets, paths, false);
    const { connectOperator } = await import('./wire-operator.ts');
    return await connectOperator({
      address: dialable(address),
      version,
      ...(token === undefined ? {} : { token }),
      ...(password === undefined ? {} : { password }),
    });
  }
  if (options.live === true) {
    throw new PortcullisError('gateway.not_running', 'No gateway is running here.', {
      hint: 'Start it with: openclaw gateway run',
    });
  }
  const { openLocalOperator } = await import('./local-operator.ts');
  return await openLocalOperator(context, silentLogger);
}
