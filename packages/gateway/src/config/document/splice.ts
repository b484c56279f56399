/**
 * Cuts and pastes in a document's text without touching what stands around it. Promises: pure;
 * no comment is ever removed unless it lies inside the value that goes.
 *
 * @module
 */
import type { ArrayNode, Member, ObjectNode } from './document.ts';
import { type Style, lineIndent } from './print.ts';

/** Replaces the text from `start` to `end`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies splices that do not overlap. Of two at one place, the earlier in the list comes first. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let result = '';
  let position = 0;
  for (const splice of splices.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(position, splice.start) + splice.text;
    position = Math.max(position, splice.end);
  }
  return result + text.slice(position);
}

/** Past the comments that end the line at `offset`; `offset` itself when more than that follows. */
function endOfLine(text: string, offset: number): number {
  const rest = /^(?:[ \t]|\/\*(?:(?!\*\/)[^\n\r])*\*\/)*(?:\/\/[^\n\r\u2028\u2029]*)?(?=[\n\r]|$)/u;
  const match = rest.exec(text.slice(offset));
  return match === null ? offset : offset + match[0].length;
}

function insertInEmpty(
  text: string,
  node: ObjectNode | ArrayNode,
  style: Style,
  print: (indent: string) => string,
): readonly Splice[] {
  const base = lineIndent(text, node.start);
  const indent = base + style.unit;
  const line = `${style.newline}${indent}${print(indent)}${style.trailingComma ? ',' : ''}`;
  const start = node.start + 1;
  const inside = text.slice(start, node.end - 1);
  if (inside.trim() !== '') return [{ start, end: start, text: line }];
  return [{ start, end: node.end - 1, text: `${line}${style.newline}${base}` }];
}

/**
 * Adds an entry at the end of an object or array.
 *
 * @param print gives the entry's text for the indentation it will have.
 */
export function insertMember(
  text: string,
  node: ObjectNode | ArrayNode,
  style: Style,
  print: (indent: string) => string,
): readonly Splice[] {
  const first = node.members[0];
  const last = node.members.at(-1);
  if (first === undefined || last === undefined) return insertInEmpty(text, node, style, print);
  const hasComma = last.comma !== undefined;
  const after = last.comma === undefined ? last.end : last.comma + 1;
  const comma: readonly Splice[] = hasComma ? [] : [{ start: last.end, end: last.end, text: ',' }];
  if (!/[\n\r]/u.test(text.slice(node.start, first.start))) {
    const entry = ` ${print(lineIndent(text, node.start))}${hasComma ? ',' : ''}`;
    return [...comma, { start: after, end: after, text: entry }];
  }
  const indent = lineIndent(text, first.start);
  const at = endOfLine(text, after);
  const entry = `${style.newline}${indent}${print(indent)}${hasComma ? ',' : ''}`;
  return [...comma, { start: at, end: at, text: entry }];
}

function lineBounds(text: string, start: number, end: number): { start: number; end: number } {
  const next = text.indexOf('\n', end);
  return { start: text.lastIndexOf('\n', start - 1) + 1, end: next < 0 ? text.length : next + 1 };
}

function cut(start: number, end: number): Splice {
  return { start, end, text: '' };
}

/** Removes one entry, and the comma that would otherwise be left over. */
export function removeMember(
  text: string,
  node: ObjectNode | ArrayNode,
  index: number,
): readonly Splice[] {
  const member: Member | undefined = node.members[index];
  if (member === undefined) return [];
  const ownComma = member.comma;
  const orphan = ownComma === undefined ? node.members[index - 1]?.comma : undefined;
  const orphanCut = orphan === undefined ? [] : [cut(orphan, orphan + 1)];
  const end = ownComma === undefined ? member.end : ownComma + 1;
  const between = ownComma === undefined ? '' : text.slice(member.end, ownComma);
  const line = lineBounds(text, member.start, end);
  const around = text.slice(line.start, member.start) + between + text.slice(end, line.end);
  if (around.trim() === '' && line.end > end) return [...orphanCut, cut(line.start, line.end)];
  if (ownComma === undefined) {
    const space = /[ \t]*$/u.exec(text.slice(line.start, member.start))?.[0].length ?? 0;
    return [...orphanCut, cut(member.start - space, member.end)];
  }
  const space = /^[ \t]*/u.exec(text.slice(end))?.[0].length ?? 0;
  return [cut(member.start, member.end), cut(ownComma, end + space)];
}
