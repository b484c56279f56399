/**
 * Where two texts differ, line by line. Promises: pure; bounded work.
 *
 * @module
 */

/** A line of a difference: in both texts, only in the first, only in the second, or left out. */
export interface DiffLine {
  readonly sign: ' ' | '-' | '+' | '@';
  readonly text: string;
}

/** Lines around a difference that are shown. */
const CONTEXT = 2;
/** Larger differences are shown as one text after the other. */
const MOST_CELLS = 4_000_000;

function same(text: string): DiffLine {
  return { sign: ' ', text };
}

/** The lines that differ, with some around them. */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  const [from, to] = [before.split('\n'), after.split('\n')];
  let head = 0;
  while (head < from.length && head < to.length && from[head] === to[head]) head += 1;
  let tail = 0;
  const most = Math.min(from.length, to.length) - head;
  while (tail < most && from.at(-1 - tail) === to.at(-1 - tail)) tail += 1;
  const middle = changed(from.slice(head, from.length - tail), to.slice(head, to.length - tail));
  return shorten([
    ...from.slice(0, head).map(same),
    ...middle,
    ...from.slice(from.length - tail).map(same),
  ]);
}

/** A shortest way from one list of lines to the other. */
function changed(from: readonly string[], to: readonly string[]): readonly DiffLine[] {
  const removed = from.map((text): DiffLine => ({ sign: '-', text }));
  const added = to.map((text): DiffLine => ({ sign: '+', text }));
  if (from.length * to.length > MOST_CELLS) return [...removed, ...added];
  const width = to.length + 1;
  // Length of the longest common part of what is left, at each pair of places.
  const common = new Uint32Array((from.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = from.length - 1; i >= 0; i -= 1) {
    for (let j = to.length - 1; j >= 0; j -= 1) {
      const isSame = from[i] === to[j];
      common[i * width + j] = isSame ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    const [old, next] = [removed[i], added[j]];
    if (old !== undefined && next !== undefined && old.text === next.text) {
      lines.push({ sign: ' ', text: old.text });
      [i, j] = [i + 1, j + 1];
    } else if (old !== undefined && (next === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(old);
      i += 1;
    } else if (next !== undefined) {
      lines.push(next);
      j += 1;
    }
  }
  return lines;
}

/** Leaves out what is the same on both sides and far from any difference. */
function shorten(lines: readonly DiffLine[]): readonly DiffLine[] {
  const differs = lines.map(({ sign }) => sign !== ' ');
  const isNear = (index: number): boolean =>
    differs.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).includes(true);
  const shown: DiffLine[] = [];
  for (const [index, line] of lines.entries()) {
    if (isNear(index)) shown.push(line);
    else if (shown.at(-1)?.sign !== '@') shown.push({ sign: '@', text: '' });
  }
  return differs.includes(true) ? shown : [];
}
