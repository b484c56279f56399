/**
 * Which channel a command is about: the word behind it, or `--channel`.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type LoadedConfig, loadConfig } from '@portcullis/gateway/config';

import { configuredChannels } from '../../channels/configured.ts';
import type { Invocation } from '../../command.ts';

/** The channel that was named. */
export function namedChannel({ input }: Pick<Invocation, 'input'>): string | undefined {
  const [word, option] = [input.given('channel'), input.text('channel')];
  if (word === undefined || option === undefined || word === option) return word ?? option;
  throw new PortcullisError('usage.invalid_value', 'Two different channels are named.', {
    hint: 'Name one, behind the command or with --channel.',
  });
}

/**
 * The channel that was named, else the only one of the config.
 *
 * @throws PortcullisError `usage.missing`.
 */
export function meantChannel(invocation: Invocation): string {
  const named = namedChannel(invocation);
  if (named !== undefined) return named;
  const ids = configuredChannels(configOf(invocation)).map(({ id }) => id);
  const [only, second] = ids;
  if (only !== undefined && second === undefined) return only;
  throw new PortcullisError('usage.missing', 'Which channel is not clear.', {
    hint:
      ids.length === 0
        ? 'None is configured: openclaw channels add <channel>'
        : `Name one: ${ids.join(', ')}.`,
  });
}

/** The config as its file has it. */
export function configOf({ context: { env, paths } }: Pick<Invocation, 'context'>): LoadedConfig {
  return loadConfig({ env, paths });
}
