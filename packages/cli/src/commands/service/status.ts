/**
 * `openclaw gateway status`: what the service manager says of the service, and whether a gateway
 * answers.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { loadConfig } from '@portcullis/gateway/config';
import { pageUrl, readAddress } from '@portcullis/gateway/local';

import type { CommandHandler, Invocation } from '../../command.ts';
import { defineService } from '../../service/definition.ts';
import type { ServiceManager, ServiceState } from '../../service/supervisor.ts';
import { styled } from '../../terminal/style.ts';
import { withOperator } from '../operator-session.ts';
import { readText } from './install.ts';

interface ServiceFacts {
  /** Undefined where nobody looks after services. */
  readonly label: string | undefined;
  readonly path?: string;
  readonly installed: boolean;
  readonly runtime: Pick<ServiceState, 'status' | 'detail' | 'pid'>;
  readonly loaded: boolean;
  readonly enabled: boolean;
  /** True where an install would write something else than is there. */
  readonly drift: boolean;
}

interface Probe {
  readonly ok: boolean;
  readonly url?: string;
  readonly durationMs?: number;
  readonly error?: string;
  readonly code?: string;
}

/** `openclaw gateway status`. */
export const showService: CommandHandler = async (invocation) => {
  const { context, input, out, json } = invocation;
  const service = await serviceFacts(invocation);
  const rpc = input.flag('no-probe') ? undefined : await probe(invocation);
  if (json) {
    const { configPath } = context.paths;
    out.json({
      ok: true,
      cli: { version: context.version, entrypoint: context.program ?? process.argv[1] },
      service,
      config: { cli: configFacts(context, configPath) },
      ...(rpc === undefined ? {} : { rpc }),
    });
  } else {
    printService(invocation, service);
    if (rpc !== undefined) printProbe(invocation, rpc, service);
  }
  return input.flag('require-rpc') && rpc?.ok !== true ? 1 : 0;
};

async function serviceFacts({ context, doors }: Invocation): Promise<ServiceFacts> {
  let manager: ServiceManager;
  try {
    manager = await doors.findManager(context);
  } catch (error) {
    return unknown(undefined, undefined, error);
  }
  const { label, path } = manager;
  const text = readText(path);
  try {
    const { loaded, enabled, ...runtime } = await manager.state();
    const drift = text !== undefined && !isAsWritten(text, manager, context);
    return { label, path, installed: text !== undefined, runtime, loaded, enabled, drift };
  } catch (error) {
    return { ...unknown(label, path, error), installed: text !== undefined };
  }
}

function unknown(
  label: string | undefined,
  path: string | undefined,
  error: unknown,
): ServiceFacts {
  if (!PortcullisError.is(error)) throw error;
  return {
    label,
    ...(path === undefined ? {} : { path }),
    installed: false,
    loaded: false,
    enabled: false,
    drift: false,
    runtime: { status: 'unknown', detail: error.message },
  };
}

/** Compares without the port, which only the one who installed it knows. */
function isAsWritten(
  text: string,
  manager: ServiceManager,
  context: Invocation['context'],
): boolean {
  const port = /"--port" "(\d+)"|<string>--port<\/string>\s*<string>(\d+)<\/string>/u.exec(text);
  const number = port?.[1] ?? port?.[2];
  try {
    const config = loadConfig({ env: context.env, paths: context.paths, invalid: 'report' });
    const definition = defineService(
      context,
      config,
      number === undefined ? undefined : Number(number),
    );
    return manager.write(definition) === text;
  } catch (error) {
    if (PortcullisError.is(error)) return true;
    throw error;
  }
}

function configFacts({ env, paths }: Invocation['context'], path: string) {
  try {
    const { exists, issues } = loadConfig({ env, paths, invalid: 'report' });
    return { path, exists, valid: issues.length === 0 };
  } catch (error) {
    if (PortcullisError.is(error)) return { path, exists: true, valid: false };
    throw error;
  }
}

async function probe(invocation: Invocation): Promise<Probe> {
  const address = readAddress(invocation.context.paths);
  try {
    const url = address === undefined ? {} : { url: pageUrl(address) };
    const health = await withOperator(invocation, ({ ask }) => ask('health', {}), { live: true });
    return { ok: true, ...url, durationMs: health.durationMs };
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    return { ok: false, error: error.message, code: error.code };
  }
}

function printService({ out }: Invocation, service: ServiceFacts): void {
  const { label, path, installed, runtime, enabled, drift } = service;
  if (label === undefined) {
    out.line(styled('dim', 'Service'), `   ${runtime.detail}`);
    return;
  }
  const isOn = runtime.status === 'running';
  const pid = runtime.pid === undefined ? '' : `, process ${String(runtime.pid)}`;
  out.line(styled(isOn ? 'green' : 'yellow', 'Service'), `   ${label}: ${runtime.detail}${pid}`);
  if (!installed) {
    out.line('          not installed: openclaw gateway install');
    return;
  }
  out.line(`File      ${path ?? ''}`);
  out.line(`Starts    ${enabled ? 'with your session' : 'only when it is asked to'}`);
  if (drift) {
    out.warn(
      'It was installed with other settings than it would have now: openclaw gateway install --force',
    );
  }
}

function printProbe({ out }: Invocation, rpc: Probe, { runtime }: ServiceFacts): void {
  if (rpc.ok) {
    out.line(
      styled('green', 'Gateway'),
      `   answers${rpc.url === undefined ? '' : ` at ${rpc.url}`}`,
    );
    if (runtime.status === 'stopped') out.line('          It is not the service that runs it.');
    return;
  }
  out.line(styled('yellow', 'Gateway'), `   ${rpc.error ?? 'does not answer'} [${rpc.code ?? ''}]`);
  if (runtime.status === 'running') out.line('          Why: openclaw logs');
}
