/**
 * Reads Telegram's HTML the way the Bot API does: text plus entities, or the refusal
 * `can't parse entities` that a wrong tag earns.
 *
 * @module
 */
import type { MessageEntity } from 'grammy/types';
import { badRequest } from './refusal.ts';

/** Text without markup, and where the markup was (UTF-16 units). */
export interface FormattedText {
  readonly text: string;
  readonly entities: readonly MessageEntity[];
}

type SimpleType = 'bold' | 'italic' | 'underline' | 'strikethrough' | 'spoiler' | 'code' | 'pre';

const SIMPLE_TAGS: Readonly<Record<string, SimpleType | 'blockquote'>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
};

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

interface OpenTag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly offset: number;
}

const unparsable = (why: string) => badRequest(`can't parse entities: ${why}`);

function decode(text: string): string {
  return text.replaceAll(/&(?:#x([0-9a-f]+)|#([0-9]+)|([a-z]+));/giu, (whole, hex, dec, name) => {
    if (typeof name === 'string') return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? '') : whole;
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(dec);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function readAttributes(source: string, at: number): Map<string, string> {
  const attributes = new Map<string, string>();
  const pattern = /\s+([a-z-]+)(?:=(?:"([^"]*)"|'([^']*)'|([a-z0-9.-]+)))?/giy;
  let end = 0;
  for (const match of source.matchAll(pattern)) {
    attributes.set((match[1] ?? '').toLowerCase(), decode(match[2] ?? match[3] ?? match[4] ?? ''));
    end = match.index + match[0].length;
  }
  if (source.slice(end).trim() !== '') {
    throw unparsable(`Unexpected character in the tag at byte offset ${at}`);
  }
  return attributes;
}

function openTag(source: string, at: number, offset: number): OpenTag {
  const name = (/^[a-z-]*/iu.exec(source)?.[0] ?? '').toLowerCase();
  const attributes = readAttributes(source.slice(name.length), at);
  const known =
    Object.hasOwn(SIMPLE_TAGS, name) ||
    name === 'a' ||
    (name === 'span' && attributes.get('class') === 'tg-spoiler');
  if (!known) throw unparsable(`Unsupported start tag "${name}" at byte offset ${at}`);
  return { name, attributes, offset };
}

function toEntity(tag: OpenTag, text: string): MessageEntity | undefined {
  const at = { offset: tag.offset, length: text.length - tag.offset };
  if (at.length === 0) return undefined;
  if (tag.name === 'a') {
    const url = tag.attributes.get('href') ?? text.slice(tag.offset);
    return /^[a-z]+:/iu.test(url) ? { ...at, type: 'text_link', url } : undefined;
  }
  if (tag.name === 'span') return { ...at, type: 'spoiler' };
  const type = SIMPLE_TAGS[tag.name];
  return type === undefined ? undefined : { ...at, type };
}

/** `<pre><code class="language-x">` is one `pre` entity with a language. */
function mergePreCode(entities: readonly MessageEntity[], languages: Map<number, string>) {
  const merged: MessageEntity[] = [];
  for (const entity of entities) {
    const inPre = entities.some(
      (other) =>
        other.type === 'pre' && other.offset === entity.offset && other.length === entity.length,
    );
    if (entity.type === 'code' && inPre) continue;
    const language = entity.type === 'pre' ? languages.get(entity.offset) : undefined;
    merged.push(entity.type === 'pre' && language !== undefined ? { ...entity, language } : entity);
  }
  return merged.toSorted((a, b) => a.offset - b.offset || b.length - a.length);
}

/** Parses HTML, or throws the Bot API's 400. */
export function parseHtml(html: string): FormattedText {
  const open: OpenTag[] = [];
  const entities: MessageEntity[] = [];
  const languages = new Map<number, string>();
  let text = '';
  let at = 0;
  while (at < html.length) {
    const next = html.indexOf('<', at);
    text += decode(html.slice(at, next === -1 ? html.length : next));
    if (next === -1) break;
    const end = html.indexOf('>', next);
    if (end === -1) throw unparsable(`Unclosed start tag at byte offset ${next}`);
    const body = html.slice(next + 1, end);
    if (body.startsWith('/')) {
      const name = body.slice(1).trim().toLowerCase();
      const tag = open.pop();
      if (tag === undefined) throw unparsable(`Unexpected end tag at byte offset ${next}`);
      if (tag.name !== name && name !== '') {
        throw unparsable(
          `Unmatched end tag at byte offset ${next}, expected "</${tag.name}>", found "</${name}>"`,
        );
      }
      const language = tag.attributes.get('class');
      if (tag.name === 'code' && language?.startsWith('language-') === true) {
        languages.set(tag.offset, language.slice('language-'.length));
      }
      const entity = toEntity(tag, text);
      if (entity !== undefined) entities.push(entity);
    } else {
      open.push(openTag(body, next, text.length));
    }
    at = end + 1;
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    throw unparsable(`Can't find end tag corresponding to start tag "${unclosed.name}"`);
  }
  return { text, entities: mergePreCode(entities, languages) };
}
