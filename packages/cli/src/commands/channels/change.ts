/**
 * `openclaw channels enable|disable|remove`: changes of the config, shown with what they open.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type ConfigEdit, getPath } from '@portcullis/gateway/config';

import {
  type ConfiguredAccount,
  type ConfiguredChannel,
  configuredChannel,
  meantAccount,
} from '../../channels/configured.ts';
import { labelOf } from '../../channels/known.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { type Change, changeConfig, printOutcome } from '../config/change.ts';
import { configOf, meantChannel } from './which.ts';

interface Meant {
  readonly channel: ConfiguredChannel;
  /** Undefined where the whole channel is meant. */
  readonly account: ConfiguredAccount | undefined;
}

/** A channel, or with `--account` one account of it. */
function meantOf(invocation: Invocation): Meant {
  const config = configOf(invocation);
  const channel = configuredChannel(config, meantChannel(invocation));
  const wanted = invocation.input.text('account');
  const account = wanted === undefined ? undefined : meantAccount(config, channel, wanted);
  return { channel, account };
}

function pathOf({ channel, account }: Meant): string {
  return account?.path ?? `channels.${channel.id}`;
}

function nameOf({ channel, account }: Meant): string {
  const label = labelOf(channel.id);
  return account === undefined ? label : `${label} (${account.accountId})`;
}

function report(invocation: Invocation, meant: Meant, change: Change, done: string): void {
  const { out, json, input } = invocation;
  const { channel, account } = meant;
  if (json) {
    out.json({ ok: true, channel: channel.id, accountId: account?.accountId ?? null, ...change });
    return;
  }
  if (change.changed) out.line(`${nameOf(meant)} is ${done}.`);
  else if (input.flag('dry-run')) out.line('Nothing was changed.');
  else out.line(`${nameOf(meant)} is ${done} already.`);
  printOutcome(invocation, change);
}

/** Switches an account on, and its channel where that is what keeps it off. */
function onEdits(meant: Meant): readonly ConfigEdit[] {
  const { channel, account } = meant;
  const own = { path: `${pathOf(meant)}.enabled`, value: true };
  const isBelow = account !== undefined && channel.named && !channel.enabled;
  return isBelow ? [{ path: `channels.${channel.id}.enabled`, value: true }, own] : [own];
}

/** `openclaw channels enable`. */
export const enableChannel: CommandHandler = async (invocation) => {
  const meant = meantOf(invocation);
  report(invocation, meant, await changeConfig(invocation, onEdits(meant)), 'on');
};

async function switchOff(invocation: Invocation, meant: Meant): Promise<Change> {
  return await changeConfig(invocation, [{ path: `${pathOf(meant)}.enabled`, value: false }]);
}

/** `openclaw channels disable`. */
export const disableChannel: CommandHandler = async (invocation) => {
  const meant = meantOf(invocation);
  report(invocation, meant, await switchOff(invocation, meant), 'off');
};

async function agree({ input, doors }: Invocation, question: string): Promise<void> {
  if (input.flag('yes') || input.flag('dry-run') || (await doors.confirm(question))) return;
  throw new PortcullisError('usage.declined', 'Nothing was changed.', {
    hint: 'Add --dry-run to see what a change does.',
  });
}

/** Removes an account; its channel with it where it has no other. */
function removal({ channel, account }: Meant): string {
  const isLast = account === undefined || channel.accounts.length === 1;
  return isLast ? `channels.${channel.id}` : account.path;
}

/** `openclaw channels remove`. */
export const removeChannel: CommandHandler = async (invocation) => {
  const meant = meantOf(invocation);
  if (!invocation.input.flag('delete')) {
    await agree(invocation, `Switch ${nameOf(meant)} off?`);
    report(invocation, meant, await switchOff(invocation, meant), 'off');
    return;
  }
  const path = removal(meant);
  const rules = getPath(configOf(invocation).value, path);
  await agree(
    invocation,
    `Delete ${path} with ${String(Object.keys(Object(rules)).length)} keys, its token among them?`,
  );
  // Switching off needs nothing of this.
  const { removeWithSecrets } = await import('../secrets/forget.ts');
  const change = await removeWithSecrets(invocation, path);
  report(invocation, meant, change, 'removed');
  if (change.changed && !invocation.json) {
    invocation.out.note('What the network handed out still counts there until you revoke it.');
  }
};
