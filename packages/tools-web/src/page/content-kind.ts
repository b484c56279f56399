/**
 * What an answer is, by what the server says and by what its bytes show. Promises: something that
 * looks like text to the server and like a program to us is never taken for text.
 *
 * @module
 */

/** How an answer can be read. */
export type ContentKind = 'html' | 'json' | 'text' | 'binary';

/** The first bytes of common files that are no text. */
const MAGIC: readonly string[] = [
  '%PDF-',
  'PK\u0003\u0004',
  '\u0089PNG',
  'GIF8',
  '\u00ff\u00d8\u00ff',
  'RIFF',
  '\u007fELF',
  '\u001f\u008b',
  'BZh',
  '7z\u00bc\u00af',
  'Rar!',
  'OggS',
  'ID3',
  'MZ\u0090',
  'wOF',
  '\u0000asm',
];

const TEXT_TYPES =
  /^(?:text\/.+|application\/(?:(?:x-)?javascript|ecmascript|xml|yaml|x-yaml|toml|sql|graphql|x-sh|x-ndjson|rtf|.+\+xml))$/u;

/** The media type alone, in lower case; empty when it is missing or malformed. */
export function mediaType(header: string | undefined): string {
  const type = (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return /^[a-z0-9.+-]{1,60}\/[a-z0-9.+-]{1,80}$/u.test(type) ? type : '';
}

/** How to read an answer with this `content-type`. */
export function contentKind(header: string | undefined, bytes: Uint8Array): ContentKind {
  const type = mediaType(header);
  const head = String.fromCharCode(...bytes.subarray(0, 1024));
  const isUtf16 = head.startsWith('\u00ff\u00fe') || head.startsWith('\u00fe\u00ff');
  if (MAGIC.some((magic) => head.startsWith(magic))) return 'binary';
  if (!isUtf16 && looksBinary(head)) return 'binary';
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'html';
  if (type === 'application/json' || type.endsWith('+json')) return 'json';
  const unsaid = type === '' || type === 'application/octet-stream' || type === 'text/plain';
  if (unsaid && type !== 'text/plain') return shape(head);
  return unsaid || TEXT_TYPES.test(type) ? 'text' : 'binary';
}

/** Text has no zero bytes, and hardly a control character. */
function looksBinary(head: string): boolean {
  if (head.includes('\u0000')) return true;
  // Tabs, line ends, form feeds and escapes are common in text.
  const controls = [...head].filter((mark) => mark < ' ' && !'\t\n\r\f\v\u001b'.includes(mark));
  return controls.length > head.length / 50;
}

function shape(head: string): ContentKind {
  const start = head.replace(/^\u00ef\u00bb\u00bf/u, '').trimStart();
  if (/^(?:<!doctype html|<html|<head|<body)[\s>]/iu.test(start)) return 'html';
  return /^[[{]/u.test(start) ? 'json' : 'text';
}

/** The text of bytes, by byte order mark, the `content-type`, the page's own word, or as UTF-8. */
export function decodeText(header: string | undefined, bytes: Uint8Array): string {
  const said = /;\s*charset\s*=\s*"?([\w.:-]{1,40})/iu.exec(header ?? '')?.[1];
  const head = String.fromCharCode(...bytes.subarray(0, 1024));
  const own = /<meta[^>]{1,200}charset\s*=\s*["']?([\w.:-]{1,40})/iu.exec(head)?.[1];
  return decoder(bom(bytes) ?? said ?? own ?? 'utf-8').decode(bytes);
}

function bom([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

function decoder(label: string): { decode(bytes: Uint8Array): string } {
  try {
    return new TextDecoder(label);
  } catch {
    // A charset nobody knows: most of the web is UTF-8.
    return new TextDecoder('utf-8');
  }
}
