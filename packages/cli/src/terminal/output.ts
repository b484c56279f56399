/**
 * The one writer of the command line. Everything it prints is escaped field by field, so no name,
 * message or error can command the terminal or forge a line.
 *
 * @module
 */
import type { Environment } from '@portcullis/gateway/config';

import type { TextStream } from '../context.ts';
import { inColumns } from './columns.ts';
import { escapeField, escapeJson, escapeProse } from './escape.ts';
import { Progress } from './progress.ts';
import { paint, type Piece, styled } from './style.ts';

/** How an {@link Output} is set up. */
export interface OutputOptions {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly env: Environment;
  /** False for `--no-color`. */
  readonly color: boolean;
}

function colorful(stream: TextStream, { env, color }: OutputOptions): boolean {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return color && stream.isTTY === true && !refused;
}

/** Writes to the terminal, a file or another program. */
export class Output {
  readonly #stdout: TextStream;
  readonly #stderr: TextStream;
  readonly #colors: ReadonlyMap<TextStream, boolean>;
  readonly #progress: Progress;
  /** True while a line of the answer waits for its end: nothing may be drawn over it. */
  #midLine = false;

  constructor(options: OutputOptions) {
    this.#stdout = options.stdout;
    this.#stderr = options.stderr;
    this.#colors = new Map([
      [options.stdout, colorful(options.stdout, options)],
      [options.stderr, colorful(options.stderr, options)],
    ]);
    const isDumb = options.env['TERM'] === 'dumb';
    this.#progress = new Progress(options.stderr, () => !isDumb && !this.#midLine);
  }

  /** One line of the answer. */
  line(...pieces: readonly Piece[]): void {
    this.#write(this.#stdout, `${this.#render(this.#stdout, pieces)}\n`);
  }

  /** One line for the person at the terminal, on stderr: remarks, warnings, errors. */
  note(...pieces: readonly Piece[]): void {
    this.#write(this.#stderr, `${this.#render(this.#stderr, pieces)}\n`);
  }

  /** A remark that deserves attention. */
  warn(text: string): void {
    this.note(styled('yellow', 'Warning:'), ` ${text}`);
  }

  /** Prose as it comes: line breaks stay, nothing is added. */
  prose(text: string): void {
    this.#write(this.#stdout, escapeProse(text));
  }

  /** Ends a line that {@link Output.prose} left open. */
  endLine(): void {
    if (this.#midLine) this.#write(this.#stdout, '\n');
  }

  /** Rows below a heading. */
  table(heading: readonly string[], rows: readonly (readonly Piece[])[]): void {
    const head = heading.map((text) => styled('dim', text));
    for (const line of inColumns([head, ...rows])) this.line(...line);
  }

  /** A JSON document. */
  json(value: unknown): void {
    this.#write(this.#stdout, `${escapeJson(JSON.stringify(value, null, 2) ?? 'null')}\n`);
  }

  /** A JSON document on one line, for a stream of them. */
  jsonLine(value: unknown): void {
    this.#write(this.#stdout, `${escapeJson(JSON.stringify(value) ?? 'null')}\n`);
  }

  /** Shows that `work` goes on once it takes more than a second; on a terminal only. */
  async during<T>(what: string, work: Promise<T>): Promise<T> {
    this.#progress.start(escapeField(what));
    try {
      return await work;
    } finally {
      this.#progress.stop();
    }
  }

  #render(stream: TextStream, pieces: readonly Piece[]): string {
    return pieces
      .map((piece) => {
        if (typeof piece === 'string') return escapeField(piece);
        const safe = escapeField(piece.text);
        return this.#colors.get(stream) === true ? paint(piece.style, safe) : safe;
      })
      .join('');
  }

  #write(stream: TextStream, safe: string): void {
    if (safe === '') return;
    this.#progress.hide();
    stream.write(safe);
    if (stream === this.#stdout) this.#midLine = !safe.endsWith('\n');
  }
}
