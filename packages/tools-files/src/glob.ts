/**
 * Name patterns that cannot be made slow.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import picomatch from 'picomatch';

/** Longest pattern, and most stars in it and in one of its parts: what bounds the time of a match. */
const MOST_CHARS = 200;
const MOST_STARS = 6;
const MOST_STARS_IN_PART = 3;

/**
 * Makes a test for paths relative to where the search begins. A pattern without `/` is held against
 * the last part of the path. `*`, `?`, `**`, `[abc]` and `{a,b}` have their usual meaning.
 *
 * Throws `files.pattern` for one that is too long or has too many stars.
 */
export function compileGlob(pattern: string): (path: string) => boolean {
  const parts = pattern.split('/');
  if (
    pattern.length > MOST_CHARS ||
    starsIn(pattern) > MOST_STARS ||
    parts.some((part) => starsIn(part) > MOST_STARS_IN_PART)
  ) {
    throw new PortcullisError('files.pattern', 'The pattern is too long or has too many stars.', {
      hint: 'Use at most 200 characters, 6 stars, and 3 in one part.',
    });
  }
  const matches = picomatch(plain(pattern), { dot: true, noextglob: true, nonegate: true });
  const byName = parts.length === 1;
  return (path) => matches(byName ? path.slice(path.lastIndexOf('/') + 1) : path);
}

/** Groups and repetitions of regular expressions, which the library lets through, as what they say. */
function plain(pattern: string): string {
  return pattern.replaceAll(/\\.|[()+|^$]/gu, (found) =>
    found.length === 2 ? found : `\\${found}`,
  );
}

function starsIn(part: string): number {
  return part.match(/\*+/gu)?.length ?? 0;
}
