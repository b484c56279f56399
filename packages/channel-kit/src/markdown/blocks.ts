/**
 * Cuts markdown into blocks: fenced code, blank lines and everything else line by line.
 *
 * @module
 */

/** A fenced code block. `close` is missing when the fence was left open. */
export interface FenceBlock {
  readonly kind: 'fence';
  readonly open: string;
  readonly language: string;
  readonly lines: readonly string[];
  readonly close: string | undefined;
}

/** Lines that belong together. */
export interface TextBlock {
  readonly kind: 'text';
  readonly lines: readonly string[];
}

/** One blank line. */
export interface BlankBlock {
  readonly kind: 'blank';
}

/** A part of a markdown text. */
export type Block = FenceBlock | TextBlock | BlankBlock;

const FENCE = /^ {0,3}(?<marker>`{3,16}|~{3,16})[ \t]*(?<info>[^`\n]{0,80})$/u;
const HEADING = /^#{1,6}[ \t]+\S/u;
const ITEM = /^\s*[-*+][ \t]/u;

/** Whether a line that begins like this would be read as something other than words. */
export function beginsBlock(line: string): boolean {
  return FENCE.test(line) || HEADING.test(line) || ITEM.test(line);
}

/** Whether a line ends a fence that was opened with `marker`. */
export function closesFence(line: string, marker: string): boolean {
  const trimmed = line.trim();
  return trimmed.length >= marker.length && trimmed === (marker[0] ?? '').repeat(trimmed.length);
}

/** The marker a fence is closed with: what was written, or what should have been. */
export function fenceClose(block: FenceBlock): string {
  return block.close ?? FENCE.exec(block.open)?.groups?.['marker'] ?? '```';
}

/** Reads blocks. Joining their lines with `\n` gives the text back. */
export function parseBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  const lines = text.replaceAll(/\r\n?/gu, '\n').split('\n');
  let words: string[] = [];
  const settle = () => {
    if (words.length > 0) blocks.push({ kind: 'text', lines: words });
    words = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const fence = FENCE.exec(line)?.groups;
    if (fence !== undefined) {
      settle();
      const marker = fence['marker'] ?? '```';
      let end = at + 1;
      while (end < lines.length && !closesFence(lines[end] ?? '', marker)) end += 1;
      const language = /^[\w+#.-]+/u.exec(fence['info'] ?? '')?.[0] ?? '';
      const content = lines.slice(at + 1, end);
      blocks.push({ kind: 'fence', open: line, language, lines: content, close: lines[end] });
      at = end;
    } else if (line.trim() === '') {
      settle();
      blocks.push({ kind: 'blank' });
    } else words.push(line);
  }
  settle();
  return blocks;
}
