/**
 * `openclaw channels status`: how each account on each network is doing.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import { configuredChannels } from '../../channels/configured.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import type { Output } from '../../terminal/output.ts';
import { type Piece, styled } from '../../terminal/style.ts';
import { formatInstant } from '../../terminal/time.ts';
import { isNotRunning, withOperator } from '../operator-session.ts';
import { configOf, namedChannel } from './which.ts';

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

/** What the network said, below the rows: a sentence for each account that was asked. */
export function printProbes(out: Output, { channelOrder, channelAccounts }: Status): void {
  const accounts = channelOrder.flatMap((channel) =>
    (channelAccounts[channel] ?? []).map((account) => ({ channel, account })),
  );
  out.line();
  for (const { channel, account } of accounts) {
    const { probe, accountId } = account;
    const who = `${channel} ${accountId}: `;
    if (probe === undefined) out.line(who, styled('dim', 'not asked; it is not connected'));
    else if (!probe.ok) out.line(who, styled('red', probe.error ?? 'refused'));
    else {
      const took = ` (${String(probe.elapsedMs)} ms)`;
      out.line(
        who,
        styled('green', 'the network takes our login'),
        ` ${probe.identity ?? ''}${took}`,
      );
    }
  }
}

/** What is known where no gateway runs: what the config says. */
function showConfigured(invocation: Invocation, only: string | undefined): void {
  const { out, json, context } = invocation;
  const channels = configuredChannels(configOf(invocation)).filter(
    ({ id }) => only === undefined || id === only,
  );
  if (json) {
    out.json({
      ok: true,
      gatewayReachable: false,
      configOnly: true,
      config: { path: context.paths.configPath },
      configuredChannels: channels.map(({ id }) => id),
    });
    return;
  }
  if (channels.length === 0) out.line('No network is configured.');
  else {
    const rows = channels.flatMap(({ id, accounts }) =>
      accounts.map(({ accountId, enabled, name }): Piece[] => [
        id,
        accountId,
        enabled ? 'on' : styled('dim', 'off'),
        name ?? '',
      ]),
    );
    out.table(['CHANNEL', 'ACCOUNT', 'CONFIGURED', 'NAME'], rows);
  }
  out.note('No gateway runs here, so nothing is connected. Start it with: openclaw gateway run');
}

/** Exit code of a probe: whether every network that was asked takes our login. */
export function probeCode({ channelAccounts }: Status): 0 | 1 {
  const asked = Object.values(channelAccounts).flatMap((accounts) => accounts);
  return asked.some(({ probe }) => probe?.ok === false) ? 1 : 0;
}

/** `openclaw channels status`. */
export const showChannels: CommandHandler = async (invocation) => {
  const { input, out, json } = invocation;
  const channel = namedChannel(invocation);
  const probe = input.flag('probe');
  const timeoutMs = input.count('timeout');
  try {
    return await withOperator(invocation, async ({ ask }) => {
      const status = await ask('channels.status', {
        ...(probe && { probe }),
        ...(timeoutMs !== undefined && { timeoutMs }),
        ...(channel !== undefined && { channel }),
      });
      if (json) out.json({ ok: true, ...status });
      else {
        printChannels(out, status);
        if (probe) printProbes(out, status);
      }
      return probe ? probeCode(status) : 0;
    });
  } catch (error) {
    if (probe || !isNotRunning(error)) throw error;
    showConfigured(invocation, channel);
    return 0;
  }
};
