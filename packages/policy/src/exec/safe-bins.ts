/**
 * Safe bins: filters that only read standard input and write standard output, as long as their
 * arguments keep to a profile.
 *
 * @module
 */
import { normalisePath } from '../files/path.ts';
import { asCount, asTexts, own, setting } from '../setting.ts';
import type { Segment } from './analyze.ts';
import { isInterpreterName } from './interpreter.ts';
import { directoryOf, isShellName, trustPath } from './program.ts';
import type { ExecConfig } from './settings.ts';
import type { Word } from './tokenize.ts';

/** The arguments a safe bin may have. */
interface Profile {
  readonly minPositional: number;
  readonly maxPositional: number;
  readonly flags: readonly string[];
  readonly valueFlags: readonly string[];
  readonly deniedFlags: readonly string[];
}

function profile(
  valueFlags: string,
  flags: string,
  positional: readonly [number, number],
): Profile {
  return {
    minPositional: positional[0],
    maxPositional: positional[1],
    flags: flags.split(' '),
    valueFlags: valueFlags.split(' '),
    deniedFlags: [],
  };
}

const HEAD_AND_TAIL = profile(
  '-n -c --lines --bytes',
  '-q -v -z --quiet --silent --verbose --zero-terminated',
  [0, 0],
);

const BUILT_IN: Readonly<Record<string, Profile>> = {
  cut: profile(
    '-b -c -f -d --bytes --characters --fields --delimiter --output-delimiter',
    '-s -z -n --only-delimited --zero-terminated --complement',
    [0, 0],
  ),
  uniq: profile(
    '-f -s -w --skip-fields --skip-chars --check-chars',
    '-c -d -D -i -u -z --count --repeated --ignore-case --unique --zero-terminated',
    [0, 0],
  ),
  head: HEAD_AND_TAIL,
  tail: HEAD_AND_TAIL,
  tr: profile('', '-c -C -d -s -t --complement --delete --squeeze-repeats --truncate-set1', [1, 2]),
  wc: profile('', '-c -m -l -L -w --bytes --chars --lines --max-line-length --words', [0, 0]),
};

/** Languages of their own: no profile makes them filters. */
const NEVER = new Set(['jq', 'gojq', 'jaq', 'yq']);

const DIRECTORIES = ['/bin', '/usr/bin'];

function configuredProfile(exec: ExecConfig, name: string): Profile | undefined {
  const at = exec.first('safeBinProfiles');
  if (own(at.value, name) === undefined) return undefined;
  const field = (key: string) => setting(at.value, name, key);
  return {
    minPositional: asCount(field('minPositional'), 0) ?? 0,
    maxPositional: asCount(field('maxPositional'), 0) ?? 0,
    flags: asTexts(field('allowedFlags')) ?? [],
    valueFlags: asTexts(field('allowedValueFlags')) ?? [],
    deniedFlags: asTexts(field('deniedFlags')) ?? [],
  };
}

/** The profile of a safe bin, or undefined when `name` is none. An empty list means no safe bins. */
function profileOf(exec: ExecConfig, name: string): Profile | undefined {
  const added = asTexts(exec.first('safeBins'));
  if (added?.length === 0) return undefined;
  if (Object.hasOwn(BUILT_IN, name)) return BUILT_IN[name];
  return added?.includes(name) === true ? configuredProfile(exec, name) : undefined;
}

/** A value that names a file, would be expanded by a shell, or refers to a variable. */
function isRiskyValue(text: string, bare: string): boolean {
  return (
    text.includes('/') ||
    text.startsWith('~') ||
    text === '.' ||
    text === '..' ||
    text.includes('$') ||
    /[*?[]/.test(bare)
  );
}

/** What a flag word is: how many words it takes, or undefined when the profile does not know it. */
function flagLength(form: Profile, { text, bare }: Word): number | undefined {
  const { flags, valueFlags, deniedFlags } = form;
  const known = (list: readonly string[], flag: string) =>
    list.includes(flag) && !deniedFlags.includes(flag);
  if (known(valueFlags, text)) return 2;
  if (known(flags, text)) return 1;
  const equals = text.indexOf('=');
  if (text.startsWith('--')) {
    const joined = equals !== -1 && known(valueFlags, text.slice(0, equals));
    return joined && !isRiskyValue(text.slice(equals + 1), bare.slice(equals + 1)) ? 1 : undefined;
  }
  const letters = Array.from(text.slice(1));
  if (letters.every((letter) => known(flags, `-${letter}`))) return 1;
  const joined = known(valueFlags, text.slice(0, 2));
  return joined && !isRiskyValue(text.slice(2), bare.slice(2)) ? 1 : undefined;
}

function keepsTo(form: Profile, args: readonly Word[]): boolean {
  let positional = 0;
  for (let at = 0; at < args.length;) {
    const word = args[at];
    if (word === undefined) break;
    if (word.text.startsWith('-') && word.text !== '-') {
      const length = flagLength(form, word);
      const value = length === 2 ? args[at + 1] : undefined;
      if (length === undefined || (length === 2 && value === undefined)) return false;
      if (value !== undefined && isRiskyValue(value.text, value.bare)) return false;
      at += length;
    } else {
      if (isRiskyValue(word.text, word.bare)) return false;
      positional += 1;
      at += 1;
    }
  }
  return positional >= form.minPositional && positional <= form.maxPositional;
}

function isLanguage(name: string): boolean {
  return NEVER.has(name) || isInterpreterName(name) || isShellName(name);
}

/** True when the segment is a safe bin from a trusted directory and its arguments keep to its profile. */
export function isSafeBin(segment: Segment, which: unknown, exec: ExecConfig): boolean {
  const [name = ''] = segment.argv;
  const path = trustPath(which, name);
  if (name.includes('/') || path === undefined) return false;
  if (segment.names.some(isLanguage)) return false;
  const form = profileOf(exec, name);
  if (form === undefined) return false;
  const trusted = asTexts(exec.first('safeBinTrustedDirs')) ?? [];
  const directories = [...DIRECTORIES, ...trusted.filter((each) => each.startsWith('/'))];
  return (
    directories.some((each) => normalisePath(each) === directoryOf(path)) &&
    keepsTo(form, segment.words.slice(1))
  );
}
