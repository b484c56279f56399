/**
 * Checks of the chat networks.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type ConfigObject, getPath, isConfigObject, ownValue } from '@portcullis/gateway/config';
import { CHANNEL_NEEDS, type ChannelNeed } from '@portcullis/gateway/posture';
import type { MethodResult } from '@portcullis/protocol';

import { hasChannel, installHint } from '../compose/packages.ts';
import { type Check, type Found, fail, pass, skip, warn } from './check.ts';
import { sentence } from './config.ts';
import type { Subject } from './subject.ts';

/** An account of a channel that is switched on. */
interface Account {
  readonly channel: string;
  readonly id: string;
  /** How people call it: `telegram`, `telegram (work)`. */
  readonly name: string;
}

function blocks({ config }: Subject): readonly (readonly [string, ConfigObject])[] {
  const channels = config.value['channels'];
  if (!isConfigObject(channels)) return [];
  return Object.entries(channels).flatMap(([channel, block]) =>
    ['defaults', 'modelByChannel'].includes(channel) || !isConfigObject(block)
      ? []
      : [[channel, block] as const],
  );
}

function accounts(subject: Subject): readonly Account[] {
  return blocks(subject).flatMap(([channel, block]) => {
    if (block['enabled'] === false) return [];
    const named = isConfigObject(block['accounts']) ? block['accounts'] : {};
    const ids = Object.keys(named).length === 0 ? ['default'] : Object.keys(named);
    return ids.flatMap((id) => {
      if (ownValue(ownValue(named, id), 'enabled') === false) return [];
      return [{ channel, id, name: id === 'default' ? channel : `${channel} (${id})` }];
    });
  });
}

function configured(subject: Subject): readonly Found[] {
  const all = blocks(subject);
  if (all.length === 0) return [pass('No channel is configured: only the chat page and commands.')];
  const on = accounts(subject).map(({ name }) => name);
  const off = all.filter(([, block]) => block['enabled'] === false).map(([channel]) => channel);
  return [
    ...(on.length === 0 ? [] : [pass(`Configured: ${on.join(', ')}.`)]),
    ...off.map((channel) => pass(`${channel} is switched off.`)),
  ];
}

function installed(subject: Subject): readonly Found[] {
  const { paths } = subject.context;
  const channels = [...new Set(accounts(subject).map(({ channel }) => channel))];
  return channels.map((channel) =>
    hasChannel(channel, paths)
      ? pass(`The package of ${channel} is installed.`)
      : fail(`The package of ${channel} is not installed.`, installHint(channel, paths), {
          path: `channels.${channel}`,
        }),
  );
}

/** The secret of an account, at the account, then at the channel, then in its variable. */
function isThere(
  { secrets, config }: Subject,
  { channel, id }: Account,
  need: ChannelNeed,
): boolean {
  const places = [`channels.${channel}.accounts.${id}`, `channels.${channel}`];
  const [key = '', ...others] = need.keys;
  const variables = id === 'default' ? need.variables : [];
  return (
    places.some((place) => secrets.resolve(`${place}.${key}`) !== undefined) ||
    places.some((place) =>
      others.some((other) => {
        const value = getPath(config.value, `${place}.${other}`);
        return value !== undefined && value !== '';
      }),
    ) ||
    variables.some(
      (variable) => secrets.resolve(`channels.${channel}.${key}`, variable) !== undefined,
    )
  );
}

function tokens(subject: Subject): readonly Found[] {
  return accounts(subject).flatMap((account) => {
    const { channel, id, name } = account;
    const needs = CHANNEL_NEEDS[channel];
    if (needs === undefined) return [];
    const base = id === 'default' ? `channels.${channel}` : `channels.${channel}.accounts.${id}`;
    return needs.map((need) => {
      const path = `${base}.${need.keys[0] ?? ''}`;
      try {
        if (isThere(subject, account, need)) return pass(`${name} has its ${need.keys[0] ?? ''}.`);
        return fail(
          `${name} has no ${need.keys[0] ?? ''}.`,
          `openclaw channels add ${channel}${id === 'default' ? '' : ` --account ${id}`}`,
          {
            path,
          },
        );
      } catch (error) {
        if (!PortcullisError.is(error)) throw error;
        return fail(sentence(error.message), error.hint ?? `Correct ${path}.`, { path });
      }
    });
  });
}

type Status = MethodResult<'channels.status'>;

async function connected(subject: Subject): Promise<readonly Found[]> {
  if (accounts(subject).length === 0) return [];
  if (!subject.probe) return [skip('Whether channels are connected is asked with --probe.')];
  if (subject.owner === undefined) {
    return [skip('Whether channels connect shows once a gateway runs: openclaw gateway run')];
  }
  const operator = await subject.openOperator(subject.context, { live: true });
  try {
    const status = await operator.call<Status>('channels.status', { probe: true });
    return Object.entries(status.channelAccounts).flatMap(([channel, each]) =>
      each.filter(({ enabled }) => enabled).map((account) => connection(channel, account)),
    );
  } finally {
    await operator.close();
  }
}

function connection(
  channel: string,
  { accountId, healthState, lastError }: Status['channelAccounts'][string][number],
): Found {
  const name = accountId === 'default' ? channel : `${channel} (${accountId})`;
  if (healthState === 'connected') return pass(`${name} is connected.`);
  const why = lastError === null ? '' : `: ${lastError}`;
  const isBroken = healthState === 'failed' || healthState === 'stopped';
  return (isBroken ? fail : warn)(sentence(`${name} is ${healthState}${why}`), 'openclaw logs');
}

/** Checks of the chat networks. */
export const channelChecks: readonly Check[] = [
  {
    id: 'channels.configured',
    group: 'channels',
    about: 'Which channels are on.',
    look: configured,
  },
  {
    id: 'channels.installed',
    group: 'channels',
    about: 'That the package of each is installed.',
    look: installed,
  },
  {
    id: 'channels.token',
    group: 'channels',
    about: 'That each account has its token, and that it resolves.',
    look: tokens,
  },
  {
    id: 'channels.connected',
    group: 'channels',
    about: 'That each account is connected. With `--probe`, where a gateway runs.',
    look: connected,
  },
];
