/**
 * Turns markdown into what one network shows.
 *
 * The walk over the text is the same for all of them; how a piece is written is a {@link Dialect}.
 *
 * @module
 */
import { type Block, parseBlocks } from './blocks.ts';
import { type Inline, parseInline, type Span } from './inline.ts';

/**
 * How one network writes formatted text.
 *
 * `text`, `code` and `pre` get words as somebody wrote them and must escape whatever the network
 * would read as markup, as a mention or as a link of its own. Every other member gets what the
 * dialect itself returned for the inside and wraps it.
 */
export interface Dialect {
  /** Words without markup. */
  readonly text: (text: string) => string;
  /** Never called within bold, nor within a heading. */
  readonly bold: (inner: string) => string;
  readonly italic: (inner: string) => string;
  readonly strike: (inner: string) => string;
  /** Code within a line. */
  readonly code: (code: string) => string;
  /** A block of code; `language` is empty or one word such as `ts` or `c++`. */
  readonly pre: (code: string, language: string) => string;
  /** `url` is as written: http, https or mailto, without spaces, quotes or angle brackets. */
  readonly link: (label: string, url: string) => string;
  /** A heading of `level` 1 to 6, on a line of its own. */
  readonly heading: (inner: string, level: number) => string;
  /** What stands before an item of a list in place of its `-`, `*` or `+`. */
  readonly bullet: string;
}

const same = (text: string): string => text;

/** What a reader sees, without any markup. Never longer than the markdown. */
export const PLAIN_TEXT: Dialect = {
  text: same,
  bold: same,
  italic: same,
  strike: same,
  code: same,
  pre: same,
  link: same,
  heading: same,
  bullet: '•',
};

function renderSpan(span: Span, dialect: Dialect, inBold: boolean): string {
  if (span.type === 'code') {
    return dialect.code(span.children.map((child) => ('text' in child ? child.text : '')).join(''));
  }
  const inner = renderInline(span.children, dialect, inBold || span.type === 'bold');
  if (span.type === 'link') return dialect.link(inner, span.url ?? '');
  if (span.type !== 'bold') return dialect[span.type](inner);
  const bold = inBold ? inner : dialect.bold(inner);
  return span.italicToo === true ? dialect.italic(bold) : bold;
}

function renderInline(nodes: readonly Inline[], dialect: Dialect, inBold: boolean): string {
  return nodes
    .map((node) =>
      node.type === 'text' ? dialect.text(node.text) : renderSpan(node, dialect, inBold),
    )
    .join('');
}

function renderLine(line: string, dialect: Dialect): string {
  const heading = /^(?<marks>#{1,6})[ \t]+(?<title>\S.*)$/u.exec(line)?.groups;
  if (heading !== undefined) {
    const title = renderInline(parseInline(heading['title'] ?? ''), dialect, true);
    return dialect.heading(title, heading['marks']?.length ?? 1);
  }
  const item = /^(?<indent>\s*)[-*+](?<rest>[ \t].*)$/u.exec(line)?.groups;
  if (item === undefined) return renderInline(parseInline(line), dialect, false);
  const rest = renderInline(parseInline(item['rest'] ?? ''), dialect, false);
  return `${item['indent'] ?? ''}${dialect.bullet}${rest}`;
}

function renderBlock(block: Block, dialect: Dialect): string {
  if (block.kind === 'blank') return '';
  if (block.kind === 'fence') return dialect.pre(block.lines.join('\n'), block.language);
  return block.lines.map((line) => renderLine(line, dialect)).join('\n');
}

/**
 * Renders markdown in a dialect. Total: whatever is not understood is shown as it was written.
 * Takes time proportional to the length of the text.
 */
export function renderMarkdown(markdown: string, dialect: Dialect): string {
  return parseBlocks(markdown)
    .map((block) => renderBlock(block, dialect))
    .join('\n');
}
