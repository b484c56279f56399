/**
 * Turns markdown into what Telegram shows: its HTML, and the same without any markup.
 *
 * @module
 */
import { type Block, parseBlocks } from './blocks.ts';
import { type Inline, parseInline, type Span } from './inline.ts';

/** A message ready to send. */
export interface Rendered {
  /** For `parse_mode: HTML`. Well formed whatever the markdown was. */
  readonly html: string;
  /** What a reader sees. Never longer than the markdown. */
  readonly text: string;
}

/** Escapes the characters that mean something in Telegram's HTML. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function join(parts: readonly Rendered[], separator: string): Rendered {
  return {
    html: parts.map(({ html }) => html).join(separator),
    text: parts.map(({ text }) => text).join(separator),
  };
}

function wrap(tag: string, inner: Rendered, attributes = ''): Rendered {
  return { html: `<${tag}${attributes}>${inner.html}</${tag}>`, text: inner.text };
}

function renderSpan(span: Span, inBold: boolean): Rendered {
  const inner = renderInline(span.children, inBold || span.type === 'bold');
  switch (span.type) {
    case 'code':
      return wrap('code', inner);
    case 'italic':
      return wrap('i', inner);
    case 'strike':
      return wrap('s', inner);
    case 'link':
      return wrap('a', inner, ` href="${escapeHtml(span.url ?? '')}"`);
    case 'bold': {
      const bold = inBold ? inner : wrap('b', inner);
      return span.italicToo === true ? wrap('i', bold) : bold;
    }
  }
}

function renderInline(nodes: readonly Inline[], inBold: boolean): Rendered {
  return join(
    nodes.map((node) =>
      node.type === 'text'
        ? { html: escapeHtml(node.text), text: node.text }
        : renderSpan(node, inBold),
    ),
    '',
  );
}

function renderLine(line: string): Rendered {
  const heading = /^#{1,6}[ \t]+(?<title>\S.*)$/u.exec(line)?.groups?.['title'];
  if (heading !== undefined) return wrap('b', renderInline(parseInline(heading), true));
  const item = /^(?<indent>\s*)[-*+](?<rest>[ \t].*)$/u.exec(line)?.groups;
  if (item === undefined) return renderInline(parseInline(line), false);
  const rest = renderInline(parseInline(item['rest'] ?? ''), false);
  const bullet = `${item['indent'] ?? ''}•`;
  return { html: `${bullet}${rest.html}`, text: `${bullet}${rest.text}` };
}

function renderBlock(block: Block): Rendered {
  if (block.kind === 'blank') return { html: '', text: '' };
  if (block.kind === 'text') return join(block.lines.map(renderLine), '\n');
  const text = block.lines.join('\n');
  const code = { html: escapeHtml(text), text };
  const language = escapeHtml(block.language);
  return wrap('pre', language === '' ? code : wrap('code', code, ` class="language-${language}"`));
}

/** Renders markdown. Total: whatever is not understood is shown as it was written. */
export function renderMarkdown(markdown: string): Rendered {
  return join(parseBlocks(markdown).map(renderBlock), '\n');
}
