/**
 * What a line shows and how: the question whether two ways of writing it are the same.
 *
 * @module
 */
import { type Inline, parseInline } from './inline.ts';

interface Run {
  readonly styles: string;
  text: string;
}

function collect(nodes: readonly Inline[], styles: readonly string[], runs: Run[]): void {
  for (const node of nodes) {
    if (node.type !== 'text') {
      const own = node.type === 'link' ? `link ${node.url}` : node.type;
      collect(
        node.children,
        [...styles, own, ...(node.italicToo === true ? ['italic'] : [])],
        runs,
      );
      continue;
    }
    const text = node.text.replaceAll(/\s+/gu, '');
    const style = [...new Set(styles)].toSorted().join(' ');
    const last = runs.at(-1);
    if (text === '') continue;
    if (last?.styles === style) last.text += text;
    else runs.push({ styles: style, text });
  }
}

function runsOf(lines: readonly string[]): readonly Run[] {
  const runs: Run[] = [];
  for (const line of lines) collect(parseInline(line), [], runs);
  return runs;
}

/** Whether lines show together what another shows alone, white space aside. */
export function showsSame(parts: readonly string[], whole: string): boolean {
  return JSON.stringify(runsOf(parts)) === JSON.stringify(runsOf([whole]));
}
