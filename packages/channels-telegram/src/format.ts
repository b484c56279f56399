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
  /** What a reader sees. Never longer than the markdown. */
  readonly text: string;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function bold(inner: string): string {
  return `<b>${inner}</b>`;
}

const HTML: Dialect = {
  text: escapeHtml,
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

/** Renders markdown for Telegram. */
export function render(markdown: string): Rendered {
  return { html: renderMarkdown(markdown, HTML), text: renderMarkdown(markdown, PLAIN_TEXT) };
}

/** Cuts markdown into pieces Telegram takes in one message. Telegram does not count markup. */
export function split(markdown: string): readonly string[] {
  return splitMarkdown(markdown, MESSAGE_LIMIT);
}
