/**
 * Looks for what code of others should not do: start programs, run text as code, carry secrets out.
 *
 * It reads text, comments too, and neither parses nor runs anything: what it finds deserves a look,
 * and what it does not find is not thereby harmless. Every pattern takes time linear in the text,
 * whoever wrote that.
 *
 * @module
 */

/** What a place in code does. */
export type CodeRule =
  | 'starts_programs'
  | 'runs_text'
  | 'loads_unnamed_code'
  | 'mines'
  | 'sends_environment'
  | 'sends_files'
  | 'odd_socket'
  | 'hides_itself'
  | 'runs_at_install';

/** A place in a text. */
export interface CodeHit {
  readonly rule: CodeRule;
  readonly severity: 'critical' | 'warn';
  /** From 1. */
  readonly line: number;
}

/** Hits of one rule in one file that are told; the rest adds nothing. */
const MOST_HITS = 20;

/** How far apart the environment and a way out may be to belong together. */
const NEAR_LINES = 8;
const NEAR_CHARACTERS = 4000;

const CHILD_PROCESS = /['"`](?:node:)?child_process['"`]/g;
const STARTS = /\b(?:exec|execSync|execFile|execFileSync|spawn|spawnSync|fork)\s{0,20}\(/g;
const STARTS_OTHERWISE =
  /\bprocess\s{0,20}\.\s{0,20}binding\s{0,20}\(|\bBun\s{0,20}\.\s{0,20}spawn|\bDeno\s{0,20}\.\s{0,20}Command\b/g;
const RUNS_TEXT =
  /(?<![.$\w])eval\s{0,20}\(|\b(?:globalThis|global|window|self)\s{0,20}(?:\.|\?\.|\[\s{0,20}['"`])\s{0,20}(?:eval|Function)\b|,\s{0,20}eval\s{0,20}\)|=\s{0,20}eval\b|\bnew\s{1,20}Function\s{0,20}\(|(?<![.$\w])Function\s{0,20}\(\s{0,20}['"`]|\.constructor\s{0,20}\(\s{0,20}['"`]|\b(?:runInThisContext|runInNewContext|runInContext|compileFunction)\s{0,20}\(|\bnew\s{1,20}(?:vm\.)?Script\s{0,20}\(/g;
const LOADS =
  /\b(?:require|import)\s{0,20}\(\s{0,20}(?:(?!['"`\s)])|`[^`$]{0,200}\$\{)|\bimport\s{0,20}\(\s{0,20}['"`](?:https?|data|blob):|\b(?:createRequire|getBuiltinModule|process\.dlopen)\b/g;
const MINES = /stratum\+(?:tcp|ssl|tls)|coinhive|coin-hive|cryptonight|xmrig|minergate|nicehash/gi;
const ENVIRONMENT =
  /\bprocess\s{0,20}(?:\.|\?\.|\[\s{0,20}['"`])\s{0,20}env\b|\bBun\s{0,20}\.\s{0,20}env\b|\bDeno\s{0,20}\.\s{0,20}env\b/g;
const SENDS =
  /\b(?:fetch|axios|got|ky|needle|superagent|sendBeacon)\s{0,20}\(|\b(?:axios|got|superagent|http|https|http2|net|tls|dgram|undici)\s{0,20}\.\s{0,20}(?:request|get|post|put|patch|connect|createConnection|createSocket|stream|fetch)\s{0,20}\(|\bnew\s{1,20}(?:XMLHttpRequest|WebSocket|EventSource)\b/g;
const READS_FILES =
  /\b(?:readFile|readFileSync|createReadStream|readTextFile|openAsBlob)\s{0,20}\(/g;
const SOCKET = /\bnew\s{1,20}WebSocket\s{0,20}\(\s{0,20}['"`]wss?:\/\/[^'"`/\s:]{1,253}:(\d{1,5})/g;
const USUAL_PORTS: ReadonlySet<string> = new Set(['80', '443', '8080', '8443']);
const HEX = /(?:\\x[0-9a-f]{2}|\\u00[0-9a-f]{2}){12}/gi;
const BASE64 = /['"`][A-Za-z0-9+/]{240}/g;
const DECODES = /\batob\s{0,20}\(|['"`]base64(?:url)?['"`]/;
const MANGLED = /\b_0x[0-9a-f]{4,8}\b/gi;
const MANGLED_ENOUGH = 10;

/** Where lines begin, to tell places by line. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The line of a place, from 1. */
function lineAt(starts: readonly number[], place: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if ((starts[middle] ?? 0) <= place) low = middle;
    else high = middle;
  }
  return low + 1;
}

function places(text: string, pattern: RegExp): readonly number[] {
  return [...text.matchAll(pattern)].map(({ index }) => index);
}

/** Those places of `left` that have one of `right` near them. Both in order. */
function near(
  left: readonly number[],
  right: readonly number[],
  starts: readonly number[],
): readonly number[] {
  let next = 0;
  return left.filter((place) => {
    while (next < right.length && (right[next] ?? 0) < place) next += 1;
    const line = lineAt(starts, place);
    // Who is nearest by characters is nearest by lines.
    return [right[next - 1], right[next]].some(
      (other) =>
        other !== undefined &&
        Math.abs(other - place) <= NEAR_CHARACTERS &&
        Math.abs(lineAt(starts, other) - line) <= NEAR_LINES,
    );
  });
}

function oddSockets(text: string): readonly number[] {
  return [...text.matchAll(SOCKET)]
    .filter(([, port = '']) => !USUAL_PORTS.has(port))
    .map(({ index }) => index);
}

function hidden(text: string): readonly number[] {
  const mangled = places(text, MANGLED);
  return [
    ...places(text, HEX),
    ...(DECODES.test(text) ? places(text, BASE64) : []),
    ...(mangled.length >= MANGLED_ENOUGH ? mangled.slice(0, 1) : []),
  ].toSorted((left, right) => left - right);
}

/**
 * The places of a source text that deserve a look, at most {@link MOST_HITS} of a rule and one of a
 * rule in a line. Pure and total.
 */
export function scanCode(text: string): readonly CodeHit[] {
  const starts = lineStarts(text);
  const sends = places(text, SENDS);
  const programs = places(text, CHILD_PROCESS);
  const reads = sends.length === 0 ? [] : places(text, READS_FILES);
  const started = [
    ...(programs.length === 0 ? [] : places(text, STARTS)),
    ...places(text, STARTS_OTHERWISE),
  ].toSorted((left, right) => left - right);
  const found: readonly (readonly [CodeRule, CodeHit['severity'], readonly number[]])[] = [
    ['starts_programs', 'critical', started],
    // Whoever is handed the module starts the program elsewhere.
    ['starts_programs', 'warn', started.length === 0 ? programs : []],
    ['runs_text', 'critical', places(text, RUNS_TEXT)],
    ['mines', 'critical', places(text, MINES)],
    ['sends_environment', 'critical', near(places(text, ENVIRONMENT), sends, starts)],
    ['loads_unnamed_code', 'warn', places(text, LOADS)],
    ['sends_files', 'warn', reads],
    ['odd_socket', 'warn', oddSockets(text)],
    ['hides_itself', 'warn', hidden(text)],
  ];
  return found.flatMap(([rule, severity, at]) => {
    const lines = new Set(at.map((place) => lineAt(starts, place)));
    return [...lines].slice(0, MOST_HITS).map((line) => ({ rule, severity, line }));
  });
}

/** The scripts of a `package.json` that an installation runs by itself. */
const AT_INSTALL = ['preinstall', 'install', 'postinstall', 'prepare'];

/** Looks at the scripts of a `package.json`. `scripts` is its member of that name. */
export function scanScripts(scripts: unknown): readonly CodeHit[] {
  const isAny =
    typeof scripts === 'object' &&
    scripts !== null &&
    AT_INSTALL.some((name) => Object.hasOwn(scripts, name));
  return isAny ? [{ rule: 'runs_at_install', severity: 'warn', line: 1 }] : [];
}

/** What each rule means, as the end of a sentence. */
export const CODE_RULES: Readonly<Record<CodeRule, string>> = {
  starts_programs: 'starts programs',
  runs_text: 'runs text as code',
  loads_unnamed_code: 'loads code that is not named',
  mines: 'speaks of mining',
  sends_environment: 'sends, near where it reads the environment',
  sends_files: 'reads files, and sends',
  odd_socket: 'opens a socket to an unusual port',
  hides_itself: 'is written so that nobody can read it',
  runs_at_install: 'runs a script when it is installed',
};
