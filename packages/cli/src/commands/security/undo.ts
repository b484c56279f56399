/**
 * `openclaw security undo`: puts back what `openclaw security audit --fix` changed.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { MethodResult } from '@portcullis/protocol';

import type { CommandHandler, ExitCode, Invocation } from '../../command.ts';
import { styled } from '../../terminal/style.ts';
import { formatInstant } from '../../terminal/time.ts';
import { printEffect } from '../config/change.ts';
import { type OperatorSession, withOperator } from '../operator-session.ts';
import { chmodLine } from './fix.ts';

type Plan = MethodResult<'security.undo.preview'>;
type Entry = MethodResult<'security.fixes'>['fixes'][number];

function shown(value: unknown): string {
  if (value === undefined) return 'unset';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function linesOf({ keys, modes }: Pick<Plan, 'keys' | 'modes'>): readonly string[] {
  return [
    ...keys.map(({ path, from, to }) => `${path}=${shown(from)} -> ${shown(to)}`),
    ...modes.map(({ path, to }) => chmodLine({ path, mode: to })),
  ];
}

/** What an entry did, in a few words. */
function headline({ keys, modes, of }: Entry): string {
  const counts = [
    ...(keys.length > 0 ? [`${String(keys.length)} keys`] : []),
    ...(modes.length > 0 ? [`${String(modes.length)} modes`] : []),
  ];
  const what = counts.length === 0 ? 'nothing left to put back' : counts.join(', ');
  return of === undefined ? what : `undid ${of}: ${what}`;
}

async function list({ out, json }: Invocation, { ask }: OperatorSession): Promise<ExitCode> {
  const { fixes } = await ask('security.fixes', {});
  if (json) out.json({ ok: true, fixes });
  else if (fixes.length === 0) out.line('Nothing was fixed yet.');
  else {
    for (const entry of fixes) {
      out.line(
        styled('bold', `${entry.kind === 'fix' ? 'Fix' : 'Undo'} ${entry.id}`),
        `  ${formatInstant(entry.at)}  ${entry.who}  ${entry.state}  ${headline(entry)}`,
      );
      for (const line of linesOf(entry)) out.line('  ', line);
      for (const error of entry.errors) out.line(styled('yellow', '  '), error);
    }
  }
  return 0;
}

async function agree({ doors, input, json }: Invocation, { id, opens }: Plan): Promise<void> {
  if (input.flag('yes')) return;
  const question = `Put back what fix ${id} closed?`;
  if (json) {
    throw new PortcullisError('usage.confirmation', `${question} Nobody confirmed it.`, {
      hint: 'Look at it with --dry-run, then add --yes.',
      details: { opens },
    });
  }
  if (await doors.confirm(question)) return;
  throw new PortcullisError('usage.declined', 'Nothing was changed.', {
    hint: 'Add --dry-run to see what is put back.',
  });
}

function printPlan(invocation: Invocation, plan: Plan): void {
  const { out } = invocation;
  printEffect(invocation, plan);
  for (const line of linesOf(plan)) out.line('  ', line);
  for (const path of plan.gone) out.line(styled('dim', `  skip ${path} (missing)`));
}

async function undo(invocation: Invocation, { ask }: OperatorSession): Promise<ExitCode> {
  const { input, out, json } = invocation;
  const id = input.given('id');
  const plan = await ask('security.undo.preview', id === undefined ? {} : { id });
  const isNothing = plan.keys.length === 0 && plan.modes.length === 0;
  if (!json) printPlan(invocation, plan);
  if (input.flag('dry-run')) {
    const { confirm: _confirm, ...shownPlan } = plan;
    if (json) out.json({ ok: true, dryRun: true, ...shownPlan });
    return 0;
  }
  if (!isNothing) await agree(invocation, plan);
  const done = await ask('security.undo', { id: plan.id, confirm: plan.confirm });
  const ok = done.errors.length === 0;
  if (json) out.json({ ok, of: plan.id, ...done });
  else {
    for (const error of done.errors) out.warn(error);
    const how = isNothing ? 'nothing was left to put back' : 'it is as it was before';
    out.line(ok ? `Fix ${plan.id} is undone: ${how}.` : `Fix ${plan.id} is undone in part.`);
  }
  return ok ? 0 : 1;
}

/** `openclaw security undo`. Exit code 1 when something could not be put back. */
export const undoFix: CommandHandler = (invocation) =>
  withOperator<ExitCode>(invocation, (session) =>
    invocation.input.flag('list') ? list(invocation, session) : undo(invocation, session),
  );
