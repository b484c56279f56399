/**
 * Reads the tokens of JSON5 (https://spec.json5.org) one by one. Promises: linear time, the whole
 * standard, and faults that name a place in the file but never quote what stands there, because
 * config files hold secrets.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

const ESCAPES: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

const NUMBER =
  /[+-]?(?:Infinity|NaN|0[xX][0-9a-fA-F]+|(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)/uy;
const IDENTIFIER_START = /[\p{ID_Start}$_]/u;
const IDENTIFIER_PART = /[\p{ID_Continue}$\u200C\u200D]/u;
const SPACE = /[\t\v\f \u00A0\uFEFF\p{Zs}\n\r\u2028\u2029]/u;
const LINE_END = /[\n\r\u2028\u2029]/u;

/** Line and column, both counted from 1, of an offset in a text. */
export function locate(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lines = before.split(/\r\n|[\n\r\u2028\u2029]/u);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

/** A cursor over one JSON5 text. */
export class Json5Scanner {
  readonly text: string;
  /** How the text is called in faults: the path of the file. */
  readonly name: string;
  position = 0;
  /** Where comments stand, in the order they were passed. */
  readonly comments: { readonly start: number; readonly end: number }[] = [];

  constructor(text: string, name: string) {
    this.text = text;
    this.name = name;
  }

  /** Throws `config.syntax` for the given offset. */
  fail(offset: number, reason: string): never {
    const { line, column } = locate(this.text, offset);
    throw new PortcullisError(
      'config.syntax',
      `${this.name} is not valid JSON5: ${reason} at line ${line}, column ${column}.`,
      {
        hint: 'Correct that place in the file. Often a comma, a quote or a closing brace is missing just before it.',
        details: { path: this.name, line, column },
      },
    );
  }

  /** The character at the cursor, empty at the end. */
  peek(): string {
    return this.text.charAt(this.position);
  }

  /** Moves past white space and comments. */
  skipTrivia(): void {
    for (;;) {
      const char = this.peek();
      if (char === '/') {
        const start = this.position;
        this.#skipComment();
        this.comments.push({ start, end: this.position });
      } else if (char !== '' && SPACE.test(char)) this.position += 1;
      else return;
    }
  }

  #skipComment(): void {
    const start = this.position;
    const kind = this.text.charAt(start + 1);
    if (kind === '*') {
      const end = this.text.indexOf('*/', start + 2);
      if (end < 0) this.fail(start, 'a comment that never ends');
      this.position = end + 2;
    } else if (kind === '/') {
      this.position += 2;
      while (this.peek() !== '' && !LINE_END.test(this.peek())) this.position += 1;
    } else {
      this.fail(start, 'unexpected "/"');
    }
  }

  /** Reads a quoted string; the cursor stands on its quote. */
  readString(): string {
    const start = this.position;
    const quote = this.peek();
    let value = '';
    this.position += 1;
    for (;;) {
      const char = this.peek();
      if (char === '') this.fail(start, 'a string that never ends');
      if (char === '\n' || char === '\r') this.fail(this.position, 'a line break in a string');
      this.position += 1;
      if (char === quote) return value;
      value += char === '\\' ? this.#readEscape() : char;
    }
  }

  #readEscape(): string {
    const char = this.peek();
    const at = this.position;
    this.position += 1;
    if (char === '') this.fail(at, 'a string that never ends');
    if (char === 'x') return this.#readHex(2);
    if (char === 'u') return this.#readHex(4);
    if (char === '\r' && this.peek() === '\n') this.position += 1;
    if (LINE_END.test(char)) return '';
    if (char === '0' && !/[0-9]/u.test(this.peek())) return '\0';
    if (/[0-9]/u.test(char)) this.fail(at, 'an octal escape');
    return Object.hasOwn(ESCAPES, char) ? (ESCAPES[char] ?? char) : char;
  }

  #readHex(length: number): string {
    const digits = this.text.slice(this.position, this.position + length);
    if (digits.length < length || !/^[0-9a-fA-F]+$/u.test(digits)) {
      this.fail(this.position, 'a broken escape');
    }
    this.position += length;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  /** Reads an unquoted key or a word such as `true`. */
  readIdentifier(): string {
    const start = this.position;
    let value = '';
    for (;;) {
      let char = String.fromCodePoint(this.text.codePointAt(this.position) ?? 0x20);
      const at = this.position;
      this.position += char.length;
      if (char === '\\') {
        if (this.peek() !== 'u') this.fail(at, 'a broken escape');
        this.position += 1;
        char = this.#readHex(4);
      }
      if (!(value === '' ? IDENTIFIER_START : IDENTIFIER_PART).test(char)) {
        this.position = at;
        break;
      }
      value += char;
    }
    if (value === '') this.#failUnexpected(start);
    return value;
  }

  /** Reads a number; the cursor stands on its sign or first digit. */
  readNumber(): number {
    const start = this.position;
    NUMBER.lastIndex = start;
    const digits = NUMBER.exec(this.text)?.[0];
    if (digits === undefined) this.fail(start, 'a broken number');
    this.position = start + digits.length;
    const next = this.peek();
    if (next !== '' && (IDENTIFIER_PART.test(next) || next === '.' || next === '\\')) {
      this.fail(start, 'a broken number');
    }
    const negative = digits.startsWith('-');
    const size = Number(digits.replace(/^[+-]/u, ''));
    return negative ? -size : size;
  }

  /** Throws `config.syntax` for whatever stands at the offset. */
  #failUnexpected(offset: number): never {
    const char = this.text.charAt(offset);
    if (char === '') this.fail(offset, 'the file ends too early');
    this.fail(offset, /[{}[\]:,]/u.test(char) ? `unexpected "${char}"` : 'an unexpected character');
  }

  /** Moves past one punctuation mark, or fails. */
  expect(mark: string): void {
    if (this.peek() !== mark) this.#failUnexpected(this.position);
    this.position += mark.length;
  }
}
