/**
 * Options that several commands share.
 *
 * @module
 */
import type { ArgumentSpec, OptionSpec } from '../command.ts';
import type { KeepIn } from '../secrets/keeper.ts';

/** For programs that read the answer. */
export const JSON_OPTION: OptionSpec = {
  name: 'json',
  type: 'flag',
  summary: 'Print one JSON document, an error too.',
};

/** For programs that read answers as they come. */
export const JSON_LINES_OPTION: OptionSpec = {
  name: 'json',
  type: 'flag',
  summary: 'Print JSON documents, one a line, an error too.',
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

/**
 * The options by which a secret is handed over: `--<name>-stdin`, `--<name>-file`, `--<name>-env`.
 *
 * @param what completes "… of/for": `the token of the bot`.
 */
export function secretOptions(name: string, what: string): readonly OptionSpec[] {
  return [
    { name: `${name}-stdin`, type: 'flag', summary: `Read ${what} from standard input.` },
    { name: `${name}-file`, type: 'text', value: 'PATH', summary: `Read ${what} from a file.` },
    {
      name: `${name}-env`,
      type: 'text',
      value: 'NAME',
      summary: `Leave ${what} in this variable of the gateway's environment.`,
    },
  ];
}

/** Why `--<name> <secret>` is not taken, for `refuses` of a command. */
export function secretRefusal(name: string): Readonly<Record<string, string>> {
  return {
    [name]: `A secret in an argument is in the history of the shell and in the list of processes. Use --${name}-stdin, --${name}-file or --${name}-env.`,
  };
}

/** Where secrets are to be kept. */
export const KEEP_OPTION: OptionSpec = {
  name: 'keep',
  type: 'text',
  value: 'PLACE',
  choices: ['auto', 'keychain', 'file'] satisfies readonly KeepIn[],
  summary:
    'Keep secrets in the keychain or in a private file (default: the keychain, if it works).',
};

/** How long to wait for a gateway. */
export function timeoutOption(presetMs: number): OptionSpec {
  return {
    name: 'timeout',
    type: 'count',
    value: 'MS',
    max: 3_600_000,
    summary: `Stop waiting after so many milliseconds (default ${presetMs}).`,
  };
}
