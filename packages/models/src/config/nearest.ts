/**
 * Finds the word someone meant.
 *
 * @module
 */

/** Longest word compared, so that a hostile config cannot make the table large. */
const LENGTH_LIMIT = 64;

function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let at = 0; at < left.length; at += 1) {
    const next = [at + 1];
    for (let to = 0; to < right.length; to += 1) {
      const swap = (row[to] ?? 0) + (left[at] === right[to] ? 0 : 1);
      next.push(Math.min(swap, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

/** The candidate closest to `word` by edits; undefined where there is no candidate. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const asked = word.slice(0, LENGTH_LIMIT).toLowerCase();
  const ranked = candidates.map((candidate) => ({
    candidate,
    edits: distance(asked, candidate.slice(0, LENGTH_LIMIT).toLowerCase()),
  }));
  return ranked.toSorted((left, right) => left.edits - right.edits)[0]?.candidate;
}
