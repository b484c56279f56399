/**
 * A program that stays, spoken to line by line over its standard input and output. What it says on
 * standard error is read so that it never blocks, and only the end of it is kept.
 *
 * @module
 */
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { PortcullisError, type ProgramLink } from '@portcullis/core';

import type { Child } from './child.ts';
import { Output } from './output.ts';

/** Longest line that is read, in bytes. */
const LINE_BYTES = 4_000_000;
/** Most that may wait to be read by it, in bytes. */
const WAITING_BYTES = 8_000_000;
/** Most of what it says on standard error that is kept, in bytes. */
const COMPLAINT_BYTES = 2000;
/** Between asking it to end and making it. */
const GRACE_MS = 2000;
const LINE_END = 0x0a;

/** A running program and how to end it. */
export class LinkedProgram implements ProgramLink {
  readonly lines: AsyncIterable<string>;
  readonly #child: Child;
  readonly #complaints = new Output(COMPLAINT_BYTES);
  #closing: Promise<void> | undefined;

  constructor(child: Child) {
    this.#child = child;
    this.lines = linesOf(child.stdout);
    child.stdout.on('error', () => undefined);
    child.stderr.on('error', () => undefined);
    child.stderr.on('data', (chunk: Buffer) => this.#complaints.append(chunk));
  }

  /** The end of what it said on standard error: text from outside. */
  get complaints(): string {
    return this.#complaints.all().text;
  }

  /** Resolves when it has ended. */
  get ended(): Promise<{ readonly code: number }> {
    return this.#child.ended;
  }

  async send(line: string): Promise<void> {
    const { stdin } = this.#child;
    if (this.#closing !== undefined || stdin.destroyed || stdin.writableEnded) throw ended();
    if (stdin.writableLength > WAITING_BYTES) throw deaf();
    if (stdin.write(`${line}\n`)) return;
    // A program that ends without reading never has room again.
    const gone = new AbortController();
    void this.#child.ended.then(() => gone.abort());
    try {
      await once(stdin, 'drain', { signal: gone.signal });
    } catch {
      throw ended();
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    const { stdin, stdout, stderr } = this.#child;
    stdin.end();
    this.#child.kill('SIGTERM');
    // Nobody reads on: what is still on its way must not keep it.
    stdout.resume();
    const late = new AbortController();
    const force = sleep(GRACE_MS, undefined, { signal: late.signal }).then(
      () => {
        this.#child.kill('SIGKILL');
        // What left its group holds its pipes for as long as it likes.
        stdout.destroy();
        stderr.destroy();
      },
      () => undefined,
    );
    await this.#child.ended;
    late.abort();
    await force;
  }
}

/** What a stream says, line by line. A line that nothing ends is not one. */
async function* linesOf(stream: Readable): AsyncGenerator<string, void, undefined> {
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_END, from);
      const part = chunk.subarray(from, end < 0 ? chunk.length : end);
      size += part.length;
      if (size > LINE_BYTES) throw flood();
      parts.push(part);
      if (end < 0) break;
      yield Buffer.concat(parts).toString('utf8');
      parts = [];
      size = 0;
      from = end + 1;
    }
  }
}

function flood(): PortcullisError {
  return new PortcullisError('server.flood', 'The server said more at once than is read.', {
    hint: 'Ask it for less; a server that does so unasked is broken or hostile.',
  });
}

function ended(): PortcullisError {
  return new PortcullisError('proc.ended', 'The program has ended.', {
    hint: 'openclaw mcp test <server> shows why.',
  });
}

function deaf(): PortcullisError {
  return new PortcullisError('server.flood', 'The server does not read what it is told.', {
    hint: 'It hangs, or is broken or hostile.',
  });
}
