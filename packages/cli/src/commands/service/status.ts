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
import { type ServiceFacts, serviceFacts } from '../../service/facts.ts';
import { styled } from '../../terminal/style.ts';
import { withOperator } from '../operator-session.ts';

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
  const service = await serviceFacts(context, (of) => invocation.doors.findManager(of));
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
