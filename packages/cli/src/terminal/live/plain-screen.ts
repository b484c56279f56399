/**
 * A screen on a terminal that understands nothing but text: lines come one below the other, and the
 * terminal itself edits the line that is typed.
 *
 * @module
 */
import { type Interface, createInterface } from 'node:readline';

import type { InputStream, TextStream } from '../../context.ts';
import { escapeField, escapeProse } from '../escape.ts';
import { type Piece, plain } from '../style.ts';
import type { Screen, ScreenHearer } from './screen.ts';

/** What a plain screen is made of. */
export interface PlainScreenOptions {
  readonly stdin: InputStream;
  readonly stdout: TextStream;
  readonly now?: () => number;
}

/** A screen on a dumb terminal. */
export class PlainScreen implements Screen {
  readonly #options: PlainScreenOptions;
  #reader: Interface | undefined;
  #isMidLine = false;

  constructor(options: PlainScreenOptions) {
    this.#options = options;
  }

  open(hearer: ScreenHearer): void {
    const { stdin, now = Date.now } = this.#options;
    const reader = createInterface({ input: stdin, terminal: false });
    this.#reader = reader;
    reader.on('line', (text) => {
      this.#isMidLine = false;
      // When and how a line was begun is not known here: it came as a whole, now.
      hearer.line({ text, isTyped: false, begunAt: now() });
    });
    reader.once('close', () => hearer.end());
  }

  close(): void {
    this.endStream();
    this.#reader?.removeAllListeners('close').close();
  }

  line(...pieces: readonly Piece[]): void {
    this.endStream();
    this.#options.stdout.write(`${escapeField(pieces.map(plain).join(''))}\n`);
  }

  stream(text: string): void {
    const safe = escapeProse(text);
    if (safe === '') return;
    this.#options.stdout.write(safe);
    this.#isMidLine = !safe.endsWith('\n');
  }

  endStream(): void {
    if (this.#isMidLine) this.#options.stdout.write('\n');
    this.#isMidLine = false;
  }

  status(): void {
    // A line for every word of progress would bury the conversation.
  }

  restore(text: string): void {
    this.line(`Not sent: ${text}`);
  }
}
