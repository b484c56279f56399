/**
 * Addresses that a page or a search engine names.
 *
 * @module
 */

/** The address in full when it is one of the web and of a sane length. */
export function webUrl(text: string, base?: string): string | undefined {
  if (text.length > 2000 || !URL.canParse(text, base)) return undefined;
  const url = new URL(text, base);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  return isWeb && url.username === '' && url.password === '' ? url.href : undefined;
}
