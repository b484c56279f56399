/**
 * Reads the pattern language: the part of regular expressions that can be matched in linear time.
 *
 * Understood: literals, `.`, `[...]`, `\d \w \s` and their opposites, `\b \B ^ $`, groups (plain,
 * `(?:` and named), `|`, and the quantifiers `* + ? {n} {n,} {n,m}`, greedy or lazy. Not
 * understood, hence no pattern at all: back-references, look-around, `\p{...}`, inline flags.
 *
 * @module
 */
import { type CharacterSet, asMember, characterSet } from './character.ts';

/** What an assertion looks at. `word-edge` is the edge of a word of any script. */
export type Assertion = 'start' | 'end' | 'boundary' | 'not-boundary' | 'word-edge';

/** One piece of a parsed pattern. */
export type Node =
  | { readonly type: 'literal'; readonly character: string }
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

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['f', '\f'],
  ['v', '\v'],
  ['0', '\0'],
]);

const CLASS = /^\\[dDsSwW]$/;

/** Parses `source`. Throws a SyntaxError when it is not in the language. */
export function parsePattern(source: string): Node {
  return new Reader([...source]).whole();
}

class Reader {
  private readonly characters: readonly string[];
  private at = 0;

  constructor(characters: readonly string[]) {
    this.characters = characters;
  }

  whole(): Node {
    const node = this.choice(0);
    if (this.peek() !== undefined) throw new SyntaxError('not in the pattern language');
    return node;
  }

  private peek(): string | undefined {
    return this.characters[this.at];
  }

  private next(): string {
    const character = this.characters[this.at];
    if (character === undefined) throw new SyntaxError('not in the pattern language');
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
    if (depth > MAX_DEPTH) throw new SyntaxError('not in the pattern language');
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
        return { type: 'set', set: characterSet('\\n\\r\\u2028\\u2029', true) };
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
        throw new SyntaxError('not in the pattern language');
      default:
        return { type: 'literal', character };
    }
  }

  private group(depth: number): Node {
    if (this.takes('?')) {
      if (this.takes('<')) this.groupName();
      else if (!this.takes(':')) throw new SyntaxError('not in the pattern language');
    }
    const inside = this.choice(depth + 1);
    if (!this.takes(')')) throw new SyntaxError('not in the pattern language');
    return inside;
  }

  private groupName(): void {
    const name = this.until('>');
    if (!/^[A-Za-z_$][\w$]*$/.test(name)) throw new SyntaxError('not in the pattern language');
  }

  private escape(): Node {
    if (this.takes('b')) return { type: 'assert', what: 'boundary' };
    if (this.takes('B')) return { type: 'assert', what: 'not-boundary' };
    const escaped = this.escaped();
    return CLASS.test(escaped)
      ? { type: 'set', set: characterSet(escaped) }
      : { type: 'literal', character: escaped };
  }

  /** The character an escape stands for; a class such as `\d` as it is written. */
  private escaped(): string {
    const letter = this.next();
    const control = CONTROLS.get(letter);
    if (control !== undefined) {
      if (letter === '0' && /^\d$/.test(this.peek() ?? '')) {
        throw new SyntaxError('not in the pattern language');
      }
      return control;
    }
    if (letter === 'x') return this.hex(2);
    if (letter === 'u') return this.takes('{') ? codePoint(this.until('}')) : this.hex(4);
    if (CLASS.test(`\\${letter}`)) return `\\${letter}`;
    if (/^[!-/:-@[-^`{-~ ]$/.test(letter)) return letter;
    throw new SyntaxError('not in the pattern language');
  }

  /** Everything up to `end`, which is passed over. */
  private until(end: string): string {
    let text = '';
    for (let next = this.next(); next !== end; next = this.next()) text += next;
    return text;
  }

  private hex(length: number): string {
    let digits = '';
    while (digits.length < length) digits += this.next();
    return codePoint(digits);
  }

  private characterClass(): CharacterSet {
    const negated = this.takes('^');
    let members = '';
    while (!this.takes(']')) {
      const low = this.classMember();
      members += low;
      if (CLASS.test(low) || this.peek() !== '-' || this.characters[this.at + 1] === ']') continue;
      this.at += 1;
      const high = this.classMember();
      if (CLASS.test(high)) throw new SyntaxError('not in the pattern language');
      members += `-${high}`;
    }
    return characterSet(members, negated);
  }

  private classMember(): string {
    const character = this.next();
    if (character !== '\\') return asMember(character);
    const escaped = this.takes('b') ? '\b' : this.escaped();
    return CLASS.test(escaped) ? escaped : asMember(escaped);
  }

  private repeated(body: Node): Node {
    const count = this.quantifier();
    if (count === undefined) return body;
    if (body.type === 'assert') throw new SyntaxError('not in the pattern language');
    this.takes('?');
    return { type: 'repeat', body, ...count };
  }

  private quantifier(): { min: number; max: number } | undefined {
    if (this.takes('*')) return { min: 0, max: Infinity };
    if (this.takes('+')) return { min: 1, max: Infinity };
    if (this.takes('?')) return { min: 0, max: 1 };
    if (!this.takes('{')) return undefined;
    const found = /^(\d{1,4})(,(\d{0,4}))?$/.exec(this.until('}'));
    if (found === null) throw new SyntaxError('not in the pattern language');
    const [, low, comma, high] = found;
    const min = Number(low);
    const open = comma !== undefined && high === '';
    const max = comma === undefined ? min : open ? Infinity : Number(high);
    if (min > MAX_COUNT || (!open && max > MAX_COUNT) || max < min)
      throw new SyntaxError('not in the pattern language');
    return { min, max };
  }
}

function codePoint(digits: string): string {
  const value = /^[\da-fA-F]{1,6}$/.test(digits) ? Number.parseInt(digits, 16) : Infinity;
  if (value > 0x10ffff) throw new SyntaxError('not in the pattern language');
  return String.fromCodePoint(value);
}
