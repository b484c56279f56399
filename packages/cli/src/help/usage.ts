/**
 * How a command is written: `openclaw pairing approve <channel> <code> [options]`.
 *
 * @module
 */
import type { CommandSpec, OptionSpec } from '../command.ts';

/** The usage line of a command. */
export function usageOf({ name, arguments: words = [], options = [] }: CommandSpec): string {
  const taken = words.map(({ name: word, optional, repeated }) => {
    const shown = repeated === true ? `${word}...` : word;
    return optional === true ? `[${shown}]` : `<${shown}>`;
  });
  const required = options.filter((each) => each.required === true).map(longForm);
  const more = options.length > required.length ? ['[options]'] : [];
  return ['openclaw', name, ...taken, ...required, ...more].join(' ');
}

function longForm({ name, type, value }: OptionSpec): string {
  return type === 'flag' ? `--${name}` : `--${name} ${value ?? 'VALUE'}`;
}

/** An option as help names it: `-m, --message TEXT`. */
export function optionForm(option: OptionSpec): string {
  return option.short === undefined ? longForm(option) : `-${option.short}, ${longForm(option)}`;
}
