/**
 * Versions and ranges as npm writes them, as far as plugins need them. What is not understood is
 * satisfied by nothing.
 *
 * @module
 */

type Triple = readonly [number, number, number];

interface Version {
  readonly parts: Triple;
  readonly pre: string | undefined;
}

const VERSION = /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/u;
const PARTIAL =
  /^(\^|~|>=|<=|>|<|=)?v?(\d{1,9}|[xX*])(?:\.(\d{1,9}|[xX*]))?(?:\.(\d{1,9}|[xX*]))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/u;

function read(text: string): Version | undefined {
  const match = VERSION.exec(text.trim());
  if (match === null) return undefined;
  return { parts: [Number(match[1]), Number(match[2]), Number(match[3])], pre: match[4] };
}

/** Whether `text` is one exact version. */
export function isVersion(text: string): boolean {
  return read(text) !== undefined && !text.startsWith('v');
}

function compare(left: Triple, right: Triple): number {
  for (const index of [0, 1, 2] as const) {
    if (left[index] !== right[index]) return left[index] - right[index];
  }
  return 0;
}

/** A version of a bound before its release comes before it. */
function compareVersions(left: Version, right: Version): number {
  const order = compare(left.parts, right.parts);
  if (order !== 0 || left.pre === right.pre) return order;
  if (left.pre === undefined) return 1;
  if (right.pre === undefined) return -1;
  return left.pre.localeCompare(right.pre, 'en', { numeric: true });
}

type Test = (version: Version) => boolean;

/** Of `given` parts the last one counts up. */
function after(parts: Triple, given: number): Triple {
  if (given <= 1) return [parts[0] + 1, 0, 0];
  return given === 2 ? [parts[0], parts[1] + 1, 0] : [parts[0], parts[1], parts[2] + 1];
}

function caretEnd([major, minor, patch]: Triple, given: number): Triple {
  if (major > 0 || given <= 1) return [major + 1, 0, 0];
  if (minor > 0 || given === 2) return [0, minor + 1, 0];
  return [0, 0, patch + 1];
}

function between(from: Version, end: Triple): Test {
  return (version) => compareVersions(version, from) >= 0 && compare(version.parts, end) < 0;
}

/** One comparison of a range; undefined where it is not understood. */
function comparison(text: string): Test | undefined {
  const match = PARTIAL.exec(text);
  if (match === null) return undefined;
  const [, operator = '', ...rest] = match;
  const numbers = rest.slice(0, 3);
  const wild = numbers.findIndex((part) => part === undefined || /[xX*]/u.test(part));
  const given = wild === -1 ? 3 : wild;
  const at = (index: number): number => (index < given ? Number(numbers[index]) : 0);
  const parts: Triple = [at(0), at(1), at(2)];
  const bound: Version = { parts, pre: given === 3 ? match[5] : undefined };
  if (given === 0) return operator === '' || operator === '>=' ? () => true : undefined;
  const end = after(parts, given);
  switch (operator) {
    case '^':
      return between(bound, caretEnd(parts, given));
    case '~':
      return between(bound, given === 1 ? end : after(parts, 2));
    case '>=':
      return (version) => compareVersions(version, bound) >= 0;
    case '>':
      return given === 3
        ? (version) => compareVersions(version, bound) > 0
        : (version) => compare(version.parts, end) >= 0;
    case '<':
      return (version) => compareVersions(version, bound) < 0;
    case '<=':
      return given === 3
        ? (version) => compareVersions(version, bound) <= 0
        : (version) => compare(version.parts, end) < 0;
    default:
      return given === 3 ? (version) => compareVersions(version, bound) === 0 : between(bound, end);
  }
}

/**
 * Whether a version is in a range. A range or version that is not understood: no.
 *
 * @example
 * ```ts
 * satisfies('0.1.4', '^0.1.0'); // true
 * satisfies('24.21.0', '>=24.11'); // true
 * ```
 */
export function satisfies(version: string, range: string): boolean {
  const found = read(version);
  if (found === undefined || range.length > 200) return false;
  return range.split('||').some((part) => {
    const words = part
      .trim()
      .replaceAll(/([<>=^~])\s+/gu, '$1')
      .split(/\s+/u);
    return words.every((word) => {
      const test = comparison(word === '' ? '*' : word);
      return test?.(found) === true;
    });
  });
}
