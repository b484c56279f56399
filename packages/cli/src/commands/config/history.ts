/**
 * `openclaw config history`, `show`, `diff` and `rollback`: who changed the config, and the way back.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { parseConfigValue } from '@portcullis/gateway/config';
import type { MethodResult } from '@portcullis/protocol';

import type { CommandHandler, Invocation } from '../../command.ts';
import { styled } from '../../terminal/style.ts';
import { formatInstant } from '../../terminal/time.ts';
import { type OperatorSession, withOperator } from '../operator-session.ts';
import { type Effect, printEffect, printOutcome, rollBack } from './change.ts';
import { type DiffLine, lineDiff } from './line-diff.ts';

type Entry = MethodResult<'config.history'>['entries'][number];
type Detail = MethodResult<'config.history.get'>['entry'];

/** What is most worth knowing of an entry, in a few words. */
function headline({ opens, changed, how, restored }: Entry): string {
  const keys = changed.slice(0, 3).join(', ') + (changed.length > 3 ? ', ...' : '');
  const back = restored === undefined ? '' : `back to ${restored}: `;
  const wide = opens.length === 0 ? '' : ' (opens)';
  const what = keys === '' && how === 'file' ? 'as it was found' : keys;
  return `${back}${what}${wide}`;
}

/** `openclaw config history`. */
export const listChanges: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const limit = input.count('limit') ?? 20;
    const { entries } = await ask('config.history', { limit });
    if (json) {
      out.json({ ok: true, entries });
      return;
    }
    if (entries.length === 0) {
      out.line('The config was not changed yet.');
      return;
    }
    out.table(
      ['ID', 'WHEN', 'WHO', 'HOW', 'STATE', 'WHAT', 'WHY'],
      entries.map((entry) => [
        entry.id,
        formatInstant(entry.at),
        entry.who,
        entry.how,
        entry.state,
        headline(entry),
        entry.why ?? '',
      ]),
    );
  });

const COLORS = { '-': 'red', '+': 'green', '@': 'dim', ' ': undefined } as const;

function printLines({ out }: Invocation, lines: readonly DiffLine[]): void {
  for (const { sign, text } of lines) {
    const color = COLORS[sign];
    const line = sign === '@' ? '...' : `${sign} ${text}`;
    out.line(color === undefined ? line : styled(color, line));
  }
}

/** `openclaw config show <id>`. */
export const showChange: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { input, out, json } = invocation;
    const entry = await detail(session, input.argument('id'));
    if (json) {
      out.json({ ok: true, entry });
      return;
    }
    const { who, why, how, state, at, restored, cause, settledAt, settledBy } = entry;
    out.line(styled('bold', `Change ${entry.id}`), `  ${formatInstant(at)}  ${who}  ${how}`);
    const back = restored === undefined ? '' : `, back to ${restored}`;
    const end =
      settledAt === undefined ? '' : `, ${formatInstant(settledAt)} by ${settledBy ?? ''}`;
    out.line(`State:  ${state}${cause === undefined ? '' : ` (${cause})`}${end}${back}`);
    if (why !== undefined) out.line(`Why:    ${why}`);
    out.line();
    printEffect(invocation, entry);
    if (entry.afterText === undefined) out.line('Its text is not kept: it was no config.');
    else printLines(invocation, lineDiff(entry.beforeText ?? '', entry.afterText));
  });

async function detail({ ask }: OperatorSession, id: string): Promise<Detail> {
  if (!/^[1-9][0-9]{0,11}$/u.test(id)) {
    throw new PortcullisError('usage.invalid_value', 'That is no number of a change.', {
      hint: '"openclaw config history" lists them.',
    });
  }
  return (await ask('config.history.get', { id })).entry;
}

async function textOf(session: OperatorSession, id: string): Promise<string> {
  const { afterText } = await detail(session, id);
  if (afterText !== undefined) return afterText;
  throw new PortcullisError('config.entry_empty', `Change ${id} has no text.`, {
    hint: '"openclaw config history" lists others.',
  });
}

function read(text: string): unknown {
  return parseConfigValue(text === '' ? '{}' : text, 'The config');
}

async function compare(before: string, after: string): Promise<Effect> {
  const { exposureDiff } = await import('@portcullis/policy/explain');
  const { opens, closes } = exposureDiff(read(before), read(after));
  return { opens: [...opens], closes: [...closes] };
}

/** `openclaw config diff [from] [to]`. */
export const diffChanges: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { input, out, json } = invocation;
    const [from, to] = [input.given('from'), input.given('to')];
    const file = async (): Promise<string> => (await session.ask('config.get', {})).raw;
    const before = from === undefined ? await lastAccepted(session) : await textOf(session, from);
    const after = to === undefined ? await file() : await textOf(session, to);
    const effect = await compare(before, after);
    const lines = lineDiff(before, after);
    if (json) {
      out.json({ ok: true, same: lines.length === 0, ...effect, before, after });
      return;
    }
    printEffect(invocation, effect);
    printLines(invocation, lines);
    if (lines.length === 0) out.line('There is no difference. Secrets are not compared.');
  });

/** The text that counts: of the newest change that was applied. */
async function lastAccepted({ ask }: OperatorSession): Promise<string> {
  const { entries } = await ask('config.history', { limit: 100 });
  const newest = entries.find(({ state }) => state === 'applied');
  if (newest === undefined) return '';
  const { entry } = await ask('config.history.get', { id: newest.id });
  return entry.afterText ?? '';
}

/** `openclaw config rollback <id>`. */
export const rollBackConfig: CommandHandler = async (invocation) => {
  const { input, out, json } = invocation;
  const id = input.argument('id');
  const change = await rollBack(invocation, id);
  const { changed } = change;
  if (json) {
    out.json({ ok: true, ...change });
    return;
  }
  if (changed) out.line(`The config is that of change ${id} again; secrets stay as they are.`);
  else if (input.flag('dry-run')) out.line('Nothing was changed.');
  else out.line(`The config is that of change ${id} already.`);
  printOutcome(invocation, change);
};
