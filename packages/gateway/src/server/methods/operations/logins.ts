/**
 * Methods that link an account with an app of the person who owns it.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import type { AccountWanted, LoginReport } from '../../../services.ts';
import type { Handlers } from '../../plane.ts';

/** What OpenClaw's clients mean, who name no network. */
const USUAL = 'whatsapp';

/** How long an answer may take, in milliseconds. */
const FIRST_CODE_MS = 30_000;
const LONGEST_MS = 120_000;

function viewOf({ state, ...login }: LoginReport): MethodResult<'web.login.wait'> {
  return { ...login, connected: state === 'linked', waiting: state === 'waiting' };
}

function wantedOf({
  channel = USUAL,
  accountId,
}: {
  readonly channel?: string | undefined;
  readonly accountId?: string | undefined;
}): AccountWanted {
  return { channel, ...(accountId !== undefined && { accountId }) };
}

/** Methods on logins. */
export const loginHandlers: Handlers<'web.login.start' | 'web.login.wait' | 'web.login.cancel'> = {
  'web.login.start': async (params, { services, caller }) => {
    const { force, timeoutMs = FIRST_CODE_MS } = params;
    return viewOf(
      await services.channelControl.startLogin(caller, {
        ...wantedOf(params),
        timeoutMs: Math.min(timeoutMs, LONGEST_MS),
        ...(force !== undefined && { force }),
      }),
    );
  },
  'web.login.wait': async (params, { services }) => {
    const { currentQrDataUrl: shown, timeoutMs = LONGEST_MS } = params;
    return viewOf(
      await services.channelControl.waitLogin({
        ...wantedOf(params),
        timeoutMs: Math.min(timeoutMs, LONGEST_MS),
        ...(shown !== undefined && { shown }),
      }),
    );
  },
  'web.login.cancel': async (params, { services, caller }) => ({
    cancelled: await services.channelControl.cancelLogin(caller, wantedOf(params)),
  }),
};
