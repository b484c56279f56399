/**
 * The findings that somebody looked at and kept, to see what comes to be after them. Promises: the
 * file is private; one that is not as it was written is never taken for one without findings.
 *
 * @module
 */
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { type Finding, SEVERITIES } from '@portcullis/policy/audit';

import { replaceFile } from '../config/atomic-file.ts';
import type { StatePaths } from '../config/index.ts';
import { readTextFile } from '../config/text-file.ts';

/** Findings at a point in time. */
export interface Baseline {
  /** Milliseconds since 1970. */
  readonly savedAt: number;
  readonly findings: readonly Finding[];
}

const VERSION = 1;

/** Where it is kept. */
export function baselinePath({ stateDir }: Pick<StatePaths, 'stateDir'>): string {
  return join(stateDir, 'security-baseline.json');
}

/** Keeps findings, in place of those kept before. Throws what writing throws. */
export function saveBaseline(paths: StatePaths, { savedAt, findings }: Baseline): void {
  const text = JSON.stringify({ version: VERSION, savedAt, findings }, null, 2);
  replaceFile(baselinePath(paths), `${text}\n`);
}

function isFinding(value: unknown): value is Finding {
  if (typeof value !== 'object' || value === null) return false;
  const { checkId, severity, title, detail, remediation, path } = {
    checkId: undefined,
    severity: undefined,
    title: undefined,
    detail: undefined,
    remediation: undefined,
    path: undefined,
    ...value,
  };
  return (
    [checkId, title, detail].every((text) => typeof text === 'string') &&
    [remediation, path].every((text) => text === undefined || typeof text === 'string') &&
    SEVERITIES.some((each) => each === severity)
  );
}

function parse(text: string): Baseline | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { version, savedAt, findings } = {
    version: undefined,
    savedAt: undefined,
    findings: undefined,
    ...value,
  };
  const list: unknown = findings;
  if (version !== VERSION || typeof savedAt !== 'number' || !Array.isArray(list)) return undefined;
  return list.every(isFinding) ? { savedAt, findings: list } : undefined;
}

/** The findings that were kept. Throws `security.baseline_missing`, `security.baseline_invalid`. */
export function loadBaseline(paths: StatePaths): Baseline {
  const file = readTextFile(baselinePath(paths), { followLinks: false });
  if (file.kind === 'missing') {
    throw new PortcullisError('security.baseline_missing', 'No baseline was saved yet.', {
      hint: 'Save what is found now: openclaw security audit --baseline save',
    });
  }
  const baseline = file.kind === 'text' ? parse(file.text) : undefined;
  if (baseline !== undefined) return baseline;
  const why = file.kind === 'fault' ? file.reason : 'it is not as it was written';
  throw new PortcullisError(
    'security.baseline_invalid',
    `${baselinePath(paths)} cannot be used: ${why}.`,
    { hint: 'Look at what is found now, then save it: openclaw security audit --baseline save' },
  );
}
