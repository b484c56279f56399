/** Channel accounts in memory: one that does as it is told, and no other. */
import { PortcullisError } from '@portcullis/core';

import type { Caller, ChannelReport, ChannelService } from '../../src/services.ts';

const ACCOUNT: ChannelReport = {
  channel: 'telegram',
  accountId: 'default',
  configured: true,
  enabled: true,
  installed: true,
  state: 'connected',
  identity: '@a_bot',
  restarts: 0,
};

/** A picture of a code. */
const PICTURE = 'data:image/png;base64,AAAA';

/** The account, and everything that was done to it. */
export function fakeChannels(): ChannelService & {
  readonly done: { readonly what: string; readonly by: Caller }[];
  readonly report: () => readonly ChannelReport[];
} {
  const done: { what: string; by: Caller }[] = [];
  let state: ChannelReport['state'] = 'connected';
  const now = (): ChannelReport => ({ ...ACCOUNT, state });
  const act = (what: string, by: Caller, channel: string, next: ChannelReport['state']) => {
    if (channel !== ACCOUNT.channel) {
      throw new PortcullisError('channel.unknown_account', 'There is no such account.');
    }
    done.push({ what, by });
    state = next;
    return now();
  };
  return {
    done,
    report: () => [now()],
    start: async (by, { channel }) => act('start', by, channel, 'connected'),
    stop: async (by, { channel }) => act('stop', by, channel, 'stopped'),
    logout: async (by, { channel }) => ({
      report: act('logout', by, channel, 'stopped'),
      cleared: true,
      secretLeft: true,
      network: 'ended',
    }),
    startLogin: async (by, { channel, force, timeoutMs }) => {
      done.push({ what: `login ${channel} ${String(force)} ${String(timeoutMs)}`, by });
      const account = { channel, accountId: 'default', message: 'Scan the code.' };
      return { ...account, state: 'waiting', qr: 'code', qrDataUrl: PICTURE };
    },
    waitLogin: async ({ channel, shown, timeoutMs }) => ({
      channel,
      accountId: 'default',
      state: shown === PICTURE ? 'linked' : 'ended',
      message: `waited ${String(timeoutMs)} ms`,
    }),
    cancelLogin: async (by, { channel }) => {
      done.push({ what: `cancel ${channel}`, by });
      return true;
    },
    probe: async ({ timeoutMs }) => [
      {
        channel: 'telegram',
        accountId: 'default',
        ok: false,
        error: `silent for ${String(timeoutMs)} ms`,
        at: 7,
        elapsedMs: 5,
      },
    ],
  };
}
