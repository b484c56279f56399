/**
 * `openclaw config accept` and `openclaw config reject`: what becomes of an edit of the config file
 * that opens something.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { ConfigStatus, MethodResult } from '@portcullis/protocol';

import type { CommandHandler, ExitCode, Invocation } from '../../command.ts';
import { formatInstant } from '../../terminal/time.ts';
import { styled } from '../../terminal/style.ts';
import { type OperatorSession, withOperator } from '../operator-session.ts';

type Edit = NonNullable<ConfigStatus['edit']>;
type Waiting = Extract<Edit, { state: 'waiting' }>;

/** `openclaw config accept`. */
export const acceptEdit: CommandHandler = (invocation) =>
  withOperator<ExitCode>(
    invocation,
    async (session) => {
      const { out, json, doors } = invocation;
      const edit = await waitingEdit(invocation, session);
      if (edit === undefined) return 0;
      if (!json) printEdit(invocation, edit);
      const isNamed = invocation.input.text('hash') !== undefined;
      if (!isNamed && !(await doors.confirm('Put this edit in force?'))) {
        out.note('Nothing was accepted: the config before it stays in force.');
        return 1;
      }
      const outcome = await session.ask('config.accept', { hash: edit.hash });
      if (json) out.json({ ok: true, ...outcome });
      else printOutcome(invocation, outcome);
      return 0;
    },
    { live: true },
  );

/** `openclaw config reject`. */
export const rejectEdit: CommandHandler = (invocation) =>
  withOperator<ExitCode>(
    invocation,
    async (session) => {
      const { context, out, json, doors } = invocation;
      const edit = await waitingEdit(invocation, session);
      if (edit === undefined) return 0;
      if (!json) printEdit(invocation, edit);
      const isNamed = invocation.input.text('hash') !== undefined;
      if (!isNamed && !(await doors.confirm('Put the file back to what is in force?'))) {
        out.note('Nothing was changed.');
        return 1;
      }
      await session.ask('config.reject', { hash: edit.hash });
      if (json) out.json({ ok: true });
      else out.line(`${context.paths.configPath} says again what is in force.`);
      return 0;
    },
    { live: true },
  );

/** `openclaw secrets reload`. Exit code 1 when one cannot be had. */
export const reloadSecrets: CommandHandler = (invocation) =>
  withOperator<ExitCode>(
    invocation,
    async ({ ask }) => {
      const { out, json } = invocation;
      const { failed } = await ask('secrets.reload', {});
      const ok = failed.length === 0;
      if (json) out.json({ ok, failed });
      else {
        for (const { path, message } of failed) out.warn(`${path} stays as it was: ${message}`);
        out.line(ok ? 'Every secret was looked up anew.' : 'The others were looked up anew.');
      }
      return ok ? 0 : 1;
    },
    { live: true },
  );

/** The edit that waits, and is the one that was named; undefined when there is none. */
async function waitingEdit(
  { out, json, input }: Invocation,
  { ask }: OperatorSession,
): Promise<Waiting | undefined> {
  const { edit } = await ask('config.status', {});
  const named = input.text('hash');
  if (edit?.state === 'waiting' && (named === undefined || named === edit.hash)) return edit;
  if (edit?.state === 'invalid') {
    throw new PortcullisError('config.edit_invalid', 'The config file is not valid.', {
      hint: 'openclaw config validate shows every issue; the last good config stays in force.',
    });
  }
  if (named !== undefined) {
    throw new PortcullisError('config.edit_changed', 'No edit of this hash waits.', {
      hint: 'Look at it again: openclaw config accept',
    });
  }
  if (json) out.json({ ok: true, waiting: false });
  else out.line('No edit of the config file waits.');
  return undefined;
}

/** What a waiting edit opens and closes. */
export function printEdit({ context, out }: Invocation, edit: Waiting): void {
  out.line(`Edited:  ${context.paths.configPath}, ${formatInstant(edit.since)}`);
  out.line(`Hash:    ${edit.hash}`);
  for (const { key, what } of edit.opens) out.line(styled('red', 'opens'), `    ${key}: ${what}`);
  for (const { key, what } of edit.closes) {
    out.line(styled('green', 'closes'), `   ${key}: ${what}`);
  }
}

function printOutcome(
  { out }: Invocation,
  { applied, restartNeeded, failed }: MethodResult<'config.accept'>,
): void {
  out.line(`In force: ${applied.join(', ') || 'nothing else than before'}`);
  if (restartNeeded.length > 0) {
    out.line(styled('yellow', 'Restart'), `   needed for ${restartNeeded.join(', ')}`);
  }
  for (const { path, message } of failed) out.warn(`${path} stays as it was: ${message}`);
}
