/**
 * Markdown as Slack shows it: mrkdwn in which nothing notifies anybody.
 *
 * @module
 */
import { type Dialect, PLAIN_TEXT, renderMarkdown, splitMarkdown } from '@portcullis/channel-kit';

/** What goes into one message, characters of markup. Slack takes more, and shows it folded. */
export const MESSAGE_LIMIT = 3500;

/** What Slack takes in one section beside buttons. */
const SECTION_LIMIT = 2900;

/** With these three gone, no `<!channel>`, no `<@U…>` and no link of somebody else's is left. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function bold(inner: string): string {
  return `*${inner}*`;
}

const MRKDWN: Dialect = {
  text: escape,
  bold,
  italic: (inner) => `_${inner}_`,
  strike: (inner) => `~${inner}~`,
  code: (code) => `\`${escape(code)}\``,
  pre: (code) => `\`\`\`\n${escape(code)}\n\`\`\``,
  link: (label, url) => `<${escape(url).replaceAll('|', '%7C')}|${label}>`,
  heading: bold,
  bullet: '•',
};

/** A backtick that ends no code: one too many, and the addresses after it are links again. */
function withoutTicks(text: string): string {
  return text.replaceAll('`', 'ˋ');
}

/** Links as code: what is written beside a file cannot be told not to show previews. */
const CAPTION: Dialect = {
  ...MRKDWN,
  text: (text) =>
    escape(withoutTicks(text)).replaceAll(/[a-z][a-z0-9+.-]{0,30}:\/\/[^\s]+/giu, '`$&`'),
  code: (code) => MRKDWN.code(withoutTicks(code)),
  pre: (code, language) => MRKDWN.pre(withoutTicks(code), language),
  link: (label, url) => {
    const address = `\`${escape(withoutTicks(url))}\``;
    return label === address ? address : `${label} ${address}`;
  },
};

/** Renders markdown for a message. */
export function render(markdown: string): string {
  return renderMarkdown(markdown, MRKDWN);
}

/** Renders markdown to be written beside a file. */
export function renderCaption(markdown: string): string {
  return renderMarkdown(markdown, CAPTION);
}

/** Whether a reader would see nothing. */
export function isEmpty(markdown: string): boolean {
  return renderMarkdown(markdown, PLAIN_TEXT).trim() === '';
}

/** Cuts markdown into pieces for one message each. */
export function split(markdown: string): readonly string[] {
  return splitMarkdown(markdown, MESSAGE_LIMIT, (piece) => render(piece).length);
}

/** Cuts markdown into the sections of a message with buttons, rendered. */
export function sections(markdown: string): readonly string[] {
  return splitMarkdown(markdown, SECTION_LIMIT, (piece) => render(piece).length).map(render);
}
