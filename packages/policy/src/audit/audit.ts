/**
 * The audit: every check over one config and what is known of the machine.
 *
 * @module
 */
import { browserChecks, secretChecks } from './browser-checks.ts';
import { channelChecks } from './channel-checks.ts';
import { codeChecks } from './code-checks.ts';
import { liveChecks } from './live-checks.ts';
import { exposureChecks } from './exposure-checks.ts';
import type { AuditFacts } from './facts.ts';
import { fileChecks } from './file-checks.ts';
import {
  type Finding,
  SEVERITIES,
  type Severity,
  type SuppressedFinding,
  finding,
} from './finding.ts';
import { gatewayChecks } from './gateway-checks.ts';
import { hookChecks } from './hook-checks.ts';
import { modelChecks } from './model-checks.ts';
import { networkChecks } from './network-checks.ts';
import { ownChecks } from './own-checks.ts';
import { pluginChecks } from './plugin-checks.ts';
import { flagChecks, sandboxChecks } from './sandbox-checks.ts';
import { type AuditSubject, type Check, at, entriesAt, subjectOf } from './subject.ts';
import { suppress } from './suppress.ts';
import { toolChecks } from './tool-checks.ts';

/** What an audit says. */
export interface AuditReport {
  readonly summary: Readonly<Record<Severity, number>>;
  /** The summary, then worst first; within a severity in the order of the checks. */
  readonly findings: readonly Finding[];
  readonly suppressedFindings: readonly SuppressedFinding[];
}

const CHECKS: readonly Check[] = [
  ...fileChecks,
  ...gatewayChecks,
  ...networkChecks,
  ...liveChecks,
  ...exposureChecks,
  ...channelChecks,
  ...toolChecks,
  ...sandboxChecks,
  ...flagChecks,
  ...hookChecks,
  ...pluginChecks,
  ...codeChecks,
  ...modelChecks,
  ...browserChecks,
  ...secretChecks,
  ...ownChecks,
];

function surface({ config, openness, contexts, isExposed }: AuditSubject): Finding {
  const channels = new Set(openness.accounts.map(({ channel }) => channel)).size;
  const elevated = at(config, 'tools.elevated.enabled') === true ? 'on' : 'off';
  const hooks = at(config, 'hooks.enabled') === true ? 'on' : 'off';
  const browser = at(config, 'browser.enabled') === true ? 'on' : 'off';
  const running = contexts.filter(({ ownerHas }) => ownerHas('exec')).length;
  const rooms = openness.accounts.filter(({ roomsAreOpen }) => roomsAreOpen).length;
  const direct = openness.accounts.filter(({ directIsOpen }) => directIsOpen).length;
  const servers = entriesAt(config, 'mcp.servers').length;
  const words = [
    `gateway ${isExposed ? 'beyond this machine' : 'on this machine'}`,
    `${String(channels)} channels`,
    `${String(direct)} open to direct messages`,
    `${String(rooms)} open in rooms`,
    `commands for ${String(running)} of ${String(contexts.length)} tool settings`,
    `elevated ${elevated}`,
    `webhooks ${hooks}`,
    `browser ${browser}`,
    `${String(servers)} tool servers`,
  ];
  return finding('summary.attack_surface', 'info', { what: words.join(', ') });
}

function countOf(findings: readonly Finding[]): AuditReport['summary'] {
  const count = (severity: Severity): number =>
    findings.filter((found) => found.severity === severity).length;
  return { critical: count('critical'), warn: count('warn'), info: count('info') };
}

/**
 * Audits a config: with variables put in, references left as they are. `more` are findings of
 * checks that others bring. Pure and total: what cannot be read counts as not set.
 *
 * @example
 * ```ts
 * audit({ gateway: { bind: 'lan' } }).findings[0]?.checkId; // 'gateway.bind_no_auth'
 * ```
 */
export function audit(
  config: unknown,
  facts: AuditFacts = {},
  more: readonly Finding[] = [],
): AuditReport {
  const subject = subjectOf(config, facts);
  const found = [...CHECKS.flatMap((check) => check(subject)), ...more];
  const { shown, suppressed } = suppress(subject.config, found);
  const ordered = SEVERITIES.flatMap((severity) =>
    shown.filter((each) => each.severity === severity),
  );
  const findings = [surface(subject), ...ordered];
  return { summary: countOf(findings), findings, suppressedFindings: suppressed };
}
