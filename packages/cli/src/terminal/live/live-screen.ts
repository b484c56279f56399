/**
 * A screen whose last two rows say what is going on and take what is typed; everything else scrolls
 * away above them as on any terminal. No row is ever longer than the terminal, so it is always known
 * how many there are.
 *
 * @module
 */
import { emitKeypressEvents } from 'node:readline';

import type { InputStream, TextStream } from '../../context.ts';
import { escapeField, escapeProse } from '../escape.ts';
import { type Piece, paint } from '../style.ts';
import { type Key, LineEditor } from './line-editor.ts';
import type { Screen, ScreenHearer } from './screen.ts';
import { breakLine, fit, widthOf } from './width.ts';

const PROMPT = '> ';
const DEFAULT_COLUMNS = 80;
const CLEAR_BELOW = '\u001B[J';
/** Tells the terminal to mark what is pasted, so that a line break in it sends nothing. */
const MARK_PASTES = ['\u001B[?2004h', '\u001B[?2004l'] as const;

/** What a live screen is made of. */
export interface LiveScreenOptions {
  readonly stdin: InputStream & { setRawMode?(on: boolean): unknown };
  readonly stdout: TextStream;
  readonly color: boolean;
  readonly now?: () => number;
}

/** What is typed, in one row. */
function shown(text: string): string {
  return escapeField(text.replaceAll('\n', '⏎'));
}

/** A screen on a terminal that can move its cursor. */
export class LiveScreen implements Screen {
  readonly #options: LiveScreenOptions;
  readonly #editor: LineEditor;
  #status = '';
  /** The last row of the text that grows; undefined where none does. */
  #growing: string | undefined;
  /** Rows of the live part that stand above the cursor. */
  #above = 0;
  #hearer: ScreenHearer | undefined;

  constructor(options: LiveScreenOptions) {
    this.#options = options;
    this.#editor = new LineEditor(options.now);
  }

  open(hearer: ScreenHearer): void {
    const { stdin, stdout } = this.#options;
    this.#hearer = hearer;
    emitKeypressEvents(stdin);
    stdin.setRawMode?.(true);
    stdin.on('keypress', this.#press);
    stdin.once('end', () => this.#hearer?.end());
    stdin.resume();
    stdout.write(MARK_PASTES[0]);
    this.#draw('');
  }

  close(): void {
    if (this.#hearer === undefined) return;
    this.#hearer = undefined;
    this.endStream();
    const { stdin, stdout } = this.#options;
    stdin.off('keypress', this.#press);
    stdin.setRawMode?.(false);
    stdin.pause();
    stdout.write(`${this.#erased()}${MARK_PASTES[1]}`);
  }

  line(...pieces: readonly Piece[]): void {
    const { color } = this.#options;
    const text = pieces
      .map((piece) => {
        if (typeof piece === 'string') return escapeField(piece);
        const safe = escapeField(piece.text);
        return color ? paint(piece.style, safe) : safe;
      })
      .join('');
    this.#draw(`${text}\r\n`);
  }

  stream(text: string): void {
    const lines = `${this.#growing ?? ''}${escapeProse(text).replaceAll('\t', '    ')}`.split('\n');
    const last = lines.pop() ?? '';
    let done = '';
    for (const line of lines) done += `${line}\r\n`;
    let rest = last;
    for (;;) {
      const { head, rest: more } = breakLine(rest, this.#columns);
      if (more === '') break;
      done += `${head}\r\n`;
      rest = more;
    }
    this.#growing = rest;
    this.#draw(done);
  }

  endStream(): void {
    const grown = this.#growing;
    if (grown === undefined) return;
    this.#growing = undefined;
    this.#draw(grown === '' ? '' : `${grown}\r\n`);
  }

  status(text: string): void {
    this.#status = escapeField(text);
    this.#draw('');
  }

  restore(text: string): void {
    this.#editor.restore(text);
    this.#draw('');
  }

  /** One less than there are: a row that fills the last column may or may not begin the next. */
  get #columns(): number {
    return Math.max(8, (this.#options.stdout.columns ?? DEFAULT_COLUMNS) - 1);
  }

  readonly #press = (text: string | undefined, key: Key): void => {
    const outcome = this.#editor.press(text, key);
    this.#draw('');
    if (outcome.kind === 'line') this.#hearer?.line(outcome.line);
    else if (outcome.kind === 'interrupt') this.#hearer?.interrupt();
    else if (outcome.kind === 'end') this.#hearer?.end();
  };

  /** Takes the live part away. */
  #erased(): string {
    const up = this.#above === 0 ? '' : `\u001B[${String(this.#above)}A`;
    this.#above = 0;
    return `\r${up}${CLEAR_BELOW}`;
  }

  /** Writes what stays, and the live part below it anew. */
  #draw(safe: string): void {
    if (this.#hearer === undefined) {
      this.#options.stdout.write(safe);
      return;
    }
    const rows = [
      ...(this.#growing === undefined ? [] : [this.#growing]),
      this.#dim(fit(this.#status, this.#columns)),
    ];
    const { row, column } = this.#inputRow();
    const text = `${this.#erased()}${safe}${rows.map((each) => `${each}\r\n`).join('')}${row}`;
    this.#above = rows.length;
    this.#options.stdout.write(`${text}\r${column === 0 ? '' : `\u001B[${String(column)}C`}`);
  }

  #dim(safe: string): string {
    return this.#options.color && safe !== '' ? paint('dim', safe) : safe;
  }

  /** The part of the line around the cursor that fits, and where the cursor stands in it. */
  #inputRow(): { readonly row: string; readonly column: number } {
    const room = this.#columns - PROMPT.length;
    const [before, text] = [shown(this.#editor.before), shown(this.#editor.text)];
    let hidden = 0;
    // The cursor stays in the window; what is before the window is not seen.
    while (widthOf(before.slice(hidden)) >= room) hidden += Math.ceil(room / 2);
    const row = `${PROMPT}${fit(text.slice(hidden), room)}`;
    return { row, column: PROMPT.length + widthOf(before.slice(hidden)) };
  }
}
