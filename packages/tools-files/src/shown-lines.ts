/**
 * The lines of a text that fit, each cut to a bounded piece, with the lines around them.
 *
 * @module
 */
import type { Matcher } from './text-matcher.ts';

/** Most characters of a line that are shown. */
const LINE_CHARS = 200;
/** How much of a long line is shown before the place that fits. */
const BEFORE = 60;

/** One line. */
export interface ShownLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** False for one that is only around a result. */
  readonly isResult: boolean;
}

/** What is shown of a text: groups of lines that follow each other. */
export interface Shown {
  readonly groups: readonly (readonly ShownLine[])[];
  readonly results: number;
  /** True when there are more results than were asked for. */
  readonly more: boolean;
}

/** Lines of `text` that fit, at most `most`, with `context` lines before and after. */
export function shownLines(
  text: string,
  matcher: Matcher,
  { context, most }: { readonly context: number; readonly most: number },
): Shown {
  if (!matcher(text)) return { groups: [], results: 0, more: false };
  const lines = text.split('\n');
  const fitting = lines.flatMap((line, index) => (matcher(line) ? [index] : []));
  const results = fitting.slice(0, most);
  const groups: ShownLine[][] = [];
  let last = -1;
  for (const result of results) {
    const from = Math.max(last + 1, result - context);
    const isNext = groups.length > 0 && from === last + 1 && context > 0;
    const group = isNext ? (groups.at(-1) ?? []) : [];
    if (!isNext) groups.push(group);
    const to = Math.min(lines.length - 1, result + context);
    for (let index = from; index <= to; index += 1) {
      const line = lines[index] ?? '';
      const isResult = matcher(line);
      group.push({
        number: index + 1,
        text: piece(line, isResult ? matcher.at(line) : 0),
        isResult,
      });
      last = index;
    }
  }
  return { groups, results: results.length, more: fitting.length > most };
}

/** The part of a line that is shown, as one line: around the place that fits when it is long. */
function piece(line: string, place: number): string {
  const start = place > LINE_CHARS - BEFORE ? place - BEFORE : 0;
  const cut = line.slice(start, start + LINE_CHARS);
  const shown = `${start > 0 ? '…' : ''}${cut}${start + LINE_CHARS < line.length ? '…' : ''}`;
  return shown.replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ').trimEnd();
}
