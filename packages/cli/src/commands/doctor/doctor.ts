/**
 * `openclaw doctor`: what is wrong with this installation, and what mends it.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { CommandHandler, Invocation } from '../../command.ts';
import { GROUPS, type Status } from '../../doctor/check.ts';
import { CHECKS, type Report, type Result, examine } from '../../doctor/examine.ts';
import { realMachine } from '../../doctor/machine.ts';
import { type Mended, describeMend, makeMends, plannedMends } from '../../doctor/mend.ts';
import { recordMends } from '../../doctor/record.ts';
import { type Subject, readSubject } from '../../doctor/subject.ts';
import { type Style, styled } from '../../terminal/style.ts';

const LOOKS: Readonly<Record<Status, readonly [Style, string]>> = {
  pass: ['green', 'ok  '],
  warn: ['yellow', 'warn'],
  fail: ['red', 'fail'],
  skip: ['dim', 'skip'],
};

/** Keys of a long list that are printed; `--json` has them all. */
const MORE_LINES = 8;

/** What `--fix` did. */
interface Fix {
  readonly dryRun: boolean;
  readonly planned: readonly string[];
  readonly made: readonly Mended[];
  /** True when the audit log has it. */
  readonly recorded: boolean;
  /** Takes the changes of modes back: `openclaw security undo <id>`. */
  readonly undo?: string;
}

function read({ context, doors, input }: Invocation): Subject {
  const deep = input.flag('deep');
  return readSubject(context, realMachine(), doors, { deep, probe: deep || input.flag('probe') });
}

function printResult({ out }: Invocation, { status, id, says, remedy, more = [] }: Result): void {
  const [style, word] = LOOKS[status];
  out.line('  ', styled(style, word), `  ${says}`, styled('dim', `  ${id}`));
  for (const line of more.slice(0, MORE_LINES)) out.line(`          ${line}`);
  if (more.length > MORE_LINES) out.line(`          and ${more.length - MORE_LINES} more`);
  if (remedy !== undefined) out.line(styled('dim', '        Fix: '), remedy);
}

function printReport(invocation: Invocation, { counts, results }: Report): void {
  const { out } = invocation;
  out.line(styled('bold', 'OpenClaw doctor'));
  for (const group of GROUPS) {
    const block = results.filter((each) => each.group === group);
    if (block.length === 0) continue;
    out.line();
    out.line(styled('bold', group));
    for (const result of block) printResult(invocation, result);
  }
  out.line();
  out.line(
    `Summary: ${counts.fail} fail · ${counts.warn} warn · ${counts.pass} ok · ${counts.skip} skipped`,
  );
}

/** The report as OpenClaw's command has it, with every check beside. */
function documentOf({ ok, results }: Report, fix: Fix | undefined): unknown {
  const skipped = new Set(results.filter(({ status }) => status === 'skip').map(({ id }) => id));
  return {
    schemaVersion: 1,
    ok,
    checksRun: CHECKS.length - skipped.size,
    checksSkipped: skipped.size,
    findings: results
      .filter(({ status }) => status === 'warn' || status === 'fail')
      .map(({ id, status, says, path, remedy }) => ({
        checkId: id,
        severity: status === 'fail' ? 'error' : 'warning',
        message: says,
        ...(path !== undefined && { path }),
        ...(remedy !== undefined && { fixHint: remedy }),
      })),
    checks: results.map(({ id, group, status, says, path, remedy, more }) => ({
      id,
      group,
      status,
      message: says,
      ...(path !== undefined && { path }),
      ...(remedy !== undefined && { remedy }),
      ...(more !== undefined && { details: more }),
    })),
    ...(fix !== undefined && { fix }),
  };
}

/** Makes what can be made safely, once somebody agreed to it. */
async function mend(invocation: Invocation, subject: Subject, report: Report): Promise<Fix> {
  const { out, json, input, doors } = invocation;
  const dryRun = input.flag('dry-run');
  const mends = plannedMends(subject, report);
  const planned = mends.map(describeMend);
  if (!json) {
    out.line(planned.length === 0 ? 'There is nothing to mend by itself.' : 'To be done:');
    for (const line of planned) out.line(`  ${line}`);
  }
  const nothing = { dryRun, planned, made: [], recorded: false };
  if (planned.length === 0 || dryRun) return nothing;
  const question = `Do ${planned.length === 1 ? 'this' : `these ${planned.length} things`}?`;
  if (!input.flag('yes')) {
    if (json) {
      throw new PortcullisError('usage.confirmation', `${question} Nobody confirmed it.`, {
        hint: 'Look at --dry-run, then add --yes.',
        details: { planned },
      });
    }
    if (!(await doors.confirm(question))) return nothing;
  }
  const { made, undo } = await makeMends(subject, mends);
  const recorded = await recordMends(subject, made);
  if (!json) {
    const done = new Set(made.filter(({ ok }) => ok).map(({ path }) => path));
    for (const each of mends) {
      if (done.has(each.path)) out.line(styled('green', 'done'), `  ${describeMend(each)}`);
    }
    for (const { path, ok, error } of made) {
      if (!ok) out.warn(`${path} was left as it is: ${error ?? ''}`);
    }
    if (recorded) out.line('The audit log has it: openclaw audit log');
    if (undo !== undefined) out.line(`The way back for modes: openclaw security undo ${undo}`);
    out.line();
  }
  return { dryRun, planned, made, recorded, ...(undo !== undefined && { undo }) };
}

/** `openclaw doctor`. */
export const runDoctor: CommandHandler = async (invocation) => {
  const { out, json, input } = invocation;
  if (input.flag('import')) return await (await import('./import.ts')).importOpenClaw(invocation);
  if (input.given('folder') !== undefined || input.flag('copy-workspace')) {
    throw new PortcullisError('usage.missing', 'A folder is taken over with --import.', {
      hint: 'openclaw doctor --import <folder>',
    });
  }
  const look = async (): Promise<readonly [Subject, Report]> => {
    const subject = read(invocation);
    return [subject, await out.during('Looking', examine(subject))];
  };
  let [subject, report] = await look();
  let fix: Fix | undefined;
  if (input.flag('fix')) {
    fix = await mend(invocation, subject, report);
    // What is printed is how it is now.
    if (fix.made.length > 0) [subject, report] = await look();
  }
  if (json) out.json(documentOf(report, fix));
  else printReport(invocation, report);
  const isMended = fix?.made.every(({ ok }) => ok) ?? true;
  return report.ok && isMended ? 0 : 1;
};
