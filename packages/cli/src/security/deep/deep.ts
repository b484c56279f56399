/**
 * What an audit finds by trying: the running gateway, the sandbox, the browser, the code of plugins.
 *
 * @module
 */
import type { LiveSecrets, LoadedConfig } from '@portcullis/gateway/config';
import type { AuditFacts, PluginCodeFact, PluginFact, Trial } from '@portcullis/policy/audit';

import type { CommandContext } from '../../context.ts';
import { why } from './door.ts';
import { findGateway } from './find-gateway.ts';
import { findBrowser, findSandbox } from './machine.ts';
import { installedPackages, readPluginCode } from './plugin-code.ts';
import { tryGateway } from './trials.ts';

/** The running gateway, as reports have it. */
export interface GatewayReport {
  readonly attempted: true;
  readonly url: string;
  /** It was reached and let the operator in. */
  readonly ok: boolean;
  readonly error: string | null;
  readonly close: { readonly code: number; readonly reason: string } | null;
  readonly trials: readonly Trial[];
}

/** What was tried, as reports have it. */
export interface DeepReport {
  readonly gateway: GatewayReport;
  readonly sandbox: { readonly available: boolean; readonly why?: string };
  readonly browser: { readonly executable: string | null };
  readonly plugins: readonly PluginCodeFact[];
}

/** What was tried, and what an audit is told of it. */
export interface DeepResult {
  readonly report: DeepReport;
  readonly facts: Pick<AuditFacts, 'probe' | 'pluginCode' | 'browser' | 'sandboxAvailable'>;
}

/** What trying needs. */
export interface DeepGround {
  readonly context: CommandContext;
  readonly config: LoadedConfig;
  readonly secrets: LiveSecrets;
  /** Plugins that lie in the state directory. */
  readonly plugins: readonly PluginFact[];
  /** Milliseconds for all of it. */
  readonly timeoutMs: number;
}

interface Probed {
  readonly gateway: GatewayReport;
  readonly probe: NonNullable<AuditFacts['probe']>;
}

function failed(url: string, error: string, secretMissing?: boolean): Probed {
  const close = { code: 1006, reason: '' };
  return {
    gateway: { attempted: true, url, ok: false, error, close, trials: [] },
    probe: { ok: false, error, ...(secretMissing === true && { secretMissing }) },
  };
}

async function probeGateway(ground: DeepGround, signal: AbortSignal): Promise<Probed> {
  let url = '';
  try {
    const found = await findGateway({ ...ground, signal });
    ({ url } = found);
    if (found.ground === undefined) return failed(url, found.error, found.secretMissing);
    const { owner, trials } = await tryGateway(found.ground);
    const ok = owner.kind === 'in';
    const error = ok ? null : told(owner);
    const close = owner.kind === 'nothing' ? owner.close : null;
    return {
      gateway: { attempted: true, url, ok, error, close, trials },
      probe: { ok, trials, ...(error !== null && { error }) },
    };
  } catch (error) {
    return failed(url, why(error));
  }
}

function told(owner: Awaited<ReturnType<typeof tryGateway>>['owner']): string {
  if (owner.kind === 'refused') return `it refused with ${owner.code}`;
  if (owner.kind === 'turned_away') return `it answered ${String(owner.status)}`;
  return owner.kind === 'nothing' ? owner.why : '';
}

async function readPlugins(
  { context, plugins }: DeepGround,
  signal: AbortSignal,
): Promise<readonly PluginCodeFact[]> {
  const all = [...plugins, ...(await installedPackages(context.paths))];
  const read: PluginCodeFact[] = [];
  for (const plugin of all) read.push(await readPluginCode(plugin, signal));
  return read;
}

/** Tries everything at once, and ends when the time is over at the latest. Changes nothing. */
export async function tryDeep(ground: DeepGround): Promise<DeepResult> {
  const { context, config, timeoutMs } = ground;
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)]);
  const [{ gateway, probe }, sandbox, browser, pluginCode] = await Promise.all([
    probeGateway(ground, signal),
    findSandbox(config, signal),
    findBrowser(config),
    readPlugins(ground, signal),
  ]);
  context.signal.throwIfAborted();
  return {
    report: {
      gateway,
      sandbox,
      browser: { executable: browser.executable ?? null },
      plugins: pluginCode,
    },
    facts: { probe, pluginCode, browser, sandboxAvailable: sandbox.available },
  };
}
