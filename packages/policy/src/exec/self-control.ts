/**
 * A command must not steer the gateway that runs it: no approving its own approvals, no opening
 * its own settings.
 *
 * @module
 */
import { asTexts, setting } from '../setting.ts';
import type { Analysis, Segment } from './analyze.ts';
import { isInterpreterName, roughWords } from './interpreter.ts';
import { baseName, isShellName } from './program.ts';

const GUARDED = new Set([
  'approve',
  'approvals',
  'exec-policy',
  'pairing',
  'config',
  'gateway',
  'channels',
  'devices',
  'node',
  'nodes',
  'security',
]);

/** Names of this product's command line. */
export function cliNamesOf(input: unknown): readonly string[] {
  return asTexts(setting(input, 'cliNames')) ?? ['openclaw'];
}

function isCli(word: string, cliNames: readonly string[]): boolean {
  const name = baseName(word).replace(/\.[cm]?js$/, '');
  return cliNames.includes(name) || cliNames.includes(baseName(word));
}

/** True when the words name the command line and, behind it, one of its guarded commands. */
function steers(words: readonly string[], cliNames: readonly string[]): boolean {
  const at = words.findIndex((word) => isCli(word, cliNames));
  return at !== -1 && words.slice(at + 1).some((word) => GUARDED.has(word));
}

function segmentSteers(segment: Segment, cliNames: readonly string[]): boolean {
  const { argv, names, carrier } = segment;
  if (names.some((name) => isCli(name, cliNames))) {
    return argv.slice(1).some((word) => GUARDED.has(word));
  }
  const runsOthers = carrier || names.some((name) => isShellName(name) || isInterpreterName(name));
  return runsOthers && steers(roughWords(argv.join(' ')), cliNames);
}

/**
 * True when `command` runs this product's command line with a guarded command, as far as that can
 * be seen. Text that cannot be analysed is searched twice, as it stands and with quotes removed.
 */
export function isSelfControl(
  command: string,
  analysis: Analysis | undefined,
  cliNames: readonly string[],
): boolean {
  if (analysis !== undefined) {
    return analysis.segments.some((segment) => segmentSteers(segment, cliNames));
  }
  const unquoted = command.replace(/["'\\]/g, '');
  return [command, unquoted].some((text) => steers(roughWords(text), cliNames));
}
