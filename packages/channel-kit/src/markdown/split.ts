/**
 * Cuts markdown into pieces a network takes in one message.
 *
 * @module
 */
import { beginsBlock, closesFence, type FenceBlock, fenceClose, parseBlocks } from './blocks.ts';
import { type Inline, parseInline, type Span, touchesMarker } from './inline.ts';
import { PLAIN_TEXT, renderMarkdown } from './render.ts';
import { showsSame } from './styles.ts';

/** Below this there is no room for a fence with its markers and words between them. */
const SMALLEST = 128;

const MARKER = /[*_~`[\]\\]/u;

function splitsPair(text: string, at: number): boolean {
  return /[\uD800-\uDBFF]/u.test(text[at - 1] ?? '') && /[\uDC00-\uDFFF]/u.test(text[at] ?? '');
}

/** Cuts text without markup, at white space where there is some. */
function splitCode(line: string, limit: number, marker: string): string[] {
  const parts: string[] = [];
  let rest = line;
  while (rest.length > limit) {
    const space = rest.lastIndexOf(' ', limit);
    let cut = space > limit / 2 ? space : limit;
    if (splitsPair(rest, cut)) cut -= 1;
    // What is left must not look like the end of the fence it is put into.
    while (cut > 1 && closesFence(rest.slice(cut), marker)) cut -= 1;
    parts.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...parts, rest];
}

/** The spans around a position, outermost first. Undefined: the position is inside a marker. */
function spansAround(nodes: readonly Inline[], at: number): readonly Span[] | undefined {
  const node = nodes.find(({ start, end }) => start < at && at < end);
  if (node === undefined || node.type === 'text') return [];
  if (at < node.start + node.open.length || at > node.end - node.close.length) return undefined;
  const inner = spansAround(node.children, at);
  return inner === undefined ? undefined : [node, ...inner];
}

interface Cut {
  readonly left: string;
  readonly right: string;
  /** How many spans are closed and opened again. */
  readonly depth: number;
}

/** How many cuts within nested markup are tried in one line: each is read again as a whole. */
const NESTED_TRIES = 8;

/** A cut at one position, or undefined where none may be. */
function cutAt(line: string, nodes: readonly Inline[], at: number, limit: number): Cut | undefined {
  if (splitsPair(line, at) || touchesMarker(line, at)) return undefined;
  const spans = spansAround(nodes, at);
  if (spans === undefined) return undefined;
  const closes = spans
    .map(({ close }) => close)
    .toReversed()
    .join('');
  const opens = spans.map(({ open }) => open).join('');
  const before = line.slice(0, at).trimEnd();
  const after = line.slice(at).trimStart();
  // A marker that is added next to one that is there would be read as another marker.
  if (spans.length > 0 && (MARKER.test(before.at(-1) ?? '') || MARKER.test(after[0] ?? ''))) {
    return undefined;
  }
  const left = `${before}${closes}`;
  const right = `${opens}${after}`;
  const shrinks = right.length < line.length && left.length <= limit && left.trim() !== closes;
  return shrinks && !beginsBlock(right) ? { left, right, depth: spans.length } : undefined;
}

/** Finds the best cut: between words outside markup, between words, anywhere allowed, anywhere. */
function bestCut(line: string, limit: number): Cut {
  const nodes = parseInline(line);
  let tries = NESTED_TRIES;
  // Markers of several spans side by side may be read as one marker: `**` and `*` as `***`.
  const isSound = ({ left, right, depth }: Cut): boolean => {
    if (depth < 2) return true;
    tries -= 1;
    return tries >= 0 && showsSame([left, right], line);
  };
  let between: Cut | undefined;
  let anywhere: Cut | undefined;
  for (let at = limit; at > limit / 8; at -= 1) {
    // A short piece is better than a broken one, and worse than any other.
    if (at <= limit / 2 && anywhere !== undefined) break;
    const atSpace = /\s/u.test(line[at] ?? '') || /\s/u.test(line[at - 1] ?? '');
    if (!atSpace && anywhere !== undefined) continue;
    const cut = cutAt(line, nodes, at, limit);
    if (cut === undefined) continue;
    if (atSpace && cut.depth === 0) return cut;
    if ((atSpace ? between : anywhere) !== undefined || !isSound(cut)) continue;
    if (atSpace) between = cut;
    anywhere ??= cut;
  }
  const at = splitsPair(line, limit) ? limit - 1 : limit;
  return between ?? anywhere ?? { left: line.slice(0, at), right: line.slice(at), depth: 0 };
}

/** Longest line that is read as a whole, UTF-16 units: each piece of it costs reading it again. */
const LINE_WINDOW = 32_768;

/** A line nobody writes by hand, in parts that are read apart. Markup over their borders is lost. */
function windowsOf(line: string): readonly string[] {
  const windows: string[] = [];
  let rest = line;
  while (rest.length > LINE_WINDOW) {
    let at = LINE_WINDOW;
    const mayCut = (): boolean =>
      /\s/u.test(rest[at - 1] ?? '') && !beginsBlock(rest.slice(at, at + 100).trimStart());
    while (at > LINE_WINDOW / 2 && !mayCut()) at -= 1;
    if (at === LINE_WINDOW / 2) at = LINE_WINDOW;
    if (splitsPair(rest, at) || rest[at - 1] === '\\') at -= 1;
    windows.push(rest.slice(0, at));
    rest = rest.slice(at).trimStart();
  }
  return [...windows, rest];
}

function splitLine(line: string, limit: number): string[] {
  return windowsOf(line).flatMap((window) => splitWindow(window, limit));
}

function splitWindow(line: string, limit: number): string[] {
  const parts: string[] = [];
  let rest = line;
  while (rest.length > limit) {
    const { left, right } = bestCut(rest, limit);
    parts.push(left);
    rest = right;
  }
  return [...parts, rest];
}

/** A fence too long for one piece as several fences. */
function splitFence(block: FenceBlock, limit: number): string[] {
  const close = fenceClose(block);
  const room = limit - block.open.length - close.length - 2;
  const chunks: string[] = [];
  let chunk: string | undefined;
  for (const line of block.lines.flatMap((long) => splitCode(long, room, close.trim()))) {
    if (chunk !== undefined && chunk.length + 1 + line.length > room) {
      chunks.push(chunk);
      chunk = undefined;
    }
    chunk = chunk === undefined ? line : `${chunk}\n${line}`;
  }
  if (chunk !== undefined) chunks.push(chunk);
  return chunks.map((content) => `${block.open}\n${content}\n${close}`);
}

/** Fills pieces, each as full as the borders allow. */
class Pieces {
  readonly #limit: number;
  readonly #done: string[] = [];
  #current = '';

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Appends lines to the piece at hand if they fit. */
  fits(text: string): boolean {
    const joined = this.#current === '' ? text : `${this.#current}\n${text}`;
    if (joined.length > this.#limit) return false;
    this.#current = joined;
    return true;
  }

  /** Begins a new piece with text that fits into one. */
  next(text: string): void {
    this.#done.push(this.#current);
    this.#current = text;
  }

  /** Appends, in this piece or a new one. */
  put(text: string): void {
    if (!this.fits(text)) this.next(text);
  }

  /** The pieces that show something. */
  all(): string[] {
    return [...this.#done, this.#current]
      .map((piece) => piece.replaceAll(/^\n+|\n+$/gu, ''))
      .filter((piece) => renderMarkdown(piece, PLAIN_TEXT).trim() !== '');
  }
}

/** Pieces of at most `limit` UTF-16 units of markdown. */
function piecesOf(text: string, limit: number): readonly string[] {
  const pieces = new Pieces(limit);
  for (const block of parseBlocks(text)) {
    if (block.kind === 'blank') {
      pieces.put('');
      continue;
    }
    const fence = block.kind === 'fence' ? block : undefined;
    const close = fence === undefined ? [] : [fenceClose(fence)];
    const whole = [...(fence === undefined ? [] : [fence.open]), ...block.lines, ...close];
    const source = whole.join('\n');
    if (pieces.fits(source)) continue;
    if (source.length <= limit) pieces.next(source);
    else if (fence !== undefined) for (const part of splitFence(fence, limit)) pieces.put(part);
    else for (const line of block.lines.flatMap((long) => splitLine(long, limit))) pieces.put(line);
  }
  return pieces.all();
}

/**
 * Splits markdown into pieces of at most `limit`, in order. No word is lost; what would show nothing
 * is no piece, so an empty text gives none.
 *
 * Borders are paragraphs where possible, then lines, then words. Code blocks, bold, links and other
 * markup that spans a border are closed before it and opened again after it, so that every piece
 * is whole by itself. Lines of more than 32,768 units are read in parts, so that the time it takes
 * grows with the length of the text and not faster.
 *
 * @param limit What the network takes in one message; at least 128.
 * @param size How much of it a piece takes. Default: its UTF-16 units of markdown, which is right
 *   where markup is not counted. Give the length of what is sent where escapes are counted, too:
 *   `(piece) => renderMarkdown(piece, dialect).length`. It may be up to `limit / 128` times the
 *   length of the markdown.
 */
export function splitMarkdown(
  text: string,
  limit: number,
  size: (piece: string) => number = (piece) => piece.length,
): readonly string[] {
  const fit = (piece: string, room: number): readonly string[] => {
    const taken = size(piece);
    if (taken <= limit || room <= SMALLEST) return [piece];
    const less = Math.max(SMALLEST, Math.floor((piece.length * limit) / taken));
    return piecesOf(piece, less).flatMap((part) => fit(part, less));
  };
  return piecesOf(text, limit).flatMap((piece) => fit(piece, limit));
}
