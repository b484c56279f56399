/**
 * `openclaw security audit`: what the config and this machine mean for who can do what.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  type LoadedConfig,
  createSecrets,
  getPath,
  loadConfig,
  redactConfig,
} from '@portcullis/gateway/config';
import { gatherFacts } from '@portcullis/gateway/posture';
import {
  type AuditFacts,
  type AuditReport,
  type Finding,
  SEVERITIES,
  audit,
  offeredFindings,
  worsened,
} from '@portcullis/policy/audit';

import type { CommandHandler, ExitCode, Invocation } from '../../command.ts';
import type { CommandContext } from '../../context.ts';
import type { DeepGround, DeepReport, DeepResult } from '../../security/deep/deep.ts';
import { sarifOf } from '../../security/sarif.ts';
import type { Output } from '../../terminal/output.ts';
import { type Style, styled } from '../../terminal/style.ts';
import type { Compared } from './baseline.ts';
import type { FixReport } from './fix.ts';

const STYLES: Readonly<Record<Finding['severity'], Style>> = {
  critical: 'red',
  warn: 'yellow',
  info: 'dim',
};

function printFinding(out: Output, { checkId, title, detail, remediation }: Finding): void {
  out.line(checkId, ' ', styled('bold', title));
  out.line('  ', detail);
  if (remediation !== undefined) out.line(styled('dim', '  Fix: '), remediation);
}

function printReport(out: Output, { summary, findings, suppressedFindings }: AuditReport): void {
  const { critical, warn, info } = summary;
  out.line(styled('bold', 'OpenClaw security audit'));
  out.line(`Summary: ${critical} critical · ${warn} warn · ${info} info`);
  if (suppressedFindings.length > 0) out.line(`Suppressed: ${suppressedFindings.length}`);
  for (const severity of SEVERITIES) {
    const block = findings.filter((found) => found.severity === severity);
    if (block.length === 0) continue;
    out.line();
    out.line(styled(STYLES[severity], severity.toUpperCase()));
    for (const found of block) printFinding(out, found);
  }
}

/** How long everything that is tried may take together, in milliseconds. */
const DEEP_MS = 15_000;

/** 1 where something is at least as bad as the user said it may not be. */
function exitCode(findings: readonly Finding[], failOn: string | undefined): ExitCode {
  if (failOn === undefined) return 0;
  const isBad = ({ severity }: Finding): boolean =>
    severity === 'critical' || (failOn === 'warn' && severity === 'warn');
  return findings.some(isBad) ? 1 : 0;
}

/** A report, and all that was done beside it. */
interface Told {
  readonly report: AuditReport;
  readonly secretDiagnostics: readonly string[];
  readonly fixed: FixReport | undefined;
  readonly savedAt: number | undefined;
  readonly compared: Compared | undefined;
  readonly tried: DeepReport | undefined;
}

function jsonOf({ report, secretDiagnostics, fixed, savedAt, compared, tried }: Told): object {
  const { summary, findings, suppressedFindings } = report;
  const baseline =
    compared === undefined
      ? savedAt === undefined
        ? undefined
        : { savedAt }
      : {
          savedAt: compared.savedAt,
          new: compared.appeared,
          gone: compared.gone,
          changed: compared.changed,
        };
  const told = {
    ts: Date.now(),
    summary,
    findings,
    ...(suppressedFindings.length > 0 && { suppressedFindings }),
    ...(tried !== undefined && { deep: tried }),
    ...(baseline !== undefined && { baseline }),
  };
  return fixed === undefined
    ? { ...told, secretDiagnostics }
    : { fix: fixed, report: told, secretDiagnostics };
}

async function print({ out }: Invocation, told: Told): Promise<void> {
  const { report, secretDiagnostics, savedAt, compared, tried } = told;
  if (compared === undefined) printReport(out, report);
  else (await import('./baseline.ts')).printCompared(out, compared, printFinding);
  if (tried !== undefined) printTried(out, tried);
  else if (compared === undefined) {
    out.line();
    out.line(styled('dim', 'Run deeper: openclaw security audit --deep'));
  }
  if (savedAt !== undefined) {
    out.line();
    out.line(
      'Kept as the baseline. What comes to be since: openclaw security audit --baseline compare',
    );
  }
  for (const diagnostic of secretDiagnostics) out.warn(diagnostic);
}

/** Closes what can be closed, and says so. */
async function fix(invocation: Invocation): Promise<FixReport | undefined> {
  const { input, json } = invocation;
  if (!input.flag('fix')) {
    if (!input.flag('dry-run')) return undefined;
    throw new PortcullisError('usage.missing', '--dry-run shows what --fix would change.', {
      hint: 'openclaw security audit --fix --dry-run',
    });
  }
  const { fixFindings, printFixed } = await import('./fix.ts');
  const fixed = await fixFindings(invocation);
  if (!json && !input.flag('sarif')) printFixed(invocation, fixed);
  return fixed;
}

/** What was tried and held: a reader should see that it was tried. */
function printTried(out: Output, { gateway, sandbox, plugins }: DeepReport): void {
  out.line();
  out.line(styled('bold', 'Tried'));
  for (const { name, outcome, what } of gateway.trials) {
    out.line('  ', outcome.padEnd(10), name.padEnd(20), what);
  }
  if (gateway.trials.length === 0) out.line('  gateway    ', gateway.error ?? 'not reached');
  out.line('  sandbox    ', sandbox.available ? 'works' : (sandbox.why ?? 'not there'));
  const files = plugins.reduce((sum, plugin) => sum + plugin.files, 0);
  out.line('  plugins    ', `${plugins.length} looked at, ${files} files`);
}

/** What the checks of the packages find that the config names. */
async function offered(
  { paths }: CommandContext,
  config: LoadedConfig,
  facts: AuditFacts,
): Promise<readonly Finding[]> {
  const parts = ['channels', 'plugins'].map((path) => getPath(config.value, path));
  if (parts.every((part) => part === undefined)) return [];
  const { offeredChecks } = await import('../../compose/offered-checks.ts');
  const checks = await offeredChecks(config, paths);
  return offeredFindings(checks, redactConfig(config.value), facts);
}

/** Tries what is to be tried; undefined where nothing is. */
async function tryAll(
  { context, input }: Invocation,
  ground: Pick<DeepGround, 'config' | 'secrets' | 'plugins'>,
): Promise<DeepResult | undefined> {
  if (!input.flag('deep')) return undefined;
  const { tryDeep } = await import('../../security/deep/deep.ts');
  return await tryDeep({ ...ground, context, timeoutMs: input.count('timeout') ?? DEEP_MS });
}

/** `openclaw security audit`. */
export const auditSecurity: CommandHandler = async (invocation) => {
  const { context, input, out, json } = invocation;
  const { env, paths, version } = context;
  // What is printed is how things are after the fix.
  const fixed = await fix(invocation);
  const config = loadConfig({ env, paths });
  const secrets = createSecrets(config, config.env, paths);
  const { facts, secretDiagnostics } = gatherFacts(config, secrets, paths);
  const tried = await tryAll(invocation, { config, secrets, plugins: facts.plugins ?? [] });
  const report = audit(
    config.value,
    { ...facts, ...tried?.facts },
    await offered(context, config, facts),
  );
  const baseline = input.text('baseline');
  const kept = baseline === undefined ? undefined : await import('./baseline.ts');
  const compared = baseline === 'compare' ? kept?.compareBaseline(paths, report) : undefined;
  const savedAt = baseline === 'save' ? kept?.keepBaseline(paths, report) : undefined;
  const told = { report, secretDiagnostics, fixed, savedAt, compared, tried: tried?.report };
  if (input.flag('sarif')) {
    out.json(sarifOf(report, { version, configPath: paths.configPath }));
  } else if (json) out.json(jsonOf(told));
  else await print(invocation, told);
  if (fixed?.ok === false) return 1;
  const counted = compared === undefined ? report.findings : worsened(compared);
  return exitCode(counted, input.text('fail-on'));
};
