/**
 * What a start found, for the person who started it.
 *
 * @module
 */
import type { SandboxReport } from '../brokers/proc/readiness.ts';
import type { ExposureReport } from '../exposure/exposure.ts';
import type { GatewayStart } from '../gateway.ts';
import type { Bind } from '../local/bind.ts';
import type { GatewaySecrets } from '../local/gateway-token.ts';
import type { ChannelReport, ModelReport } from '../services.ts';

/** What a start found, for the person who started it. */
export interface StartReport {
  readonly configPath: string;
  /** True when this start wrote the first config. */
  readonly firstStart: boolean;
  readonly bindHost: string;
  readonly port: number;
  readonly exposed: boolean;
  /** How it is reached beside its port. */
  readonly exposure: ExposureReport;
  readonly authMode: string;
  readonly channels: readonly ChannelReport[];
  readonly models: ModelReport;
  /** Names of the tools that are loaded; policy decides who may use which. */
  readonly tools: readonly string[];
  /** Where commands run. */
  readonly sandbox: SandboxReport;
  /** Whether the chat page is served. */
  readonly page: boolean;
  /** Sentences, most important first. */
  readonly warnings: readonly string[];
  /** Messages an earlier process had accepted and not finished. */
  readonly resumed: number;
}

/** Openings that a warning names at most. */
const MOST_NAMED = 5;

/** What an address and its secret are warned of. */
export function startWarnings(bind: Bind, { standInFile }: GatewaySecrets): readonly string[] {
  if (standInFile === undefined) return bind.warnings;
  return [
    `gateway.auth.token is a published placeholder and lets nobody in. A random token counts instead: ${standInFile}`,
    ...bind.warnings,
  ];
}

/** What an edit is warned of that nobody said yes to but by starting. */
export function editWarnings(edited: GatewayStart['edited']): readonly string[] {
  if (edited === undefined) return [];
  const opens = edited.opens.slice(0, MOST_NAMED).map(({ key, what }) => `${key} (${what})`);
  return [
    `The config file was edited while no gateway went by it, and this start accepts it. It opens ${opens.join('; ')}. "openclaw config history" shows all of it.`,
  ];
}

/** What was critical before this start, and was not mended by an audit since. */
export function auditWarnings(critical: GatewayStart['critical']): readonly string[] {
  if (critical.length === 0) return [];
  const named = critical.slice(0, MOST_NAMED).map(({ checkId }) => checkId);
  const more =
    critical.length > MOST_NAMED ? ` and ${String(critical.length - MOST_NAMED)} more` : '';
  return [
    `The last audit found what is critical: ${named.join(', ')}${more}. "openclaw security audit" shows what is left of it.`,
  ];
}

/** What a sandbox that is not there is warned of. */
export function sandboxWarnings({ modes, available, why }: SandboxReport): readonly string[] {
  if (available !== false) return [];
  const agents = Object.keys(modes).join(', ');
  return [
    `The sandbox is asked for and not there: ${why ?? 'unknown'}. Commands of ${agents} are refused; install bubblewrap and allow user namespaces.`,
  ];
}
