/**
 * `openclaw security audit --baseline`: keeps what is found, and says what came to be since.
 *
 * @module
 */
import { loadBaseline, saveBaseline } from '@portcullis/gateway/posture';
import type { StatePaths } from '@portcullis/gateway/config';
import {
  type AuditReport,
  type ChangedFinding,
  type Drift,
  type Finding,
  driftOf,
} from '@portcullis/policy/audit';

import type { Output } from '../../terminal/output.ts';
import { styled } from '../../terminal/style.ts';
import { formatInstant } from '../../terminal/time.ts';

/** What came to be since a baseline was saved. */
export interface Compared extends Drift {
  readonly savedAt: number;
}

/** Keeps the findings of a report. Resolves with when. */
export function keepBaseline(paths: StatePaths, { findings }: AuditReport): number {
  const savedAt = Date.now();
  saveBaseline(paths, { savedAt, findings });
  return savedAt;
}

/** Compares a report with what was kept. Throws `security.baseline_missing`, `security.baseline_invalid`. */
export function compareBaseline(paths: StatePaths, { findings }: AuditReport): Compared {
  const baseline = loadBaseline(paths);
  return { savedAt: baseline.savedAt, ...driftOf(baseline.findings, findings) };
}

function turned({ severity, before }: ChangedFinding): string {
  return severity === before.severity ? severity : `${before.severity} -> ${severity}`;
}

/** As people read it. */
export function printCompared(
  out: Output,
  { savedAt, appeared, gone, changed }: Compared,
  printFinding: (out: Output, found: Finding) => void,
): void {
  out.line(styled('bold', `Since the baseline of ${formatInstant(savedAt)}`));
  out.line(`Summary: ${appeared.length} new · ${changed.length} changed · ${gone.length} gone`);
  const blocks = [
    ['NEW', 'red', appeared.map((found) => [found.severity, found] as const)],
    ['CHANGED', 'yellow', changed.map((found) => [turned(found), found] as const)],
  ] as const;
  for (const [heading, style, found] of blocks) {
    if (found.length === 0) continue;
    out.line();
    out.line(styled(style, heading));
    for (const [how, each] of found) {
      out.line(styled('dim', how));
      printFinding(out, each);
    }
  }
  if (gone.length === 0) return;
  out.line();
  out.line(styled('green', 'GONE'));
  for (const { severity, checkId, title } of gone) out.line(`${severity} ${checkId} ${title}`);
}
