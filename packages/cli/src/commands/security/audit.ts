/**
 * `openclaw security audit`: what the config and this machine mean for who can do what.
 *
 * @module
 */
import { createSecrets, loadConfig } from '@portcullis/gateway/config';
import { type AuditReport, type Finding, SEVERITIES, audit } from '@portcullis/policy/audit';

import type { CommandHandler } from '../../command.ts';
import { gatherFacts } from '@portcullis/gateway/posture';
import type { DeepReport } from '../../security/deep/deep.ts';
import { sarifOf } from '../../security/sarif.ts';
import type { Output } from '../../terminal/output.ts';
import { type Style, styled } from '../../terminal/style.ts';

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
function exitCode({ summary }: AuditReport, failOn: string | undefined): 0 | 1 {
  if (failOn === undefined) return 0;
  const count = failOn === 'warn' ? summary.critical + summary.warn : summary.critical;
  return count > 0 ? 1 : 0;
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

/** `openclaw security audit`. */
export const auditSecurity: CommandHandler = async ({ context, input, out, json }) => {
  const { env, paths, version } = context;
  const config = loadConfig({ env, paths });
  const secrets = createSecrets(config, config.env, paths);
  const { facts, secretDiagnostics } = gatherFacts(config, secrets, paths);
  const tried = input.flag('deep')
    ? await (
        await import('../../security/deep/deep.ts')
      ).tryDeep({
        context,
        config,
        secrets,
        plugins: facts.plugins ?? [],
        timeoutMs: input.count('timeout') ?? DEEP_MS,
      })
    : undefined;
  const report = audit(config.value, { ...facts, ...tried?.facts });
  const { summary, findings, suppressedFindings } = report;
  if (input.flag('sarif')) {
    out.json(sarifOf(report, { version, configPath: paths.configPath }));
  } else if (json) {
    out.json({
      ts: Date.now(),
      summary,
      findings,
      ...(suppressedFindings.length > 0 && { suppressedFindings }),
      ...(tried !== undefined && { deep: tried.report }),
      secretDiagnostics,
    });
  } else {
    printReport(out, report);
    if (tried !== undefined) printTried(out, tried.report);
    for (const diagnostic of secretDiagnostics) out.warn(diagnostic);
  }
  return exitCode(report, input.text('fail-on'));
};
