/**
 * Turns the configured bind into the address to listen on, and asks policy whether it may.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type ConfigObject, type LoadedConfig, getPath } from '../config/index.ts';
import { type StartValue, decideStart } from '@portcullis/policy/exposure';

import { adviceFor, warningFor } from './advice.ts';
import type { Machine } from './machine.ts';

const DEFAULT_PORT = 18_789;

/** Where a gateway may listen, and what the person who starts it should know. */
export interface Bind extends StartValue {
  /** Sentences. */
  readonly warnings: readonly string[];
}

/**
 * Decides the address.
 *
 * Throws `gateway.start_refused` naming policy's code, the key and what to change.
 */
export function decideBind(config: ConfigObject, machine: Machine): Bind {
  const bindHost = hostOf(config, machine);
  const decision = decideStart(config, bindHost === undefined ? {} : { bindHost });
  if (decision.effect !== 'allow' || !isStartValue(decision.value)) {
    const { code, path, reason } = decision;
    throw new PortcullisError('gateway.start_refused', `The gateway will not start: ${reason}`, {
      hint: `${adviceFor(code, path)} (${path}: ${code})`,
      details: { code, path },
    });
  }
  const isLost =
    getPath(config, 'gateway.bind') === 'tailnet' && machine.tailnetAddress === undefined;
  return {
    ...decision.value,
    warnings: [
      ...(isLost ? ['This machine has no tailnet address: only it can connect.'] : []),
      ...(decision.warnings ?? []).map(warningFor),
    ],
  };
}

/** The port: `--port`, then `OPENCLAW_GATEWAY_PORT`, then `gateway.port`, then 18789. */
export function decidePort(config: LoadedConfig, chosen: number | undefined): number {
  if (chosen !== undefined) return chosen;
  const variable = config.env['OPENCLAW_GATEWAY_PORT'];
  if (variable !== undefined && variable !== '') {
    const port = Number(variable);
    if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
    throw new PortcullisError('gateway.port_invalid', 'OPENCLAW_GATEWAY_PORT is not a port.', {
      hint: 'Set it to a whole number from 1 to 65535.',
    });
  }
  const port = getPath(config.value, 'gateway.port');
  return typeof port === 'number' ? port : DEFAULT_PORT;
}

/**
 * The address of a bind mode. Policy would open an unset bind in a container; here only a written
 * `auto` does, since a file that engines leave in images is too little to open a door for.
 */
function hostOf(config: ConfigObject, machine: Machine): string | undefined {
  const custom = getPath(config, 'gateway.customBindHost');
  switch (getPath(config, 'gateway.bind')) {
    case 'lan':
    case '0.0.0.0':
      return '0.0.0.0';
    case '::':
      return '::';
    case '::1':
      return '::1';
    case 'auto':
      return machine.container ? '0.0.0.0' : '127.0.0.1';
    case 'custom':
      return typeof custom === 'string' ? custom : undefined;
    case 'tailnet':
      return machine.tailnetAddress ?? '127.0.0.1';
    default:
      return '127.0.0.1';
  }
}

function isStartValue(value: unknown): value is StartValue {
  return (
    typeof value === 'object' &&
    value !== null &&
    'bindHost' in value &&
    typeof value.bindHost === 'string'
  );
}
