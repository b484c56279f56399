/**
 * A terminal that understands what a live screen sends, and shows what a person would see. Text and
 * movements of the cursor; anything else is kept apart, to be asked about.
 *
 * @module
 */
import { PassThrough } from 'node:stream';

import { widthOf } from '../../src/terminal/live/width.ts';

const ESCAPE = '\u001B';
const PIECES = new RegExp(`${ESCAPE}\\[[?0-9;]*[A-Za-z]|[^${ESCAPE}]`, 'gsu');
const MOVE = new RegExp(`^${ESCAPE}\\[(\\d*)([ABCDJ])$`, 'u');

/** A terminal in memory. */
export class FakeTerminal {
  readonly isTTY = true;
  columns: number;
  /** Escape sequences that are no movement. */
  readonly others: string[] = [];
  readonly stdin: PassThrough & { readonly isTTY: true; setRawMode(on: boolean): void };
  isRaw = false;
  /** Everything that was written. */
  written = '';
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns = 60) {
    this.columns = columns;
    this.stdin = Object.assign(new PassThrough(), {
      isTTY: true as const,
      setRawMode: (on: boolean) => {
        this.isRaw = on;
      },
    });
  }

  readonly write = (text: string): void => {
    this.written += text;
    for (const [piece] of text.matchAll(PIECES)) this.#take(piece);
  };

  /** The rows a person sees, without blanks at their ends. */
  get rows(): readonly string[] {
    return this.#rows.map((row) => row.join('').trimEnd());
  }

  /** All rows as one text. */
  get text(): string {
    return this.rows.join('\n');
  }

  /** Where the cursor stands. */
  get cursor(): readonly [number, number] {
    return [this.#row, this.#column];
  }

  /** Presses keys one after another. */
  type(text: string): void {
    this.stdin.write(text);
  }

  #take(piece: string): void {
    const [, count = '', move] = MOVE.exec(piece) ?? [];
    const by = count === '' ? 1 : Number(count);
    if (move === 'A') this.#row = Math.max(0, this.#row - by);
    else if (move === 'C') this.#column += by;
    else if (move === 'J') {
      this.#rows.length = this.#row + 1;
      this.#rows[this.#row] = (this.#rows[this.#row] ?? []).slice(0, this.#column);
    } else if (piece.startsWith('\u001B')) this.others.push(piece);
    else if (piece === '\r') this.#column = 0;
    else if (piece === '\n') {
      // As a terminal does by itself that nobody took over.
      if (!this.isRaw) this.#column = 0;
      this.#down();
    } else this.#put(piece);
  }

  #put(character: string): void {
    if (this.#column >= this.columns) {
      this.#down();
      this.#column = 0;
    }
    const row = this.#rows[this.#row] ?? [];
    while (row.length < this.#column) row.push(' ');
    row[this.#column] = character;
    // The other half of a wide character.
    for (let more = 1; more < widthOf(character); more += 1) row[this.#column + more] = '';
    this.#rows[this.#row] = row;
    this.#column += Math.max(1, widthOf(character));
  }

  #down(): void {
    this.#row += 1;
    this.#rows[this.#row] ??= [];
  }
}
