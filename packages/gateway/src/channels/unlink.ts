/**
 * Ends the login of an account: on its network, and here.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Channel } from '@portcullis/core';

import type { Kernel } from '../kernel.ts';
import type { AccountPlan, Channels } from './channels.ts';
import { forgetLogin } from './credentials.ts';

/** How long a network may take to end a login. */
const LOGOUT_MS = 15_000;

/** What became of a login. */
export interface Unlinked {
  /** True when a login was kept, and is gone. */
  readonly cleared: boolean;
  /** What its network knows of it; `none` where the channel has no login of its own to end. */
  readonly network: 'ended' | 'not_reached' | 'none';
}

/** Ends the login of an account that does not run. What is kept here goes, whatever the network says. */
export async function unlink(
  kernel: Kernel,
  channels: Channels,
  plan: AccountPlan,
): Promise<Unlinked> {
  const network = await tellNetwork(kernel, channels, plan);
  const cleared = await forgetLogin(kernel, plan.channel, plan.accountId);
  return { cleared, network };
}

async function tellNetwork(
  kernel: Kernel,
  channels: Channels,
  plan: AccountPlan,
): Promise<Unlinked['network']> {
  const late = new AbortController();
  try {
    const channel = await channels.make(plan);
    if (channel?.logout === undefined) return 'none';
    const ended = endedBy(channel.logout(AbortSignal.timeout(LOGOUT_MS)));
    const tooLate = sleep(LOGOUT_MS, false, { signal: late.signal }).catch(() => false);
    return (await Promise.race([ended, tooLate])) ? 'ended' : 'not_reached';
  } catch (cause) {
    const { channel, accountId: account } = plan;
    kernel.log.warn({ channel, account, err: cause }, 'channel: the network could not be told');
    return 'not_reached';
  } finally {
    late.abort();
    channels.unmake(plan);
  }
}

async function endedBy(work: ReturnType<NonNullable<Channel['logout']>>): Promise<true> {
  await work;
  return true;
}
