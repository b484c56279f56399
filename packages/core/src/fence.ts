/**
 * Marks text from outside as data for the model. Promises: nothing inside can close the fence or open
 * another, and nothing invisible is inside.
 *
 * @module
 */

/** Marks that may stand between the letters of a word without being seen. */
const BETWEEN = String.raw`[\u00ad\u200c\u200d]*`;
const TAG = new RegExp(`<(?=[\\s/\\u00ad\\u200c\\u200d]*${[...'untrusted'].join(BETWEEN)})`, 'giu');

/**
 * Characters that steer terminals, reorder text, or carry words that no person sees. Joiners stay,
 * as scripts and emoji need them.
 */
const UNSEEN =
  /(?![\t\n])\p{Cc}|[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

/** Text without line ends of other systems, invisible characters and half characters. */
export function plainText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029]/gu, '\n')
    .replaceAll(UNSEEN, '');
}

/** One line of at most `limit` characters. */
export function plainLine(text: string, limit: number): string {
  const flat = plainText(text).replaceAll(/\s+/gu, ' ').trim();
  return flat.length <= limit ? flat : `${flat.slice(0, limit).toWellFormed()}…`;
}

/**
 * Text between tags that say where it came from: `kind` in a word, `origin` as further attributes.
 *
 * @example
 * ```ts
 * fenced('web', { url: 'https://example.com' }, page);
 * ```
 */
export function fenced(
  kind: string,
  origin: Readonly<Record<string, string>>,
  text: string,
): string {
  const attributes = Object.entries({ kind, ...origin })
    .map(([name, value]) => `${name}="${attribute(value)}"`)
    .join(' ');
  return `<untrusted ${attributes}>\n${plainText(text).replaceAll(TAG, '&lt;')}\n</untrusted>`;
}

function attribute(value: string): string {
  return plainLine(value, 2000).replaceAll(/["<>]/gu, (mark) => encodeURIComponent(mark));
}
