/**
 * Bytes of a file as text, or what they are instead.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** First bytes of formats that are worth naming. */
const FORMATS: readonly (readonly [string, readonly number[]])[] = [
  ['a PNG image', [0x89, 0x50, 0x4e, 0x47]],
  ['a JPEG image', [0xff, 0xd8, 0xff]],
  ['a GIF image', [0x47, 0x49, 0x46, 0x38]],
  ['a WebP image or other RIFF file', [0x52, 0x49, 0x46, 0x46]],
  ['a PDF document', [0x25, 0x50, 0x44, 0x46]],
  ['a ZIP archive or office document', [0x50, 0x4b, 0x03, 0x04]],
  ['a gzip archive', [0x1f, 0x8b]],
  ['a program', [0x7f, 0x45, 0x4c, 0x46]],
];

/** Text, or the name of what the bytes are. */
export type Decoded =
  | { readonly text: string }
  | { readonly text?: undefined; readonly is: string };

/** Decodes UTF-8, and UTF-16 with a byte order mark. A mark at the start is dropped. */
export function decodeText(bytes: Uint8Array): Decoded {
  const format = FORMATS.find(([, start]) => start.every((byte, index) => bytes[index] === byte));
  if (format !== undefined) return { is: format[0] };
  const wide = wideEncoding(bytes);
  try {
    const text = new TextDecoder(wide ?? 'utf-8', { fatal: true }).decode(bytes);
    return wide === undefined && text.includes('\0') ? { is: 'binary data' } : { text };
  } catch {
    return { is: 'binary data' };
  }
}

function wideEncoding(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

/** A text that is to be changed, in lines that end in `\n`, and how to get its bytes back. */
export interface EditableText {
  readonly text: string;
  /** The bytes of a changed text, with the line ends and the mark the file had. */
  encode(changed: string): Uint8Array;
}

/** Reads a text to change it. Throws `files.not_text` for anything that is not UTF-8. */
export function editableText(bytes: Uint8Array): EditableText {
  const raw = strictUtf8(bytes);
  const mark = raw.startsWith('\ufeff') ? '\ufeff' : '';
  const body = raw.slice(mark.length);
  // Only a file that ends all its lines one way gets them back: mixed ends stay as they are.
  const isCrlf = body.includes('\r\n') && !/(?<!\r)\n/u.test(body);
  const text = isCrlf ? body.replaceAll('\r\n', '\n') : body;
  return {
    text,
    encode: (changed) => {
      const lines = isCrlf ? changed.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n') : changed;
      return new TextEncoder().encode(mark + lines);
    },
  };
}

function strictUtf8(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Told below, like a NUL.
  }
  throw new PortcullisError('files.not_text', 'The file is not UTF-8 text.', {
    hint: 'Replace it as a whole, or use a program that knows its format.',
  });
}

/** A name as one line of printable text: what could break out of the line is escaped. */
export function printableName(name: string): string {
  return /^[^\p{C}\u2028\u2029"\\]+$/u.test(name) && name.trim() === name
    ? name
    : JSON.stringify(name).replaceAll(/[\p{C}\u2028\u2029]/gu, escaped);
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
