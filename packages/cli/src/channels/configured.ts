/**
 * Channels and accounts as the config names them, read without loading any of them.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  type ConfigObject,
  type LoadedConfig,
  formatPath,
  getPath,
  isConfigObject,
  nearest,
} from '@portcullis/gateway/config';

import { quote } from '../parse/fault.ts';

/** An account of the config. */
export interface ConfiguredAccount {
  readonly accountId: string;
  readonly enabled: boolean;
  readonly name?: string;
  /** Where its own keys are: those of a channel with one unnamed account stand at the channel. */
  readonly path: string;
}

/** A channel of the config. */
export interface ConfiguredChannel {
  readonly id: string;
  readonly enabled: boolean;
  /** Whether its accounts have names of their own. */
  readonly named: boolean;
  readonly accounts: readonly ConfiguredAccount[];
}

function asObject(value: unknown): ConfigObject {
  // Values of a config are JSON.
  const given = value as ConfigObject[string] | undefined;
  return isConfigObject(given) ? given : {};
}

/** The channels of a config, in its order. */
export function configuredChannels(config: LoadedConfig): readonly ConfiguredChannel[] {
  return Object.entries(asObject(config.value['channels']))
    .filter(([id]) => id !== 'defaults')
    .map(([id, value]) => {
      const block = asObject(value);
      const accounts = asObject(block['accounts']);
      const names = Object.keys(accounts);
      const named = names.length > 0;
      return {
        id,
        enabled: block['enabled'] !== false,
        named,
        accounts: (named ? names : ['default']).map((accountId) => {
          const own = named ? asObject(accounts[accountId]) : block;
          const name = own['name'];
          const path = named ? ['channels', id, 'accounts', accountId] : ['channels', id];
          return {
            accountId,
            enabled: block['enabled'] !== false && own['enabled'] !== false,
            ...(typeof name === 'string' && { name }),
            path: formatPath(path),
          };
        }),
      };
    });
}

/**
 * The channel of this id.
 *
 * @throws PortcullisError `channel.not_configured`.
 */
export function configuredChannel(config: LoadedConfig, id: string): ConfiguredChannel {
  const all = configuredChannels(config);
  const found = all.find((each) => each.id === id);
  if (found !== undefined) return found;
  const ids = all.map((each) => each.id);
  const meant = nearest(id, ids);
  throw new PortcullisError('channel.not_configured', `No channel ${quote(id)} is configured.`, {
    hint:
      meant === undefined
        ? `openclaw channels add ${/^[a-z][a-z0-9-]*$/u.test(id) ? id : '<channel>'} sets one up.`
        : `Did you mean "${meant}"?`,
  });
}

/**
 * The account that is meant: the one of this name, else the usual or the only one.
 *
 * @throws PortcullisError `channel.unknown_account`.
 */
export function meantAccount(
  config: LoadedConfig,
  { id, accounts }: ConfiguredChannel,
  wanted: string | undefined,
): ConfiguredAccount {
  const usual = getPath(config.value, `channels.${id}.defaultAccount`);
  const name = wanted ?? (typeof usual === 'string' ? usual : undefined);
  const [only, second] = accounts;
  const found =
    name === undefined && second === undefined
      ? only
      : accounts.find(({ accountId }) => accountId === (name ?? 'default'));
  if (found !== undefined) return found;
  const names = accounts.map(({ accountId }) => accountId).join(', ');
  throw new PortcullisError(
    'channel.unknown_account',
    name === undefined
      ? `${id} has several accounts, and none was named.`
      : `${id} has no account ${quote(name)}.`,
    { hint: `Name one with --account: ${names}.` },
  );
}
