/**
 * `openclaw pairing`: who asks to talk to the agent, and who may.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { MethodResult } from '@portcullis/protocol';

import type { CommandHandler, Invocation } from '../command.ts';
import { quote } from '../parse/fault.ts';
import { formatDuration, formatInstant } from '../terminal/time.ts';
import { type OperatorSession, withOperator } from './operator-session.ts';

type Lists = MethodResult<'channels.pairing.list'>;
type Request = Lists['requests'][number];

function printLists(invocation: Invocation, { requests, allowed, broken }: Lists): void {
  const { out } = invocation;
  if (requests.length === 0) out.line('Nobody asks to be let in.');
  else {
    out.line(`Asking (${requests.length}):`);
    out.table(
      ['CODE', 'CHANNEL', 'ACCOUNT', 'SENDER', 'SINCE', 'EXPIRES IN'],
      requests.map((each) => [
        each.requestId,
        each.channel,
        each.accountId,
        each.senderId,
        formatInstant(each.createdAt),
        formatDuration(Date.parse(each.expiresAt) - Date.now()),
      ]),
    );
  }
  if (allowed.length > 0) {
    out.line();
    out.line(`Let in (${allowed.length}):`);
    out.table(
      ['CHANNEL', 'ACCOUNT', 'SENDER'],
      allowed.map((each) => [each.channel, each.accountId, each.senderId]),
    );
  }
  for (const path of broken) {
    out.warn(`${path} cannot be read, so it lets nobody in. Repair or remove it.`);
  }
}

/** `openclaw pairing list [channel]`. */
export const listPairing: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input } = invocation;
    const channel = input.given('channel') ?? input.text('channel');
    const accountId = input.text('account');
    const lists = await ask('channels.pairing.list', {
      ...(channel !== undefined && { channel }),
      ...(accountId !== undefined && { accountId }),
    });
    if (invocation.json) invocation.out.json({ ok: true, ...lists });
    else printLists(invocation, lists);
  });

/** The one entry that is meant, or an error that says how to name it. */
function only<T extends { readonly accountId: string }>(
  found: readonly T[],
  account: string | undefined,
  missing: PortcullisError,
): T {
  const meant = found.filter((each) => account === undefined || each.accountId === account);
  const [first, second] = meant;
  if (first === undefined) throw missing;
  if (second === undefined) return first;
  throw new PortcullisError('pairing.ambiguous', 'That could be meant on more than one account.', {
    hint: `Name one with --account: ${meant.map((each) => each.accountId).join(', ')}.`,
  });
}

async function findRequest({ input }: Invocation, { ask }: OperatorSession): Promise<Request> {
  // One word is the code; the network is then the one that has it, or the one of the option.
  const word = input.given('code');
  const channel = word === undefined ? input.text('channel') : input.argument('channel');
  const code = (word ?? input.argument('channel')).trim().toUpperCase();
  const { requests } = await ask('channels.pairing.list', channel === undefined ? {} : { channel });
  const found = requests.filter((each) => each.requestId.toUpperCase() === code);
  return only(
    found,
    input.text('account'),
    new PortcullisError(
      'pairing.unknown_code',
      `Nobody${channel === undefined ? '' : ` on ${quote(channel)}`} has that code.`,
      {
        hint: 'Codes expire and are used once. "openclaw pairing list" shows those that count.',
      },
    ),
  );
}

async function confirmOwner(
  { input, doors }: Invocation,
  { channel, senderId }: Request,
): Promise<void> {
  if (!input.flag('owner') || input.flag('yes')) return;
  const question = `Make ${channel}:${senderId} the owner, who commands the agent and approves what it does?`;
  if (await doors.confirm(question)) return;
  throw new PortcullisError('usage.declined', 'Nothing was approved.', {
    hint: 'Without --owner the sender may talk to the agent and is not its owner.',
  });
}

/** `openclaw pairing approve <channel> <code>`. */
export const approvePairing: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { input, out, json } = invocation;
    const request = await findRequest(invocation, session);
    await confirmOwner(invocation, request);
    const { channel, accountId, requestId } = request;
    const result = await session.ask('channels.pairing.approve', {
      channel,
      accountId,
      requestId,
      bootstrapCommandOwner: input.flag('owner'),
    });
    if (json) {
      out.json({ ok: true, channel, accountId, ...result });
      return;
    }
    out.line(`${channel}:${result.senderId} may talk to the agent now.`);
    if (result.commandOwnerBootstrap === 'configured') {
      out.line(`${channel}:${result.senderId} is the owner now.`);
    }
    if (result.commandOwnerBootstrap === 'already-configured') {
      out.warn('There is an owner already, so no new one was made. See commands.ownerAllowFrom.');
    }
  });

/** `openclaw pairing reject <channel> <code>`. */
export const rejectPairing: CommandHandler = (invocation) =>
  withOperator(invocation, async (session) => {
    const { out, json } = invocation;
    const { channel, accountId, requestId } = await findRequest(invocation, session);
    const params = { channel, accountId, requestId };
    const result = await session.ask('channels.pairing.dismiss', params);
    if (json) out.json({ ok: true, channel, accountId, ...result });
    else out.line(`${channel}:${result.senderId} was refused.`);
  });

/** `openclaw pairing revoke <channel> <sender>`. */
export const revokePairing: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const channel = input.argument('channel');
    const senderId = input.argument('sender');
    const { allowed } = await ask('channels.pairing.list', { channel });
    const found = allowed.filter((each) => each.senderId === senderId);
    const { accountId } = only(
      found,
      input.text('account'),
      new PortcullisError(
        'pairing.not_paired',
        `${quote(senderId)} was not let in by pairing on ${quote(channel)}.`,
        {
          hint: `"openclaw pairing list" shows who was. Senders in channels.${channel}.allowFrom are removed there.`,
        },
      ),
    );
    const result = await ask('channels.pairing.revoke', { channel, accountId, senderId });
    if (json) out.json({ ok: true, channel, accountId, ...result });
    else out.line(`${channel}:${senderId} may no longer talk to the agent.`);
  });
