/**
 * A JSON5 document as a tree that remembers where everything stands, so that one parser serves
 * reading, pointing at a line, and editing without disturbing comments. Promises: pure, bounded
 * depth, and no key twice in one object (the later one would silently drop the earlier one's
 * restriction).
 *
 * @module
 */
import { type ConfigObject, type ConfigValue, objectOf } from './config-value.ts';
import { Json5Scanner } from './json5-scanner.ts';

/** Deeper nesting than any real config has; protects every recursive walk. */
const MAX_DEPTH = 100;

/** Offsets into the text: `start` is the first character, `end` is one past the last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A value, with its place. */
export type DocumentNode = ObjectNode | ArrayNode | ScalarNode;

/** An object, its braces included in the span. */
export interface ObjectNode extends Span {
  readonly kind: 'object';
  readonly members: readonly Member[];
}

/** An array, its brackets included in the span. */
export interface ArrayNode extends Span {
  readonly kind: 'array';
  readonly members: readonly Member[];
}

/** A string, number, boolean or null. */
export interface ScalarNode extends Span {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
}

/** An entry of an object or array. The span reaches from the key (or value) to the value's end. */
export interface Member extends Span {
  /** The key, unescaped; in arrays the index as text. */
  readonly key: string;
  readonly value: DocumentNode;
  /** Offset of the comma behind it, when there is one. */
  readonly comma: number | undefined;
}

class DocumentReader {
  readonly #scanner: Json5Scanner;

  constructor(scanner: Json5Scanner) {
    this.#scanner = scanner;
  }

  read(): DocumentNode {
    const scanner = this.#scanner;
    const root = this.#readValue(0);
    scanner.skipTrivia();
    if (scanner.peek() !== '') scanner.fail(scanner.position, 'text after the end of the value');
    return root;
  }

  #readValue(depth: number): DocumentNode {
    const scanner = this.#scanner;
    scanner.skipTrivia();
    const start = scanner.position;
    if (depth > MAX_DEPTH) scanner.fail(start, `nesting deeper than ${MAX_DEPTH} levels`);
    const char = scanner.peek();
    if (char === '{') return this.#readObject(start, depth);
    if (char === '[') return this.#readArray(start, depth);
    const value = this.#readScalar(char);
    return { kind: 'scalar', value, start, end: scanner.position };
  }

  #readScalar(char: string): ScalarNode['value'] {
    const scanner = this.#scanner;
    if (char === '"' || char === "'") return scanner.readString();
    if (/[-+.0-9]/u.test(char)) return scanner.readNumber();
    const start = scanner.position;
    switch (scanner.readIdentifier()) {
      case 'true':
        return true;
      case 'false':
        return false;
      case 'null':
        return null;
      case 'Infinity':
        return Number.POSITIVE_INFINITY;
      case 'NaN':
        return Number.NaN;
      default:
        return scanner.fail(start, 'a word without quotes');
    }
  }

  #readObject(start: number, depth: number): ObjectNode {
    const seen = new Set<string>();
    const members = this.#readMembers('}', () => {
      const scanner = this.#scanner;
      const keyStart = scanner.position;
      const quoted = scanner.peek() === '"' || scanner.peek() === "'";
      const key = quoted ? scanner.readString() : scanner.readIdentifier();
      if (seen.has(key)) scanner.fail(keyStart, 'a key that this object already has');
      seen.add(key);
      scanner.skipTrivia();
      scanner.expect(':');
      const value = this.#readValue(depth + 1);
      return { key, value, start: keyStart, end: value.end };
    });
    return { kind: 'object', members, start, end: this.#scanner.position };
  }

  #readArray(start: number, depth: number): ArrayNode {
    let index = 0;
    const members = this.#readMembers(']', () => {
      const value = this.#readValue(depth + 1);
      index += 1;
      return { key: String(index - 1), value, start: value.start, end: value.end };
    });
    return { kind: 'array', members, start, end: this.#scanner.position };
  }

  #readMembers(close: string, readMember: () => Omit<Member, 'comma'>): readonly Member[] {
    const scanner = this.#scanner;
    const members: Member[] = [];
    scanner.position += 1;
    scanner.skipTrivia();
    while (scanner.peek() !== close) {
      const member = readMember();
      scanner.skipTrivia();
      const comma = scanner.peek() === ',' ? scanner.position : undefined;
      members.push({ ...member, comma });
      if (comma === undefined) break;
      scanner.position += 1;
      scanner.skipTrivia();
    }
    scanner.expect(close);
    return members;
  }
}

/**
 * Parses a JSON5 text.
 *
 * @param name how the text is called in faults, usually its path.
 * @throws PortcullisError `config.syntax` with `details.line` and `details.column`.
 */
export function parseDocument(text: string, name: string): DocumentNode {
  return new DocumentReader(new Json5Scanner(text, name)).read();
}

/** Parses a JSON5 text and keeps the places of its comments. Throws like {@link parseDocument}. */
export function parseWithComments(
  text: string,
  name: string,
): {
  readonly root: DocumentNode;
  readonly value: ConfigValue;
  readonly comments: readonly Span[];
} {
  const scanner = new Json5Scanner(text, name);
  const root = new DocumentReader(scanner).read();
  return { root, value: nodeValue(root), comments: scanner.comments };
}

/** The plain value of a node. */
export function nodeValue(node: DocumentNode): ConfigValue {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'array') return node.members.map((member) => nodeValue(member.value));
  return objectOf(node.members.map((member) => [member.key, nodeValue(member.value)] as const));
}

/**
 * Parses a JSON5 text to its plain value. The root of a config file must be an object.
 *
 * @throws PortcullisError `config.syntax`.
 */
export function parseConfigText(text: string, name: string): ConfigObject {
  const scanner = new Json5Scanner(text, name);
  const root = new DocumentReader(scanner).read();
  const value = nodeValue(root);
  if (root.kind !== 'object') scanner.fail(root.start, 'no object');
  return value as ConfigObject;
}

/**
 * Parses a JSON5 text that holds one value of any kind.
 *
 * @throws PortcullisError `config.syntax`.
 *
 * @example
 * ```ts
 * parseConfigValue('[1, "two"]', 'The value'); // [1, 'two']
 * ```
 */
export function parseConfigValue(text: string, name: string): ConfigValue {
  return nodeValue(parseDocument(text, name));
}
