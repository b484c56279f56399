/**
 * Globs over executable paths: `*` within a directory, `**` across, `?` one character. Everything
 * else is literal and case counts. Time is at most length of pattern times length of text.
 *
 * @module
 */

type Part = { readonly literal: string } | { readonly many: 'any' | 'segment' } | 'one';

function partsOf(pattern: string): readonly Part[] {
  const pieces = pattern.match(/\*\*+|\*|\?|[^*?]/gu) ?? [];
  return pieces.map((piece) => {
    if (piece === '?') return 'one';
    if (piece.startsWith('**')) return { many: 'any' };
    return piece === '*' ? { many: 'segment' } : { literal: piece };
  });
}

/** True when the whole of `text` has the form of `pattern`. */
export function matchesGlob(pattern: string, text: string): boolean {
  const characters = Array.from(text);
  // reached[i] says whether the parts so far can match the first i characters.
  let reached = [true, ...characters.map(() => false)];
  for (const part of partsOf(pattern)) {
    const next = reached.map(() => false);
    for (let at = 0; at <= characters.length; at += 1) {
      const before = characters[at - 1];
      if (typeof part === 'object' && 'many' in part) {
        const crosses = part.many === 'any' || before !== '/';
        next[at] = reached[at] === true || (at > 0 && crosses && next[at - 1] === true);
      } else if (before !== undefined && reached[at - 1] === true) {
        next[at] = part === 'one' ? before !== '/' : before === part.literal;
      }
    }
    reached = next;
  }
  return reached[characters.length] === true;
}
