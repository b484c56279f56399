/**
 * Server-sent events to one client: begun when there is something to say, kept alive while there is
 * nothing, cut off where nobody reads.
 *
 * @module
 */
import type { ServerResponse } from 'node:http';

import { writeStreamHead } from '../answer.ts';

/** Between two signs of life. */
const ALIVE_MS = 15_000;
/** Bytes that may wait for a client that does not read. */
const MOST_WAITING = 8_388_608;

/** The events of one response. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #alive: NodeJS.Timeout;

  /** `headers` are sent with the first event. */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    this.#headers = headers;
    this.#alive = setInterval(() => this.#write(': keep-alive\n\n'), ALIVE_MS);
    this.#alive.unref();
  }

  /** Whether anything was sent: then the status is out, and a fault is an event too. */
  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  /** Sends an event. `name` is for clients that tell events apart by their line. */
  send(data: unknown, name?: string): void {
    const line = name === undefined ? '' : `event: ${name}\n`;
    this.#write(`${line}data: ${JSON.stringify(data)}\n\n`);
  }

  /** Ends the stream, with a last line that is no JSON where there is one. */
  end(last?: string): void {
    clearInterval(this.#alive);
    if (last !== undefined) this.#write(`data: ${last}\n\n`);
    if (this.hasBegun) this.#response.end();
  }

  #write(text: string): void {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    if (!response.headersSent) writeStreamHead(response, this.#headers);
    if (response.writableLength + text.length > MOST_WAITING) response.destroy();
    else response.write(text);
  }
}
