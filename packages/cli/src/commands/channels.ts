/**
 * `openclaw channels`: how each account on each network is doing.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import type { CommandHandler } from '../command.ts';
import type { Output } from '../terminal/output.ts';
import { type Piece, styled } from '../terminal/style.ts';
import { formatInstant } from '../terminal/time.ts';
import { withOperator } from './operator-session.ts';

type Status = MethodResult<'channels.status'>;
type Account = Status['channelAccounts'][string][number];

function stateOf({ installed, enabled, configured, healthState }: Account): Piece {
  if (!installed) return styled('red', 'not installed');
  if (!configured) return styled('yellow', 'not configured');
  if (!enabled) return styled('dim', 'off');
  if (healthState === 'connected') return styled('green', healthState);
  return styled(healthState === 'failed' ? 'red' : 'yellow', healthState);
}

/** One row per account. */
export function printChannels(out: Output, { channelOrder, channelAccounts }: Status): void {
  const rows = channelOrder.flatMap((channel) =>
    (channelAccounts[channel] ?? []).map((account): Piece[] => [
      channel,
      account.accountId,
      stateOf(account),
      account.name ?? '',
      formatInstant(account.lastTransportActivityAt ?? undefined),
      account.lastError ?? '',
    ]),
  );
  if (rows.length === 0) out.line('No network is configured.');
  else out.table(['CHANNEL', 'ACCOUNT', 'STATE', 'NAME', 'LAST CONTACT', 'ERROR'], rows);
}

/** `openclaw channels status`. */
export const showChannels: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const status = await ask('channels.status', {});
    if (invocation.json) invocation.out.json({ ok: true, ...status });
    else printChannels(invocation.out, status);
  });
