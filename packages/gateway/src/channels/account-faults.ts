/**
 * What keeps an account from running, as errors.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { AccountPlan } from './channels.ts';

/**
 * Refuses an account that the config switched off.
 *
 * @throws PortcullisError `channel.off`.
 */
export function requireOn({ channel, enabled }: AccountPlan): void {
  if (enabled) return;
  throw new PortcullisError('channel.off', 'The account is switched off in the config.', {
    hint: `openclaw channels enable ${channel} switches it on.`,
  });
}

/**
 * Refuses an account whose package is missing or whose options are wrong.
 *
 * @throws PortcullisError `channel.cannot_start`.
 */
export function requireSound({ problem }: AccountPlan): void {
  if (problem === undefined) return;
  throw new PortcullisError('channel.cannot_start', problem, {
    hint: 'openclaw channels status shows what each account lacks.',
  });
}
