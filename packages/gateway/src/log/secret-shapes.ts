/**
 * The second net below the log: texts that look like credentials, whoever they belong to.
 *
 * The first net is that secrets of this gateway are values of type `Secret`, and known by value.
 * This one is for what nobody told the gateway of: the token a library puts into an error, a key
 * that a person pasted. It may hide too much.
 *
 * @module
 */
import type { Pattern } from '@portcullis/policy';

/** What stands where something looked like a credential. */
export const LOOKS_SECRET = '[redacted]';

/** Every expression runs in linear time: no repetition stands in or beside one it could trade with. */
const SHAPES: readonly RegExp[] = [
  // Private keys, also with the line ends a JSON line spells out; never beyond the text they are in.
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[^-"\\\r\n]|\\[^"])*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/gu,
  // Model providers, GitHub, GitLab, npm, Hugging Face, Slack, Google, AWS.
  /\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}/gu,
  /\b(?:gh[opusr]_|github_pat_|glpat-|npm_|hf_)[A-Za-z0-9_-]{16,}/gu,
  /\bx(?:ox[a-z]|app)-[A-Za-z0-9-]{10,}/gu,
  /\bAIza[A-Za-z0-9_-]{30,}/gu,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/gu,
  // Telegram and Discord bots, JSON web tokens.
  /\b[0-9]{8,12}:[A-Za-z0-9_-]{30,}/gu,
  /\b[MNO][A-Za-z0-9_-]{22,28}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}/gu,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/gu,
];

/** As the shapes, but what names the credential stays: the second group is what goes. */
const NAMED: readonly RegExp[] = [
  /\b((?:Bearer|Basic) )([A-Za-z0-9._~+/=-]{12,})/giu,
  /((?:token|password|passwd|secret|api[_-]?key|authorization|cookie)\\?["']?[=:] ?\\?["']?)([A-Za-z0-9._~+/%=-]{8,})/giu,
  /(:\/\/[^/\s:@"]{1,64}:)([^/\s@"]{1,256})(?=@)/gu,
];

/** The line with everything that looks like a credential hidden. */
export function hideShapes(line: string): string {
  let result = line;
  for (const shape of SHAPES) result = result.replace(shape, LOOKS_SECRET);
  for (const named of NAMED) {
    result = result.replace(named, (_all, name: string, value: string) =>
      value.startsWith('[') ? `${name}${value}` : `${name}${LOOKS_SECRET}`,
    );
  }
  return result;
}

const WORD = /[^\s"',{}[\]]+/gu;

/** A text with every word hidden that the pattern matches; all of it when it matches across words. */
function hideIn(text: string, pattern: Pattern): string {
  const hidden = text.replace(WORD, (word) => (pattern.test(word) ? LOOKS_SECRET : word));
  return pattern.test(hidden) ? LOOKS_SECRET : hidden;
}

/**
 * A line of JSON with everything hidden in its texts that one of the operator's patterns matches. One
 * that is none, because something else was hidden in it, becomes a line with the whole of it as text.
 */
export function hideMatches(line: string, patterns: readonly Pattern[]): string {
  if (patterns.length === 0) return line;
  const hidden = JSON.stringify(parsed(line), (key, value: unknown) =>
    typeof value === 'string' && key !== 'time'
      ? patterns.reduce((text, pattern) => hideIn(text, pattern), value)
      : value,
  );
  return `${hidden}\n`;
}

const WARN = 40;

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    const time = new Date().toISOString();
    return { level: WARN, time, name: 'gateway', line: line.trimEnd(), msg: 'log: a broken line' };
  }
}
