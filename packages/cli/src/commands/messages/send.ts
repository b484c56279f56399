/**
 * `openclaw message send`: one message to a person or a room.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import type { MethodResult } from '@portcullis/protocol';

import type { CommandHandler, Invocation } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import { withOperator } from '../operator-session.ts';

/** Most of one file, as one frame of the protocol can hold it. */
const MOST_BYTES = 10_000_000;

type Sent = MethodResult<'send'>;

async function textOf({ input, doors }: Invocation): Promise<string> {
  const written = input.text('message');
  if (input.flag('stdin') === (written !== undefined)) {
    throw new PortcullisError('usage.missing', '"openclaw message send" needs one message.', {
      hint: 'Write it with --message, or hand it over with --stdin.',
    });
  }
  const text = written ?? (await doors.readInput());
  if (text.trim() !== '') return text;
  throw new PortcullisError('usage.invalid_value', 'The message is empty.', {
    hint: 'Write something.',
  });
}

/** The file to be sent, read here: the gateway may be elsewhere, and reads nothing for us. */
function fileOf({ input, context }: Invocation): { buffer?: string; filename?: string } {
  const path = input.text('file');
  if (path === undefined) return {};
  try {
    const bytes = readFileSync(resolve(context.cwd ?? '.', path));
    if (bytes.length <= MOST_BYTES) {
      return { buffer: bytes.toString('base64'), filename: basename(path) };
    }
  } catch (error) {
    throw new PortcullisError('usage.file', `${quote(path)} cannot be read.`, {
      hint: 'Check the path and the permissions.',
      cause: error,
    });
  }
  throw new PortcullisError('usage.file', `${quote(path)} is larger than 10 MB.`, {
    hint: 'Send a link to it instead.',
  });
}

/** The receiver as it was written, where it does not say on which network. */
function targetOf({ input }: Invocation): { readonly to: string; readonly channel?: string } {
  const to = input.text('target') ?? '';
  const channel = input.text('channel');
  if (channel !== undefined) return { to, channel };
  if (/^[a-z][a-z0-9-]*:./u.test(to) && !/^(?:group|channel|user):/u.test(to)) return { to };
  throw new PortcullisError('usage.missing', 'On which network is not said.', {
    hint: 'Add --channel, or write the receiver as telegram:42.',
  });
}

function print({ out }: Invocation, sent: Sent, key: string): void {
  const { status, channel, accountId, conversationId, parts, messageId, repeated, error } = sent;
  const where = `${channel} ${conversationId} (${accountId})`;
  const pieces = parts === 1 ? '' : `, in ${String(parts)} pieces`;
  if (status === 'rehearsed') out.line(`It would go to ${where}${pieces}: ${sent.decision}.`);
  else if (repeated) out.line(`It was sent before to ${where}: ${status}.`);
  else if (status === 'sent')
    out.line(`Sent to ${where}${pieces}, as message ${messageId ?? '?'}.`);
  else if (status === 'pending') {
    out.line(`It waits in the outbox for ${where}.`);
    out.note('It goes out by itself: openclaw outbox list');
  } else if (status === 'unknown') {
    out.warn(`It may have reached ${where}, or not. ${error ?? ''} Look at: openclaw outbox list`);
  } else out.warn(`It was not taken by ${where}: ${error ?? 'no reason was given.'}`);
  if (status === 'pending' || status === 'unknown') out.note(`Its key: ${key}`);
}

/** `openclaw message send`. Exit code 1 when the network did not take it for sure. */
export const sendMessage: CommandHandler = async (invocation) => {
  const { input, out, json } = invocation;
  const message = await textOf(invocation);
  const target = targetOf(invocation);
  const file = fileOf(invocation);
  const idempotencyKey = input.text('idempotency-key') ?? randomUUID();
  const [accountId, threadId, replyToId] = ['account', 'thread-id', 'reply-to'].map((name) =>
    input.text(name),
  );
  return await withOperator(
    invocation,
    async ({ ask }) => {
      const sent = await ask('send', {
        ...target,
        message,
        idempotencyKey,
        ...(accountId !== undefined && { accountId }),
        ...(threadId !== undefined && { threadId }),
        ...(replyToId !== undefined && { replyToId }),
        ...(input.flag('dry-run') && { dryRun: true }),
        ...file,
      });
      const ok = sent.status !== 'failed' && sent.status !== 'unknown';
      if (json) out.json({ ok, ...sent });
      else print(invocation, sent, idempotencyKey);
      return ok ? 0 : 1;
    },
    { live: true },
  );
};
