/**
 * Names of files that go out.
 *
 * @module
 */

/** Longest name that is kept, UTF-16 units. */
const LIMIT = 128;

/**
 * A name without anything that could be a path, a line of the request or another extension. Its end
 * is kept where it is too long: that is where the extension is.
 */
export function fileName(name: string): string {
  const bare = name.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\:"]/gu, '_').slice(-LIMIT);
  return bare.toWellFormed() === '' ? 'file' : bare.toWellFormed();
}
