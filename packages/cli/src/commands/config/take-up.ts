/**
 * Has a running gateway take up what this command wrote into the config file, so that somebody who
 * said yes to a change is not asked for it twice.
 *
 * Promises: accepts no edit that opens more than what was agreed to, and none while another edit
 * waited before; whatever goes wrong, the edit waits as any other does.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { PortcullisError } from '@portcullis/core';
import type { ConfigStatus, MethodResult } from '@portcullis/protocol';

import type { OperatorSession } from '../operator-session.ts';

/** How long a gateway may take to notice the file, in milliseconds; it looks every two seconds. */
const PATIENCE_MS = 6000;
const PAUSE_MS = 100;

type Opens = MethodResult<'config.preview'>['opens'];

/** Whether an edit that somebody else made waits already, or edits are not taken up at all. */
export async function isBusy({ ask }: OperatorSession): Promise<boolean> {
  const { edit, mode } = await ask('config.status', {});
  return edit !== undefined || mode === 'off';
}

/**
 * Accepts the edit once the gateway has noticed it. Undefined when it is left to wait: the gateway
 * did not notice it in time, refused it, or sees it open a key that is not in `agreed`.
 */
export async function takeUp(
  session: OperatorSession,
  agreed: Opens,
): Promise<MethodResult<'config.accept'> | undefined> {
  try {
    const edit = await noticed(session);
    const keys = new Set(agreed.map(({ key }) => key));
    if (edit?.state !== 'waiting' || edit.opens.some(({ key }) => !keys.has(key))) return undefined;
    return await session.ask('config.accept', { hash: edit.hash });
  } catch (error) {
    // It is in the file: what became of it is said by "openclaw status" and "config accept".
    if (PortcullisError.is(error)) return undefined;
    throw error;
  }
}

async function noticed({ ask }: OperatorSession): Promise<ConfigStatus['edit']> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const { edit } = await ask('config.status', {});
    if (edit !== undefined || performance.now() > until) return edit;
    await sleep(PAUSE_MS);
  }
}
