/**
 * Options that several commands share.
 *
 * @module
 */
import type { ArgumentSpec, OptionSpec } from '../command.ts';

/** For programs that read the answer. */
export const JSON_OPTION: OptionSpec = {
  name: 'json',
  type: 'flag',
  summary: 'Print one JSON document; an error is one on stderr.',
};

/** For scripts, and for people who are sure. */
export const YES_OPTION: OptionSpec = {
  name: 'yes',
  short: 'y',
  type: 'flag',
  summary: 'Do not ask for confirmation.',
};

/** How many of something to show. */
export function limitOption(preset: number, max: number): OptionSpec {
  return {
    name: 'limit',
    type: 'count',
    value: 'N',
    max,
    summary: `Show at most N, 1 to ${max} (default ${preset}).`,
  };
}

/** Which network. */
export const CHANNEL_ARGUMENT: ArgumentSpec = {
  name: 'channel',
  summary: 'The network, such as telegram.',
};

/** Which account of a network. */
export const ACCOUNT_OPTION: OptionSpec = {
  name: 'account',
  type: 'text',
  value: 'ID',
  summary: 'Which of our accounts on that network; needed where it is not clear.',
};
