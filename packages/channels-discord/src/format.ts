/**
 * Markdown as Discord shows it.
 *
 * @module
 */
import { type Dialect, PLAIN_TEXT, renderMarkdown, splitMarkdown } from '@portcullis/channel-kit';

/** What Discord takes in one message, characters with their markup. */
export const MESSAGE_LIMIT = 2000;

/** Markup, spoilers, mentions and emoji (`<@1>`, `<:a:1>`), links with a label. */
const SPECIAL = /[\\*_~`|<[\]]/gu;
/** What begins a line of another kind: a heading, a quote, a list, small print. */
const LINE_START = /^(?<indent>\s*)(?<mark>#|>|-)/u;
/** Addresses are shown as they are; an escape within one would break it. */
const ADDRESS = /(?<address>https?:\/\/[^\s<>|]+)/u;

function escapeText(text: string): string {
  return text
    .split(ADDRESS)
    .map((part) => (ADDRESS.test(part) ? part : part.replaceAll(SPECIAL, String.raw`\$&`)))
    .join('')
    .replace(LINE_START, String.raw`$<indent>\$<mark>`);
}

/** A run of backticks longer than any within the code. */
function ticksAround(code: string): string {
  const runs = [...code.matchAll(/`+/gu)].map(([run]) => run.length);
  return '`'.repeat(runs.length === 0 ? 1 : Math.max(...runs) + 1);
}

const DISCORD: Dialect = {
  text: escapeText,
  bold: (inner) => `**${inner}**`,
  italic: (inner) => `*${inner}*`,
  strike: (inner) => `~~${inner}~~`,
  code: (code) => {
    const ticks = ticksAround(code);
    return ticks === '`' ? `\`${code}\`` : `${ticks} ${code} ${ticks}`;
  },
  // Discord knows no longer fence; a run of three within the code is taken apart invisibly.
  pre: (code, language) => `\`\`\`${language}\n${code.replaceAll('```', '`\u200B``')}\n\`\`\``,
  link: (label, url) => (label === url ? url : `[${label}](<${url}>)`),
  heading: (inner, level) => (level <= 3 ? `${'#'.repeat(level)} ${inner}` : `**${inner}**`),
  bullet: '-',
};

/** Renders markdown for Discord. */
export function render(markdown: string): string {
  return renderMarkdown(markdown, DISCORD);
}

/** Words that are to be shown as they are. */
export function plainText(text: string): string {
  return text.split('\n').map(escapeText).join('\n');
}

/** Whether a reader would see anything. */
export function showsNothing(markdown: string): boolean {
  return renderMarkdown(markdown, PLAIN_TEXT).trim() === '';
}

/** Cuts markdown into pieces Discord takes in one message. Discord counts markup and escapes. */
export function split(markdown: string): readonly string[] {
  return splitMarkdown(markdown, MESSAGE_LIMIT, (piece) => render(piece).length);
}
