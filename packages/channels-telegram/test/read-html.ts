/**
 * A strict reader of the HTML this package makes: refuses tags that are unknown, unbalanced or
 * nested in themselves, and gives the text back.
 *
 * @module
 */

const KNOWN = new Set(['b', 'i', 's', 'code', 'pre', 'a']);
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

export function readHtml(html: string): string {
  const open: string[] = [];
  let text = '';
  for (const [token] of html.matchAll(/<[^>]*>|&\w+;|[^<&]+|[<&]/gu)) {
    const tag = /^<(?<end>\/?)(?<name>[a-z]+)(?: (?:href|class)="[^"<>]*")?>$/u.exec(token)?.groups;
    if (tag !== undefined) {
      const name = tag['name'] ?? '';
      if (!KNOWN.has(name)) throw new Error(`unknown tag ${name}`);
      if (tag['end'] === '') {
        if (open.includes(name)) throw new Error(`${name} in itself`);
        open.push(name);
      } else if (open.pop() !== name) throw new Error(`unbalanced ${name}`);
    } else if (/^&\w+;$/u.test(token)) {
      const char = NAMED[token.slice(1, -1)];
      if (char === undefined) throw new Error(`unknown entity ${token}`);
      text += char;
    } else if (/^[<&]/u.test(token)) throw new Error(`stray ${token}`);
    else text += token;
  }
  if (open.length > 0) throw new Error(`left open: ${open.join()}`);
  return text;
}
