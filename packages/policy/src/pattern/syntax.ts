/**
 * Reads the pattern language: the part of regular expressions that can be matched in linear time.
 *
 * Understood: literals, `.`, `[...]`, `\d \w \s` and their opposites, `\b \B ^ $`, groups (plain,
 * `(?:` and named), `|`, and the quantifiers `* + ? {n} {n,} {n,m}`, greedy or lazy. Not
 * understood, hence no pattern at all: back-references, look-around, `\p{...}`, inline flags.
 *
 * @module
 */
import { type CharacterSet, classEscape, notLineEnd } from './character.ts';

/** What an assertion looks at. `word-edge` is the edge of a word of any script. */
export type Assertion = 'start' | 'end' | 'boundary' | 'not-boundary' | 'word-edge';

/** One piece of a parsed pattern. */
export type Node =
  | { readonly type: 'literal'; readonly codePoint: number }
  | { readonly type: 'set'; readonly set: CharacterSet }
  | { readonly type: 'assert'; readonly what: Assertion }
  | { readonly type: 'sequence'; readonly parts: readonly Node[] }
  | { readonly type: 'choice'; readonly options: readonly Node[] }
  | {
      readonly type: 'repeat';
      readonly body: Node;
      readonly min: number;
      /** `Infinity` for an open end. */
      readonly max: number;
    };

const MAX_DEPTH = 50;
const MAX_COUNT = 1000;

const CONTROLS: Readonly<Record<string, number>> = {
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  f: 0x0c,
  v: 0x0b,
  '0': 0,
};

/** Raised inside for text that is not in the language; {@link parsePattern} answers undefined. */
class NotInLanguage extends Error {}

/** Parses `source`, or answers undefined when it is not in the language. */
export function parsePattern(source: string): Node | undefined {
  try {
    return new Reader([...source]).whole();
  } catch (error) {
    if (error instanceof NotInLanguage) return undefined;
    throw error;
  }
}

class Reader {
  private readonly characters: readonly string[];
  private at = 0;

  constructor(characters: readonly string[]) {
    this.characters = characters;
  }

  whole(): Node {
    const node = this.choice(0);
    if (this.peek() !== undefined) throw new NotInLanguage();
    return node;
  }

  private peek(): string | undefined {
    return this.characters[this.at];
  }

  private next(): string {
    const character = this.characters[this.at];
    if (character === undefined) throw new NotInLanguage();
    this.at += 1;
    return character;
  }

  private takes(text: string): boolean {
    const wanted = [...text];
    if (!wanted.every((character, offset) => this.characters[this.at + offset] === character)) {
      return false;
    }
    this.at += wanted.length;
    return true;
  }

  private choice(depth: number): Node {
    if (depth > MAX_DEPTH) throw new NotInLanguage();
    const options = [this.sequence(depth)];
    while (this.takes('|')) options.push(this.sequence(depth));
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { type: 'choice', options };
  }

  private sequence(depth: number): Node {
    const parts: Node[] = [];
    for (let next = this.peek(); next !== undefined; next = this.peek()) {
      if (next === '|' || next === ')') break;
      parts.push(this.repeated(this.atom(depth)));
    }
    return { type: 'sequence', parts };
  }

  private atom(depth: number): Node {
    const character = this.next();
    switch (character) {
      case '^':
        return { type: 'assert', what: 'start' };
      case '$':
        return { type: 'assert', what: 'end' };
      case '.':
        return { type: 'set', set: notLineEnd };
      case '[':
        return { type: 'set', set: this.characterClass() };
      case '(':
        return this.group(depth);
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
      case ']':
        throw new NotInLanguage();
      default:
        return literal(character);
    }
  }

  private group(depth: number): Node {
    if (this.takes('?')) {
      if (this.takes('<')) this.groupName();
      else if (!this.takes(':')) throw new NotInLanguage();
    }
    const inside = this.choice(depth + 1);
    if (!this.takes(')')) throw new NotInLanguage();
    return inside;
  }

  private groupName(): void {
    let name = '';
    for (let next = this.next(); next !== '>'; next = this.next()) name += next;
    if (!/^[A-Za-z_$][\w$]*$/.test(name)) throw new NotInLanguage();
  }

  private escape(): Node {
    const letter = this.peek();
    if (letter === 'b' || letter === 'B') {
      this.at += 1;
      return { type: 'assert', what: letter === 'b' ? 'boundary' : 'not-boundary' };
    }
    const ranges = letter === undefined ? undefined : classEscape(letter);
    if (ranges !== undefined) {
      this.at += 1;
      return { type: 'set', set: { ranges, negated: false } };
    }
    return { type: 'literal', codePoint: this.escapedCodePoint() };
  }

  private escapedCodePoint(): number {
    const letter = this.next();
    if (Object.hasOwn(CONTROLS, letter)) {
      if (letter === '0' && /^\d$/.test(this.peek() ?? '')) throw new NotInLanguage();
      return CONTROLS[letter] ?? 0;
    }
    if (letter === 'x') return this.hex(2);
    if (letter === 'u') {
      if (!this.takes('{')) return this.hex(4);
      let digits = '';
      for (let next = this.next(); next !== '}'; next = this.next()) digits += next;
      return hexCodePoint(digits, 6);
    }
    if (/^[!-/:-@[-^`{-~ ]$/.test(letter)) return codePointOf(letter);
    throw new NotInLanguage();
  }

  private hex(length: number): number {
    let digits = '';
    for (let index = 0; index < length; index += 1) digits += this.next();
    return hexCodePoint(digits, length);
  }

  private characterClass(): CharacterSet {
    const negated = this.takes('^');
    const ranges: (readonly [number, number])[] = [];
    while (!this.takes(']')) {
      const low = this.classMember();
      if (typeof low !== 'number') {
        ranges.push(...low);
      } else if (this.peek() === '-' && this.characters[this.at + 1] !== ']') {
        this.at += 1;
        const high = this.classMember();
        if (typeof high !== 'number' || high < low) throw new NotInLanguage();
        ranges.push([low, high]);
      } else {
        ranges.push([low, low]);
      }
    }
    return { ranges, negated };
  }

  private classMember(): number | CharacterSet['ranges'] {
    const character = this.next();
    if (character !== '\\') return codePointOf(character);
    const letter = this.peek();
    if (letter === 'b') {
      this.at += 1;
      return 0x08;
    }
    const ranges = letter === undefined ? undefined : classEscape(letter);
    if (ranges === undefined) return this.escapedCodePoint();
    this.at += 1;
    return ranges;
  }

  private repeated(body: Node): Node {
    const count = this.quantifier();
    if (count === undefined) return body;
    if (body.type === 'assert') throw new NotInLanguage();
    this.takes('?');
    return { type: 'repeat', body, ...count };
  }

  private quantifier(): { min: number; max: number } | undefined {
    if (this.takes('*')) return { min: 0, max: Infinity };
    if (this.takes('+')) return { min: 1, max: Infinity };
    if (this.takes('?')) return { min: 0, max: 1 };
    if (!this.takes('{')) return undefined;
    let text = '';
    for (let next = this.next(); next !== '}'; next = this.next()) text += next;
    const found = /^(\d{1,4})(,(\d{0,4}))?$/.exec(text);
    if (found === null) throw new NotInLanguage();
    const [, low, comma, high] = found;
    const min = Number(low);
    const open = comma !== undefined && high === '';
    const max = comma === undefined ? min : open ? Infinity : Number(high);
    if (min > MAX_COUNT || (!open && max > MAX_COUNT) || max < min) throw new NotInLanguage();
    return { min, max };
  }
}

function literal(character: string): Node {
  return { type: 'literal', codePoint: codePointOf(character) };
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function hexCodePoint(digits: string, longest: number): number {
  if (digits.length > longest || !/^[0-9a-fA-F]+$/.test(digits)) throw new NotInLanguage();
  const codePoint = Number.parseInt(digits, 16);
  if (codePoint > 0x10ffff) throw new NotInLanguage();
  return codePoint;
}
