/**
 * Markdown as Telegram shows it.
 *
 * @module
 */
import { type Dialect, PLAIN_TEXT, renderMarkdown, splitMarkdown } from '@portcullis/channel-kit';

/** What Telegram takes in one message, UTF-16 units after it read the markup. */
export const MESSAGE_LIMIT = 4096;

/** A message ready to send. */
export interface Rendered {
  /** For `parse_mode: HTML`. Well formed whatever the markdown was. */
  readonly html: string;
  /** The same words without markup. */
  readonly text: string;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/**
 * Telegram makes a mention of every username it finds, and notifies whoever bears it. An answer is not
 * to notify people by what somebody made a model write, so an invisible character stands after the `@`.
 * Words around it may be marked up apart: what follows it may be in another piece.
 */
function withoutMentions(text: string): string {
  return text.replaceAll(/(?<!\w)@(?=[a-z_]|$)/giu, '@\u2060');
}

function bold(inner: string): string {
  return `<b>${inner}</b>`;
}

const HTML: Dialect = {
  text: (text) => escapeHtml(withoutMentions(text)),
  bold,
  italic: (inner) => `<i>${inner}</i>`,
  strike: (inner) => `<s>${inner}</s>`,
  code: (code) => `<code>${escapeHtml(code)}</code>`,
  pre: (code, language) =>
    language === ''
      ? `<pre>${escapeHtml(code)}</pre>`
      : `<pre><code class="language-${escapeHtml(language)}">${escapeHtml(code)}</code></pre>`,
  link: (label, url) => `<a href="${escapeHtml(url)}">${label}</a>`,
  heading: bold,
  bullet: '•',
};

/** For what is sent without markup: there, code would mention people as any text does. */
const PLAIN: Dialect = {
  ...PLAIN_TEXT,
  text: withoutMentions,
  code: withoutMentions,
  pre: withoutMentions,
};

/** Renders markdown for Telegram. */
export function render(markdown: string): Rendered {
  return { html: renderMarkdown(markdown, HTML), text: renderMarkdown(markdown, PLAIN) };
}

/** Cuts markdown into pieces Telegram takes in one message. Telegram does not count markup. */
export function split(markdown: string): readonly string[] {
  return splitMarkdown(markdown, MESSAGE_LIMIT, (piece) => render(piece).text.length);
}
