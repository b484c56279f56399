/**
 * Reads the inline part of markdown within one line: code, bold, italic, strikethrough and links,
 * each with its place in the source.
 *
 * Linear in the length of the line: code spans and brackets are matched once up front, and a
 * marker that found no partner is not searched for again.
 *
 * @module
 */

/** A marked piece of a line: `open` and `close` are its markers as written. */
export interface Span {
  readonly type: 'code' | 'bold' | 'italic' | 'strike' | 'link';
  /** Bold and italic at once (`***`). Set on `bold` only. */
  readonly italicToo?: boolean;
  readonly start: number;
  readonly end: number;
  readonly open: string;
  readonly close: string;
  readonly children: readonly Inline[];
  /** Of a link. Always http, https or mailto. */
  readonly url?: string;
}

/** Plain text; `text` is without escapes, so it may be shorter than its place. */
export interface Plain {
  readonly type: 'text';
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A part of a line. */
export type Inline = Span | Plain;

type Style = 'bold' | 'italic' | 'strike' | 'link';

const ESCAPABLE = /[!-/:-@[-`{-~]/u;
const WORD = /[\p{L}\p{N}_]/u;
/** Links may not ping people (`tg://user`) nor run anything. */
const LINK_TARGET = /\((?<url>(?:https?:\/\/|mailto:)[^\s()<>"]{1,2000})\)/uy;

const MARKERS: Readonly<Record<string, readonly string[]>> = {
  '*': ['***', '**', '*'],
  _: ['___', '__', '_'],
  '~': ['~~'],
};

function stylesOf(marker: string): readonly Style[] {
  if (marker === '~~') return ['strike'];
  if (marker.length === 3) return ['bold', 'italic'];
  return marker.length === 2 ? ['bold'] : ['italic'];
}

/** Runs of one character: where each begins and how long it is. */
function runLength(source: string, at: number): number {
  let end = at;
  while (end < source.length && source[end] === source[at]) end += 1;
  return end - at;
}

class LineParser {
  readonly #source: string;
  /** Start of a code span to its end and the length of its markers. */
  readonly #code = new Map<number, { readonly end: number; readonly ticks: number }>();
  /** Index of `[` to the index of its `]`. */
  readonly #brackets = new Map<number, number>();
  readonly #escaped = new Set<number>();
  readonly #hopeless = new Set<string>();

  constructor(source: string) {
    this.#source = source;
    this.#scan();
  }

  #scan(): void {
    const source = this.#source;
    const nextRun = this.#backtickRuns();
    const open: number[] = [];
    for (let at = 0; at < source.length; at += 1) {
      const char = source[at];
      if (char === '\\' && ESCAPABLE.test(source[at + 1] ?? '')) {
        this.#escaped.add(at + 1);
        at += 1;
      } else if (char === '`') {
        const ticks = runLength(source, at);
        const close = nextRun.get(at);
        if (close !== undefined) this.#code.set(at, { end: close + ticks, ticks });
        at = (close ?? at) + ticks - 1;
      } else if (char === '[') open.push(at);
      else if (char === ']') {
        const start = open.pop();
        if (start !== undefined) this.#brackets.set(start, at);
      }
    }
  }

  /** Start of each run of backticks to the start of the next run of the same length. */
  #backtickRuns(): Map<number, number> {
    const runs = [...this.#source.matchAll(/`+/gu)];
    const next = new Map<number, number>();
    const seen = new Map<number, number>();
    for (const run of runs.toReversed()) {
      const after = seen.get(run[0].length);
      if (after !== undefined) next.set(run.index, after);
      seen.set(run[0].length, run.index);
    }
    return next;
  }

  parse(from: number, to: number, within: ReadonlySet<Style>): Inline[] {
    const nodes: Inline[] = [];
    let plain: { start: number; text: string } | undefined;
    const settle = (end: number) => {
      if (plain !== undefined) nodes.push({ type: 'text', ...plain, end });
      plain = undefined;
    };
    let at = from;
    while (at < to) {
      const span = this.#spanAt(at, to, within);
      if (span !== undefined) {
        settle(at);
        nodes.push(span);
        at = span.end;
        continue;
      }
      plain ??= { start: at, text: '' };
      const escape = this.#escaped.has(at + 1) && this.#source[at] === '\\';
      const length = escape ? 2 : 1;
      plain.text += this.#source[at + length - 1] ?? '';
      at += length;
    }
    settle(to);
    return nodes;
  }

  #spanAt(at: number, to: number, within: ReadonlySet<Style>): Span | undefined {
    if (this.#escaped.has(at)) return undefined;
    const char = this.#source[at] ?? '';
    if (char === '`') return this.#codeAt(at, to);
    if (char === '[' || (char === '!' && this.#source[at + 1] === '[')) {
      return within.has('link') ? undefined : this.#linkAt(at, to, within);
    }
    for (const marker of Object.hasOwn(MARKERS, char) ? (MARKERS[char] ?? []) : []) {
      const span = this.#styledAt(at, to, marker, within);
      if (span !== undefined) return span;
    }
    return undefined;
  }

  #codeAt(at: number, to: number): Span | undefined {
    const code = this.#code.get(at);
    if (code === undefined || code.end > to) return undefined;
    const ticks = '`'.repeat(code.ticks);
    const start = at + code.ticks;
    const end = code.end - code.ticks;
    const text = this.#source.slice(start, end);
    const children: Inline[] = [{ type: 'text', start, end, text }];
    return { type: 'code', start: at, end: code.end, open: ticks, close: ticks, children };
  }

  #linkAt(at: number, to: number, within: ReadonlySet<Style>): Span | undefined {
    const bracket = this.#source[at] === '!' ? at + 1 : at;
    const labelEnd = this.#brackets.get(bracket);
    if (labelEnd === undefined || labelEnd === bracket + 1) return undefined;
    LINK_TARGET.lastIndex = labelEnd + 1;
    const url = LINK_TARGET.exec(this.#source)?.groups?.['url'];
    const end = LINK_TARGET.lastIndex;
    if (url === undefined || end > to) return undefined;
    const children = this.parse(bracket + 1, labelEnd, new Set([...within, 'link']));
    const open = this.#source.slice(at, bracket + 1);
    return { type: 'link', start: at, end, open, close: `](${url})`, children, url };
  }

  #styledAt(at: number, to: number, marker: string, within: ReadonlySet<Style>): Span | undefined {
    const styles = stylesOf(marker);
    if (styles.some((style) => within.has(style)) || !this.#canOpen(at, marker)) return undefined;
    const hopeless = `${marker}:${to}`;
    if (this.#hopeless.has(hopeless)) return undefined;
    const close = this.#closerOf(at + marker.length, to, marker);
    if (close === undefined) {
      this.#hopeless.add(hopeless);
      return undefined;
    }
    const children = this.parse(at + marker.length, close, new Set([...within, ...styles]));
    return {
      type: styles[0] === 'bold' ? 'bold' : styles[0] === 'strike' ? 'strike' : 'italic',
      ...(styles.length > 1 ? { italicToo: true } : {}),
      start: at,
      end: close + marker.length,
      open: marker,
      close: marker,
      children,
    };
  }

  #canOpen(at: number, marker: string): boolean {
    const source = this.#source;
    const after = source[at + marker.length] ?? ' ';
    if (!source.startsWith(marker, at) || /\s/u.test(after)) return false;
    return marker[0] !== '_' || !WORD.test(source[at - 1] ?? ' ');
  }

  /** Where the closing marker begins: at the end of a run that is long enough. */
  #closerOf(from: number, to: number, marker: string): number | undefined {
    const source = this.#source;
    for (let at = from; at < to; at += 1) {
      const code = this.#code.get(at);
      if (code !== undefined) {
        at = code.end - 1;
        continue;
      }
      if (source[at] !== marker[0] || this.#escaped.has(at)) continue;
      const length = Math.min(runLength(source, at), to - at);
      const fits = length === marker.length || length >= 3;
      const spaced = /\s/u.test(source[at - 1] ?? ' ');
      const inWord = marker[0] === '_' && WORD.test(source[at + length] ?? ' ');
      const close = at + length - marker.length;
      if (fits && length >= marker.length && !spaced && !inWord && close > from) return close;
      at += length - 1;
    }
    return undefined;
  }
}

/** Parses one line. The parts cover it without gaps, in order. */
export function parseInline(line: string): Inline[] {
  return new LineParser(line).parse(0, line.length, new Set());
}

/** Whether a cut at `at` would touch a character that could mean something else afterwards. */
export function touchesMarker(line: string, at: number): boolean {
  if (line[at - 1] === '\\') return true;
  const around = `${line[at - 1] ?? ''}${line[at] ?? ''}`;
  return !/\s/u.test(around) && /[*_~`\\[\]()!]/u.test(around);
}
