/**
 * The path of a request in its one spelling, or none.
 *
 * A path that could mean another one to somebody else (encoded separators, dots, backslashes,
 * double encoding, absolute form) is refused, so that every check sees what the handler serves.
 *
 * @module
 */

const PLAIN = /^\/[A-Za-z0-9!$%&'()*+,./:=@[\]_~-]*$/u;
const AMBIGUOUS = /%(?:2f|5c|2e|25|00|3b)/iu;

/** The decoded path without its query, or undefined when it has more than one reading. */
export function requestPath(target: string | undefined): string | undefined {
  const raw = target?.split(/[?#]/u, 1)[0];
  if (raw === undefined || !PLAIN.test(raw) || AMBIGUOUS.test(raw) || raw.includes('//')) {
    return undefined;
  }
  if (raw.split('/').some((segment) => segment === '.' || segment === '..')) return undefined;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}
