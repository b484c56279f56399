/**
 * `openclaw channels list`: which networks there are, and which are set up. Nothing is loaded and
 * nobody is asked.
 *
 * @module
 */
import { configuredChannels } from '../../channels/configured.ts';
import { KNOWN_CHANNELS, labelOf } from '../../channels/known.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { type Piece, styled } from '../../terminal/style.ts';
import { configOf } from './which.ts';

interface Row {
  readonly id: string;
  readonly accounts: readonly string[];
  readonly enabled: boolean;
  readonly installed: boolean;
  readonly origin: 'configured' | 'available' | 'installable';
}

async function rowsOf(invocation: Invocation): Promise<readonly Row[]> {
  const { hasChannel } = await import('../../compose/packages.ts');
  const { paths } = invocation.context;
  const configured = configuredChannels(configOf(invocation)).map(
    ({ id, accounts, enabled }): Row => ({
      id,
      accounts: accounts.map(({ accountId }) => accountId),
      enabled,
      installed: hasChannel(id, paths),
      origin: 'configured',
    }),
  );
  const ids = new Set(configured.map(({ id }) => id));
  const others = KNOWN_CHANNELS.filter(({ id }) => !ids.has(id)).map(({ id }): Row => {
    const installed = hasChannel(id, paths);
    const origin = installed ? 'available' : 'installable';
    return { id, accounts: [], enabled: false, installed, origin };
  });
  return invocation.input.flag('all') ? [...configured, ...others] : configured;
}

function stateOf({ origin, installed, enabled }: Row): Piece {
  if (origin === 'installable') return styled('dim', 'not installed');
  if (origin === 'available') return styled('dim', 'not set up');
  if (!installed) return styled('red', 'not installed');
  return enabled ? styled('green', 'on') : styled('dim', 'off');
}

/** `openclaw channels list`. */
export const listChannels: CommandHandler = async (invocation) => {
  const { out, json, input, context } = invocation;
  const rows = await rowsOf(invocation);
  if (json) {
    const chat = Object.fromEntries(
      rows.map(({ id, ...row }) => [id, { ...row, label: labelOf(id) }]),
    );
    out.json({ ok: true, chat });
    return;
  }
  if (rows.length === 0) {
    out.line('No network is configured. Set one up: openclaw channels add telegram');
    return;
  }
  out.table(
    ['CHANNEL', 'NAME', 'STATE', 'ACCOUNTS'],
    rows.map((row) => [row.id, labelOf(row.id), stateOf(row), row.accounts.join(', ')]),
  );
  const { installHint } = await import('../../compose/packages.ts');
  for (const { id, installed, origin } of rows) {
    if (!installed && origin === 'configured') out.note(installHint(id, context.paths));
  }
  if (!input.flag('all')) out.note('--all shows the networks that could be set up.');
};
