/**
 * Findings an operator does not want to see, and the finding that says so.
 *
 * @module
 */
import { own } from '../setting.ts';
import { type Finding, type SuppressedFinding, finding } from './finding.ts';
import { at } from './subject.ts';

interface Suppression {
  readonly checkId: string;
  readonly title: string | undefined;
  readonly detail: string | undefined;
  readonly reason: string | undefined;
}

const PATH = 'security.audit.suppressions';

function textOf(holder: unknown, key: string): string | undefined {
  const value = own(holder, key);
  return typeof value === 'string' ? value : undefined;
}

function suppressionsOf(config: unknown): readonly Suppression[] {
  const list = at(config, PATH);
  return (Array.isArray(list) ? (list as readonly unknown[]) : []).flatMap((entry) => {
    const checkId = textOf(entry, 'checkId');
    if (checkId === undefined) return [];
    return [
      {
        checkId,
        title: textOf(entry, 'titleIncludes')?.toLowerCase(),
        detail: textOf(entry, 'detailIncludes')?.toLowerCase(),
        reason: textOf(entry, 'reason'),
      },
    ];
  });
}

function fits({ checkId, title, detail }: Suppression, found: Finding): boolean {
  return (
    checkId === found.checkId &&
    (title === undefined || found.title.toLowerCase().includes(title)) &&
    (detail === undefined || found.detail.toLowerCase().includes(detail))
  );
}

/** Findings apart: those to show, and those an operator suppressed. */
export function suppress(
  config: unknown,
  findings: readonly Finding[],
): { readonly shown: readonly Finding[]; readonly suppressed: readonly SuppressedFinding[] } {
  const suppressions = suppressionsOf(config);
  if (suppressions.length === 0) return { shown: findings, suppressed: [] };
  const count = String(suppressions.length);
  const flag = finding('config.insecure_or_dangerous_flags', 'warn', {
    what: `${PATH} configured (${count})`,
    path: PATH,
  });
  const shown: Finding[] = [];
  const suppressed: SuppressedFinding[] = [];
  for (const found of [...findings, flag]) {
    const match = suppressions.find((each) => fits(each, found));
    if (match === undefined) shown.push(found);
    else {
      const { reason } = match;
      suppressed.push({ ...found, suppression: reason === undefined ? {} : { reason } });
    }
  }
  // Hiding this one would hide that something is hidden.
  shown.push(
    finding('security.audit.suppressions.active', 'info', {
      what: `${count} suppressions are configured and hide ${String(suppressed.length)} findings`,
      path: PATH,
    }),
  );
  return { shown, suppressed };
}
