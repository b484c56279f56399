/**
 * `openclaw security audit`: what the config and this machine mean for who can do what.
 *
 * @module
 */
import { createSecrets, loadConfig } from '@portcullis/gateway/config';
import { type AuditReport, type Finding, SEVERITIES, audit } from '@portcullis/policy/audit';

import type { CommandHandler } from '../../command.ts';
import { gatherFacts } from '@portcullis/gateway/posture';
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

/** 1 where something is at least as bad as the user said it may not be. */
function exitCode({ summary }: AuditReport, failOn: string | undefined): 0 | 1 {
  if (failOn === undefined) return 0;
  const count = failOn === 'warn' ? summary.critical + summary.warn : summary.critical;
  return count > 0 ? 1 : 0;
}

/** `openclaw security audit`. */
export const auditSecurity: CommandHandler = async ({ context, input, out, json }) => {
  const { env, paths, version } = context;
  const config = loadConfig({ env, paths });
  const secrets = createSecrets(config, config.env, paths);
  const { facts, secretDiagnostics } = gatherFacts(config, secrets, paths);
  const report = audit(config.value, facts);
  const { summary, findings, suppressedFindings } = report;
  if (input.flag('sarif')) {
    out.json(sarifOf(report, { version, configPath: paths.configPath }));
  } else if (json) {
    out.json({
      ts: Date.now(),
      summary,
      findings,
      ...(suppressedFindings.length > 0 && { suppressedFindings }),
      secretDiagnostics,
    });
  } else {
    printReport(out, report);
    for (const diagnostic of secretDiagnostics) out.warn(diagnostic);
  }
  return exitCode(report, input.text('fail-on'));
};
