/**
 * A dialect whose output can be read back: which character is shown in which style.
 *
 * @module
 */
import { type Dialect, renderMarkdown } from '../src/index.ts';

const wrap = (style: string) => (inner: string) => `\uE000${style}\uE001${inner}\uE002`;

/** Every style as a mark around what it holds. */
export const MARKED: Dialect = {
  text: (text) => text,
  bold: wrap('bold'),
  italic: wrap('italic'),
  strike: wrap('strike'),
  code: wrap('code'),
  pre: (code, language) => wrap(`pre ${language}`)(code),
  link: (label, url) => wrap(`link ${url}`)(label),
  heading: (inner, level) => wrap(`heading ${level}`)(inner),
  bullet: '•',
};

/** Each character a reader sees with its styles, in no order of theirs. White space is left out. */
export function stylesOf(markdown: string): readonly string[] {
  const open: string[] = [];
  const shown: string[] = [];
  for (const [part] of renderMarkdown(markdown, MARKED).matchAll(/\uE000[^\uE001]*\uE001|./gsu)) {
    if (part.startsWith('\uE000')) open.push(part.slice(1, -1));
    else if (part === '\uE002') open.pop();
    else if (part.trim() !== '') shown.push(`${part} ${open.toSorted().join(' ')}`);
  }
  return shown;
}
