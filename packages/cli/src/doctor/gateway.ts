/**
 * Checks of the gateway that runs or would.
 *
 * @module
 */
import { existsSync } from 'node:fs';

import { PortcullisError } from '@portcullis/core';
import { getPath } from '@portcullis/gateway/config';
import { type Bind, decideBind, decidePort, pageUrl, thisMachine } from '@portcullis/gateway/local';

import { type Check, type Found, fail, pass, skip, warn } from './check.ts';
import { sentence } from './config.ts';
import type { Subject } from './subject.ts';

function isRemote({ config }: Subject): boolean {
  return getPath(config.value, 'gateway.mode') === 'remote';
}

function running(subject: Subject): readonly Found[] {
  const { owner, address } = subject;
  if (isRemote(subject)) return [];
  if (owner === undefined) return [pass('No gateway runs here.')];
  const who = owner.pid === undefined ? 'a process' : `process ${owner.pid}`;
  return [
    address === undefined
      ? pass(`A command has the state open (${who}).`)
      : pass(`A gateway runs: ${who}, ${pageUrl(address)}`),
  ];
}

/** The address a start would listen on; loopback where the config does not let one start. */
function hostOf({ config }: Subject): string {
  try {
    const bind: Bind = decideBind(config.value, thisMachine());
    return bind.bindHost;
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    return '127.0.0.1';
  }
}

async function port(subject: Subject): Promise<readonly Found[]> {
  const { config, machine, owner, address } = subject;
  if (isRemote(subject)) return [];
  let number: number;
  try {
    number = decidePort(config, undefined);
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    return [fail(sentence(error.message), error.hint ?? 'Set OPENCLAW_GATEWAY_PORT.')];
  }
  if (owner !== undefined && address?.port === number) {
    return [pass(`Port ${number} is this gateway's.`)];
  }
  const host = hostOf(subject);
  const use = await machine.portUse(host, number);
  if (use.kind === 'free') return [pass(`Port ${number} is free.`)];
  if (use.kind === 'refused') {
    if (use.code === 'EADDRNOTAVAIL' || use.code === 'EAFNOSUPPORT') {
      return [
        fail(
          `${host} is no address of this machine.`,
          'openclaw config set gateway.bind loopback',
          {
            path: 'gateway.bind',
          },
        ),
      ];
    }
    if (use.code === 'EACCES') {
      return [
        fail(
          `Port ${number} is not this user's to listen on.`,
          'openclaw config set gateway.port 18789',
          {
            path: 'gateway.port',
          },
        ),
      ];
    }
    return [skip(`Whether port ${number} is free cannot be told (${use.code}).`)];
  }
  const who =
    use.pid === undefined ? 'somebody else' : `process ${use.pid} (${use.name ?? 'unknown'})`;
  const says = `Port ${number} is taken by ${who}.`;
  const remedy = 'Stop that program, or: openclaw config set gateway.port <port>';
  // A gateway that runs already was given another port; only the next start meets this.
  return [(owner === undefined ? fail : warn)(says, remedy, { path: 'gateway.port' })];
}

/** The service, where one was installed. Nobody is asked about one that was not. */
async function service(subject: Subject): Promise<readonly Found[]> {
  const { context, findManager } = subject;
  const path = await definitionOf(subject);
  if (path === undefined || !existsSync(path)) return [];
  const { serviceFacts } = await import('../service/facts.ts');
  const { label = '', runtime, enabled, drift } = await serviceFacts(context, findManager);
  const at = { path };
  if (runtime.status === 'unknown') return [skip(`${label} was not looked at: ${runtime.detail}`)];
  const state = `${label} is ${runtime.detail}`;
  return [
    runtime.status === 'running'
      ? pass(`${state}.`, at)
      : warn(`${state}.`, 'openclaw gateway start; what it said: openclaw logs', at),
    ...(enabled
      ? []
      : [warn(`${label} does not start by itself.`, 'openclaw gateway install', at)]),
    ...(drift
      ? [warn(`${label} is not what an install writes now.`, 'openclaw gateway install', at)]
      : []),
  ];
}

/** Where the definition of the service would be; undefined where nobody looks after services. */
async function definitionOf({ context, findManager }: Subject): Promise<string | undefined> {
  try {
    return (await findManager(context)).path;
  } catch (error) {
    if (PortcullisError.is(error)) return undefined;
    throw error;
  }
}

/** Checks of the gateway that runs or would. */
export const gatewayChecks: readonly Check[] = [
  { id: 'gateway.running', group: 'gateway', about: 'Whether a gateway runs.', look: running },
  {
    id: 'gateway.port',
    group: 'gateway',
    about: 'That its port is free, or is this gateway’s.',
    look: port,
  },
  {
    id: 'gateway.service',
    group: 'gateway',
    about: 'That the service runs and is as an install writes it, where one was installed.',
    look: service,
  },
];
