/**
 * The families of attacks as a table of the threat model.
 *
 * @module
 */
import type { ThreatClass } from './classes.ts';
import type { NotApplicable } from './not-applicable.ts';
import type { Threat } from './threats.ts';

/** What the table is made from. */
export interface Catalogue {
  readonly classes: readonly ThreatClass[];
  readonly threats: readonly Threat[];
  readonly notApplicable: readonly NotApplicable[];
  /** Ids that are the names of tests. */
  readonly tested: ReadonlySet<string>;
}

const HEADINGS = ['They try to', 'What holds', 'Kept in', 'Requirements'];

/** The table, with every column as wide as its widest cell. */
export function overviewOf(catalogue: Catalogue): string {
  const rows = [HEADINGS, ...catalogue.classes.map((each) => rowOf(each, catalogue))];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const lines = rows.map(
    (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

function rowOf({ id, attack, rule, where }: ThreatClass, catalogue: Catalogue): readonly string[] {
  const ids = catalogue.threats.filter((threat) => threat.class === id).map((threat) => threat.id);
  const excused = catalogue.notApplicable.filter((each) => ids.includes(each.id));
  const counts = [
    [ids.filter((each) => catalogue.tested.has(each)).length, 'tested'],
    [excused.filter(({ later }) => later).length, 'later'],
    [excused.filter(({ later }) => !later).length, 'not applicable'],
  ] as const;
  const told = counts.flatMap(([count, what]) => (count === 0 ? [] : [`${String(count)} ${what}`]));
  return [attack, rule, where.map((path) => `\`${shortened(path)}\``).join(', '), told.join(', ')];
}

/** `packages/gateway/src/turn` is `gateway/turn`. */
function shortened(path: string): string {
  return path.replace(/^packages\//, '').replace(/\/src(?=\/|$)/, '');
}
