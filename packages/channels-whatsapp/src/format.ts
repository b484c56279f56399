/**
 * Markdown as WhatsApp shows it.
 *
 * WhatsApp knows `*bold*`, `_italic_`, `~strike~`, `` `code` `` and a fence of three backticks. There
 * is no way to escape, so a marker that somebody's words hold, and which would begin markup, is kept
 * apart from the word beside it by a character that nobody sees.
 *
 * @module
 */
import { type Dialect, renderMarkdown, splitMarkdown } from '@portcullis/channel-kit';

/** What goes into one message, UTF-16 units as sent. WhatsApp takes more; nobody reads it. */
export const MESSAGE_LIMIT = 4000;

/** Word joiner: no width, no line break. */
const APART = '\u2060';

/** Markers begin markup beside a word. Code hides everything, so a backtick is always kept apart. */
function plain(text: string): string {
  return text.replaceAll(/(?<![\p{L}\p{N}])[*_~]|[*_~](?![\p{L}\p{N}])|`/gu, `${APART}$&${APART}`);
}

function bold(inner: string): string {
  return inner.trim() === '' ? inner : `*${inner}*`;
}

const WHATSAPP: Dialect = {
  text: plain,
  bold,
  italic: (inner) => (inner.trim() === '' ? inner : `_${inner}_`),
  strike: (inner) => (inner.trim() === '' ? inner : `~${inner}~`),
  code: (code) => `\`${code.replaceAll('`', "'")}\``,
  pre: (code) => `\`\`\`\n${code.replaceAll('```', "'''")}\n\`\`\``,
  link: (label, url) => (label === url || label === plain(url) ? url : `${label} (${url})`),
  heading: bold,
  bullet: '•',
};

/** Renders markdown for WhatsApp. */
export function render(markdown: string): string {
  return renderMarkdown(markdown, WHATSAPP);
}

/** Cuts markdown into pieces of one message each. */
export function split(markdown: string): readonly string[] {
  return splitMarkdown(markdown, MESSAGE_LIMIT, (piece) => render(piece).length);
}
