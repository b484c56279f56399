/**
 * Looks at markup in one pass before anything is built from it. Promises: linear time, whatever the
 * markup; parsers and the code over them are not that good.
 *
 * @module
 */

/** Elements whose content is no text of the page. */
const OPAQUE: ReadonlySet<string> = new Set([
  'script',
  'style',
  'template',
  'noscript',
  'iframe',
  'object',
  'svg',
  'math',
  'canvas',
  'audio',
  'video',
]);

/** Elements that never contain anything, or that the next of their kind closes. */
const FLAT: ReadonlySet<string> = new Set(
  (
    'area base br col embed hr img input link meta param source track wbr ' +
    'p li dt dd option optgroup tr td th thead tbody tfoot colgroup rp rt'
  ).split(' '),
);

const BLOCK: ReadonlySet<string> = new Set(
  (
    'address article aside blockquote br dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 header hr ' +
    'li main nav ol p pre section table tr ul title'
  ).split(' '),
);

/** Deeper, or of more parts, and a page is read as plain text. */
const MAX_DEPTH = 100;
const MAX_ELEMENTS = 20_000;
const MAX_ATTRIBUTES = 200;
/** Parsers make a piece of text of each: `&` and a `<` that opens nothing. */
const MAX_PIECES = 50_000;

/** Markup without the content of scripts and the like. */
export interface ScannedMarkup {
  readonly html: string;
  /** The words of it, block by block. */
  readonly text: string;
  readonly elements: number;
  /** False when it is built to exhaust whoever builds a document from it. */
  readonly sane: boolean;
}

/** Takes markup apart without building anything. */
export function scanMarkup(source: string): ScannedMarkup {
  return new Scan(source).run();
}

class Scan {
  readonly #source: string;
  /** The source in lower case, of the same length. */
  readonly #lower: string;
  readonly #kept: string[] = [];
  readonly #words: string[] = [];
  /** Opaque elements of which no end is left: what follows is not searched again and again. */
  readonly #endless = new Set<string>();
  #depth = 0;
  #elements = 0;
  #pieces = 0;
  #sane = true;

  constructor(source: string) {
    this.#source = source;
    this.#lower = source.replaceAll(/[A-Z]+/gu, (letters) => letters.toLowerCase());
  }

  run(): ScannedMarkup {
    let at = 0;
    while (at < this.#source.length) {
      const open = this.#source.indexOf('<', at);
      const end = open === -1 ? this.#source.length : open;
      this.#text(this.#source.slice(at, end));
      if (open === -1) break;
      at = this.#tag(open);
    }
    const text = this.#words
      .join('')
      .replaceAll(/[^\S\n]+/gu, ' ')
      .replaceAll(/ ?\n[ \n]*/gu, '\n')
      .trim();
    return {
      html: this.#kept.join(''),
      text: unescaped(text),
      elements: this.#elements,
      sane: this.#sane,
    };
  }

  #text(text: string): void {
    this.#pieces += text.split('&').length;
    if (this.#pieces > MAX_PIECES) this.#sane = false;
    const plain = text
      .replaceAll(HARD_BLANK, ' ')
      .replaceAll(LONG_BLANK, (run) => run.slice(0, MAX_BLANKS));
    this.#kept.push(plain);
    this.#words.push(plain);
  }

  /** Reads the tag at `open`; gives the place after it. */
  #tag(open: number): number {
    if (this.#source.startsWith('<!--', open)) return this.#after('-->', open + 4);
    const [, slash, name] = tagName(this.#lower, open) ?? [];
    if (name === undefined) {
      const isMarkup = /[!?/]/u.test(this.#source[open + 1] ?? '');
      if (isMarkup) return this.#after('>', open);
      this.#text('<');
      return open + 1;
    }
    const close = tagEnd(this.#source, open);
    if (close === -1) return this.#source.length;
    const after = close + 1;
    if (BLOCK.has(name)) this.#words.push('\n');
    else if (name === 'td' || name === 'th') this.#words.push(' ');
    if (OPAQUE.has(name)) return slash === '' ? this.#skip(name, after) : after;
    this.#count(name, slash === '/');
    this.#kept.push(this.#bounded(this.#source.slice(open, after)));
    return after;
  }

  #after(mark: string, from: number): number {
    const at = this.#source.indexOf(mark, from);
    return at === -1 ? this.#source.length : at + mark.length;
  }

  #skip(name: string, from: number): number {
    if (this.#endless.has(name)) return from;
    const end = this.#lower.indexOf(`</${name}`, from);
    if (end !== -1) return this.#after('>', end);
    this.#endless.add(name);
    return from;
  }

  #count(name: string, closes: boolean): void {
    if (!closes) this.#elements += 1;
    if (!FLAT.has(name)) this.#depth = Math.max(0, this.#depth + (closes ? -1 : 1));
    if (this.#depth > MAX_DEPTH || this.#elements > MAX_ELEMENTS) this.#sane = false;
  }

  /** Pictures inside the page are no words, and the longest part of many pages. */
  #bounded(tag: string): string {
    if (tag.length < 1000) return tag;
    const small = tag.replaceAll(/=\s*(?:"[^"]{1000,}"|'[^']{1000,}'|[^\s"'>]{1000,})/gu, '=""');
    if (small.split(/[\s/]+/u, MAX_ATTRIBUTES + 1).length > MAX_ATTRIBUTES) this.#sane = false;
    return small;
  }
}

/** What the library that writes Markdown does not fold: a long run of it takes quadratic time there. */
const HARD_BLANK = /[^\S \t\r\n]|&(?:nbsp|#160|#xa0);/giu;
const MAX_BLANKS = 100;
const LONG_BLANK = /\s{100,}/gu;

const TAG_NAME = /<(\/?)([a-z][a-z0-9-]{0,30})/uy;

function tagName(lower: string, at: number): RegExpExecArray | null {
  TAG_NAME.lastIndex = at;
  return TAG_NAME.exec(lower);
}

/** Where a tag ends: a `>` inside a quoted value does not end it. */
function tagEnd(source: string, open: number): number {
  let quote = '';
  for (let at = open + 1; at < source.length; at += 1) {
    const mark = source[at] ?? '';
    if (quote !== '') {
      if (mark === quote) quote = '';
    } else if (mark === '>') {
      return at;
    } else if ((mark === '"' || mark === "'") && /[=\s]/u.test(source[at - 1] ?? '')) {
      quote = mark;
    }
  }
  return -1;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

function unescaped(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,4}));/giu, (all, ...found) => {
    const [decimal, hex, name] = found as readonly (string | undefined)[];
    if (name !== undefined) {
      return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] ?? all) : all;
    }
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code).toWellFormed() : '';
  });
}
