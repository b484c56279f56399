/**
 * Checks that plugins offer. Promises: total; a check that fails is a finding of its own; no check
 * sees or changes what another is given, and none can take a finding away or speak in the name of
 * another.
 *
 * @module
 */
import type { AuditCheck, AuditCheckFacts, AuditFinding } from '@portcullis/core';

import type { AuditFacts } from '../facts.ts';
import { type Finding, SEVERITIES, finding } from '../finding.ts';
import { CHECK_IDS } from '../wording.ts';

/** Findings of one check that are shown. */
const MOST_FINDINGS = 50;
/** Characters of a text that are shown. */
const MOST_TEXT = 2000;

const OWN_IDS: ReadonlySet<string> = new Set(CHECK_IDS);

/** What plugins are told of the machine: nothing of secrets, and nobody's id. */
function toldFacts({ stateDir, configPath, files, sandboxAvailable }: AuditFacts): AuditCheckFacts {
  return {
    ...(stateDir !== undefined && { stateDir }),
    ...(configPath !== undefined && { configPath }),
    ...(sandboxAvailable !== undefined && { sandboxAvailable }),
    files: (files ?? []).map(({ path, mode, isSymlink }) => ({ path, mode, isSymlink })),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isFinding(value: unknown): value is AuditFinding {
  if (typeof value !== 'object' || value === null) return false;
  const {
    severity,
    title,
    detail,
    remediation,
    path,
  }: Partial<Record<keyof AuditFinding, unknown>> = value;
  return (
    SEVERITIES.some((each) => each === severity) &&
    isText(title) &&
    isText(detail) &&
    (remediation === undefined || isText(remediation)) &&
    (path === undefined || isText(path))
  );
}

function cut(text: string): string {
  return text.slice(0, MOST_TEXT);
}

function toFinding(id: string, found: AuditFinding): Finding {
  const { severity, title, detail, remediation, path } = found;
  return {
    checkId: id,
    severity,
    title: cut(title),
    detail: cut(detail),
    ...(remediation !== undefined && { remediation: cut(remediation) }),
    ...(path !== undefined && { path: cut(path) }),
  };
}

/** The plugin a check is of: its id without the last part. */
function pluginOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('.'))) || 'unknown';
}

function failed(id: string, why: string): Finding {
  const what = `The check ${id} of a plugin ${why}`;
  return finding('plugins.<id>.security_audit_failed', 'warn', { what, names: [pluginOf(id)] });
}

/** What a check answered: the first of it, and how many there are. */
interface Answer {
  readonly first: readonly unknown[];
  readonly total: number;
}

/** Asks a check. What it answers is read once, so that it cannot change or throw later. */
function ask(offered: AuditCheck, config: unknown, facts: AuditCheckFacts): Answer | undefined {
  const found: unknown = offered.check(structuredClone(config), structuredClone(facts));
  // An answer that comes later is none, and how it ends must not end the process.
  if (found instanceof Promise) found.catch(() => undefined);
  if (!Array.isArray(found)) return undefined;
  return { first: structuredClone(found.slice(0, MOST_FINDINGS)), total: found.length };
}

function run(offered: AuditCheck, config: unknown, facts: AuditCheckFacts): readonly Finding[] {
  const { id } = offered;
  if (OWN_IDS.has(id)) return [failed(id, 'has the id of another check')];
  let answer: Answer | undefined;
  try {
    answer = ask(offered, config, facts);
  } catch {
    // What it says may hold anything; the log of the gateway is the place for it.
    return [failed(id, 'failed')];
  }
  if (answer === undefined || !answer.first.every(isFinding)) {
    return [failed(id, 'did not answer with findings')];
  }
  const { first, total } = answer;
  const shown = first.map((each) => toFinding(id, each));
  return total > first.length
    ? [...shown, failed(id, `found ${String(total)} things; the first are shown`)]
    : shown;
}

/**
 * What the checks of plugins find. `config` is without its secrets: plugins have no use for them.
 * Hand the findings to `audit`.
 */
export function offeredFindings(
  checks: Iterable<AuditCheck>,
  config: unknown,
  facts: AuditFacts = {},
): readonly Finding[] {
  const told = toldFacts(facts);
  return [...checks].flatMap((check) => run(check, config, told));
}
