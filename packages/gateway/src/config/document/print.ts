/**
 * Writes values as JSON5 in the manner of the document they go into. Promises: pure; what is
 * printed parses back to the same value.
 *
 * @module
 */
import { type ConfigValue, isConfigObject } from './config-value.ts';
import type { DocumentNode } from './document.ts';

/** How a document is written. */
export interface Style {
  /** One step of indentation. */
  readonly unit: string;
  readonly newline: string;
  /** Keys without quotes where their name allows it. */
  readonly bareKeys: boolean;
  readonly quote: '"' | "'";
  /** A comma behind the last entry of a block. */
  readonly trailingComma: boolean;
}

const MAX_INLINE_LIST = 60;

/** The white space at the start of the line an offset stands in. */
export function lineIndent(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/u.exec(text.slice(start, offset))?.[0] ?? '';
}

function firstQuote(text: string, node: DocumentNode): string | undefined {
  if (node.kind === 'scalar') {
    return typeof node.value === 'string' ? text.charAt(node.start) : undefined;
  }
  for (const member of node.members) {
    const quote = firstQuote(text, member.value);
    if (quote !== undefined) return quote;
  }
  return undefined;
}

/** Learns the manner of a document from its first lines. */
export function styleOf(text: string, root: DocumentNode): Style {
  const members = root.kind === 'scalar' ? [] : root.members;
  const [first] = members;
  const onOwnLine = first !== undefined && /[\n\r]/u.test(text.slice(root.start, first.start));
  const indent = onOwnLine ? lineIndent(text, first.start) : '';
  const blocks = members.map((member) => member.value).filter((node) => node.kind === 'object');
  const commas = [root, ...blocks].map((node) =>
    node.kind === 'object' && /[\n\r]/u.test(text.slice(node.start, node.end))
      ? node.members.at(-1)?.comma !== undefined
      : false,
  );
  return {
    unit: indent === '' ? '  ' : indent,
    newline: text.includes('\r\n') ? '\r\n' : '\n',
    bareKeys: first !== undefined && !/["']/u.test(text.charAt(first.start)),
    quote: firstQuote(text, root) === "'" ? "'" : '"',
    trailingComma: commas.includes(true),
  };
}

function printString(value: string, quote: Style['quote']): string {
  // JSON leaves these two as they are, but some readers take them for line ends.
  const json = JSON.stringify(value)
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  if (quote === '"') return json;
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** A key as it is written before its colon. */
export function printKey(key: string, style: Style): string {
  const bare = style.bareKeys && /^[A-Za-z_$][A-Za-z0-9_$]*$/u.test(key);
  return bare ? key : printString(key, style.quote);
}

function printBlock(
  brackets: readonly [string, string],
  entries: readonly string[],
  indent: string,
  style: Style,
): string {
  const lines = entries.map((entry) => `${style.newline}${indent}${style.unit}${entry}`).join(',');
  const comma = style.trailingComma ? ',' : '';
  return `${brackets[0]}${lines}${comma}${style.newline}${indent}${brackets[1]}`;
}

/** A value as text. `indent` is that of the line it begins on. */
export function printValue(value: ConfigValue, indent: string, style: Style): string {
  if (typeof value === 'string') return printString(value, style.quote);
  if (typeof value !== 'object' || value === null) return String(value);
  const below = indent + style.unit;
  if (Array.isArray(value)) {
    const items = value.map((item) => printValue(item, below, style));
    const inline = `[${items.join(', ')}]`;
    const isShort = inline.length <= MAX_INLINE_LIST && !inline.includes('\n');
    return isShort ? inline : printBlock(['[', ']'], items, indent, style);
  }
  const entries = Object.entries(value).map(
    ([key, child]) => `${printKey(key, style)}: ${printValue(child, below, style)}`,
  );
  if (!isConfigObject(value) || entries.length === 0) return '{}';
  return printBlock(['{', '}'], entries, indent, style);
}
