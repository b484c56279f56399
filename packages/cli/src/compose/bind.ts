/**
 * Turns the configured bind into the address to listen on, and asks policy whether it may.
 *
 * @module
 */
import { networkInterfaces } from 'node:os';

import { PortcullisError } from '@portcullis/core';
import { type ConfigObject, type LoadedConfig, getPath } from '@portcullis/gateway/config';
import { type StartValue, decideStart } from '@portcullis/policy/exposure';

const DEFAULT_PORT = 18_789;

/** Where a gateway may listen, and what policy warns of. */
export interface Bind extends StartValue {
  readonly warnings: readonly string[];
}

/**
 * Decides the address.
 *
 * Throws `gateway.start_refused` naming policy's code, path and reason.
 */
export function decideBind(config: ConfigObject): Bind {
  const bindHost = hostOf(config);
  const decision = decideStart(config, bindHost === undefined ? {} : { bindHost });
  if (decision.effect !== 'allow' || !isStartValue(decision.value)) {
    throw new PortcullisError(
      'gateway.start_refused',
      `The gateway will not start: ${decision.reason}`,
      {
        hint: `Change ${decision.path} and start again (${decision.code}).`,
        details: { code: decision.code, path: decision.path },
      },
    );
  }
  return { ...decision.value, warnings: decision.warnings ?? [] };
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

function hostOf(config: ConfigObject): string | undefined {
  const custom = getPath(config, 'gateway.customBindHost');
  switch (getPath(config, 'gateway.bind')) {
    case 'lan':
    case '0.0.0.0':
    case '::':
      return '0.0.0.0';
    case 'custom':
      return typeof custom === 'string' ? custom : undefined;
    case 'tailnet':
      return tailnetAddress() ?? '127.0.0.1';
    default:
      return '127.0.0.1';
  }
}

/** This machine's address in 100.64.0.0/10, where Tailscale gives out its own. */
function tailnetAddress(): string | undefined {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { family, address } of addresses ?? []) {
      const [first, second = 0] = address.split('.').map(Number);
      if (family === 'IPv4' && first === 100 && second >= 64 && second < 128) return address;
    }
  }
  return undefined;
}

function isStartValue(value: unknown): value is StartValue {
  return (
    typeof value === 'object' &&
    value !== null &&
    'bindHost' in value &&
    typeof value.bindHost === 'string'
  );
}
