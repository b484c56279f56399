/**
 * A terminal inside the test: keys go in, and what a person would see comes out.
 *
 * @module
 */
import { PassThrough, Writable } from 'node:stream';

/** Keys that are not letters. */
export const KEY = {
  enter: '\r',
  escape: '\u001B',
  up: '\u001B[A',
  down: '\u001B[B',
  space: ' ',
  interrupt: '\u0003',
} as const;

const ESCAPE = '\u001B';
const SEQUENCE = new RegExp(`${ESCAPE}\\[(\\??[\\d;]*)([A-Za-z])`, 'y');

/** The lines of a terminal: cursor movements and erasures as clack uses them, colours left out. */
export class Screen {
  readonly #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  write(text: string): void {
    for (let at = 0; at < text.length;) {
      SEQUENCE.lastIndex = at;
      const found = SEQUENCE.exec(text);
      if (found !== null) {
        this.#command(found[1] ?? '', found[2] ?? '');
        at = SEQUENCE.lastIndex;
        continue;
      }
      const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
      this.#put(character);
      at += character.length;
    }
  }

  /** What is on it, without blank ends. */
  get text(): string {
    return this.#lines
      .map((line) => line.join('').trimEnd())
      .join('\n')
      .trimEnd();
  }

  #put(character: string): void {
    if (character === '\n') {
      this.#to(this.#row + 1, 0);
    } else if (character === '\r') {
      this.#column = 0;
    } else if (character >= ' ') {
      const line = this.#lines[this.#row] ?? [];
      while (line.length < this.#column) line.push(' ');
      line[this.#column] = character;
      this.#column += 1;
    }
  }

  #to(row: number, column: number): void {
    this.#row = Math.max(0, row);
    this.#column = Math.max(0, column);
    while (this.#lines.length <= this.#row) this.#lines.push([]);
  }

  #command(parameter: string, letter: string): void {
    const count = Number(parameter.replace('?', '') || '1');
    if (letter === 'A') this.#to(this.#row - count, this.#column);
    if (letter === 'B') this.#to(this.#row + count, this.#column);
    if (letter === 'C') this.#to(this.#row, this.#column + count);
    if (letter === 'D') this.#to(this.#row, this.#column - count);
    if (letter === 'G') this.#to(this.#row, count - 1);
    if (letter === 'K') this.#lines[this.#row]?.splice(parameter === '2' ? 0 : this.#column);
    if (letter === 'J') {
      this.#lines[this.#row]?.splice(this.#column);
      this.#lines.splice(this.#row + 1);
    }
  }
}

/** Streams of a terminal, and the person before it. */
export class Terminal {
  readonly screen: Screen = new Screen();
  readonly stdin: PassThrough & { isTTY: true; setRawMode: (raw: boolean) => unknown };
  readonly stdout: Writable & { isTTY: true; columns: number; rows: number };
  /** Everything that was written, with its escape sequences. */
  raw = '';
  #heard: (() => void) | undefined;

  constructor(columns: number = 100) {
    this.stdin = Object.assign(new PassThrough(), { isTTY: true as const, setRawMode: () => true });
    const out = new Writable({
      decodeStrings: false,
      write: (piece: string, _encoding, done) => {
        this.raw += piece;
        this.screen.write(piece);
        this.#heard?.();
        done();
      },
    });
    this.stdout = Object.assign(out, { isTTY: true as const, columns, rows: 60 });
  }

  /** Resolves when a text was written that had not been before the last call. */
  async sees(text: string, since: number = this.#from): Promise<void> {
    while (!plainOf(this.raw.slice(since)).includes(text)) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
    this.#from = this.raw.length;
  }

  #from = 0;

  type(keys: string): void {
    this.stdin.write(keys);
  }

  /** Waits for each text, then types what stands beside it. */
  async play(script: readonly (readonly [string, string])[]): Promise<void> {
    for (const [text, keys] of script) {
      await this.sees(text);
      // A prompt listens to its keys once it has drawn itself.
      await new Promise((resolve) => setImmediate(resolve));
      this.type(keys);
    }
  }
}

function plainOf(text: string): string {
  return text.replaceAll(new RegExp(SEQUENCE.source, 'gu'), '');
}
