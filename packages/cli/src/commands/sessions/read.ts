/**
 * `openclaw sessions`: conversations, what was said in them, starting over.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { Message } from '@portcullis/protocol';

import type { CommandHandler, Invocation } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import type { Output } from '../../terminal/output.ts';
import { styled } from '../../terminal/style.ts';
import { formatInstant } from '../../terminal/time.ts';
import { withOperator } from '../operator-session.ts';

const DEFAULT_LIMIT = 50;
/** Conversations and messages of each that a preview shows unless told otherwise. */
const PREVIEWED = 10;
const PREVIEW_ITEMS = 3;

/** `openclaw sessions list`. */
export const listSessions: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const limit = input.count('limit') ?? DEFAULT_LIMIT;
    const [activeMinutes, agentId, search] = [
      input.count('active'),
      input.text('agent'),
      input.text('search'),
    ];
    const { sessions, totalCount, hasMore } = await ask('sessions.list', {
      limit,
      archived: input.flag('archived') ? true : 'all',
      ...(activeMinutes !== undefined && { activeMinutes }),
      ...(agentId !== undefined && { agentId }),
      ...(search !== undefined && { search }),
    });
    if (json) {
      out.json({ ok: true, sessions, total: totalCount });
      return;
    }
    if (sessions.length === 0) {
      const isAll = [activeMinutes, agentId, search].every((each) => each === undefined);
      out.line(isAll ? 'There are no conversations yet.' : 'No conversation is like that.');
      return;
    }
    out.table(
      ['KEY', 'LAST USED', 'STATUS', 'TOKENS', 'LABEL'],
      sessions.map((each) => [
        each.key,
        formatInstant(each.updatedAt),
        each.status,
        String(each.totalTokens),
        each.label ?? '',
      ]),
    );
    if (hasMore) out.note(`${sessions.length} of ${totalCount} are shown; --limit shows more.`);
  });

function partText(part: Message['content'][number]): string {
  if (part.type === 'text') return part.text;
  return part.type === 'image' ? '[image]' : `[calls ${part.name}]`;
}

function printMessage(out: Output, message: Message): void {
  const who = message.toolName === undefined ? message.role : `${message.role} ${message.toolName}`;
  out.line(styled('dim', formatInstant(message.timestamp)), ' ', styled('bold', who));
  const text = message.content.map(partText).join('\n');
  // Indented, so that no message can pass for the heading of another.
  for (const line of text.split('\n')) out.line(`  ${line}`);
  if (message.errorMessage !== undefined) out.line(styled('red', `  ${message.errorMessage}`));
}

/** The error for a key of no conversation. */
export function unknownSession(key: string): PortcullisError {
  return new PortcullisError('session.not_found', `There is no conversation ${quote(key)}.`, {
    hint: '"openclaw sessions list" shows all.',
  });
}

/** `openclaw sessions show <key>`. */
export const showSession: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const key = input.argument('key');
    const limit = input.count('limit') ?? DEFAULT_LIMIT;
    const { session } = await ask('sessions.describe', { key });
    if (session === null) throw unknownSession(key);
    const { messages } = await ask('sessions.get', { key, limit });
    if (json) {
      out.json({ ok: true, session, messages });
      return;
    }
    for (const message of messages) printMessage(out, message);
    if (messages.length === 0) out.line('Nothing was said yet.');
  });

async function confirmReset({ input, doors }: Invocation, key: string): Promise<void> {
  if (input.flag('yes') || (await doors.confirm(`Delete the history of ${quote(key)}?`))) return;
  throw new PortcullisError('usage.declined', 'Nothing was deleted.', { hint: 'Nothing to do.' });
}

/** `openclaw sessions reset <key>`. */
export const resetSession: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const key = input.argument('key');
    const { session } = await ask('sessions.describe', { key });
    if (session === null) throw unknownSession(key);
    await confirmReset(invocation, key);
    const result = await ask('sessions.reset', { key, reason: 'reset' });
    if (json) out.json({ ok: true, key: result.key, sessionId: result.entry.sessionId });
    else out.line(`${result.key} starts anew.`);
  });

/** `openclaw sessions preview`. */
export const previewSessions: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const given = input.all('key');
    const newest = async (): Promise<readonly string[]> =>
      (await ask('sessions.list', { limit: PREVIEWED })).sessions.map(({ key }) => key);
    const keys = given.length === 0 ? await newest() : given;
    if (keys.length === 0) {
      if (json) out.json({ ok: true, previews: [] });
      else out.line('There are no conversations yet.');
      return;
    }
    const limit = input.count('limit') ?? PREVIEW_ITEMS;
    const { previews } = await ask('sessions.preview', { keys: [...keys], limit, maxChars: 200 });
    if (json) {
      out.json({ ok: true, previews });
      return;
    }
    for (const { key, status, items } of previews) {
      out.line(styled('bold', key), status === 'ok' ? '' : `  ${status}`);
      for (const { role, text } of items) out.line('  ', styled('dim', role), ` ${text}`);
    }
  });
