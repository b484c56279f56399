/**
 * MCP over the standard input and output of a program: a message is a line.
 *
 * @module
 */
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import type { ProgramLink } from '@portcullis/core';

/** Lines that are no message before the program counts as none that speaks the protocol. */
const MOST_NOISE = 1000;

/** Carries messages over a {@link ProgramLink}. */
export class PipeTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: <T extends JSONRPCMessage>(message: T) => void;
  readonly #link: ProgramLink;
  readonly #failed: (error: unknown) => void;
  #closed = false;

  /** `failed` is told what ended the link, where something did. */
  constructor(link: ProgramLink, failed: (error: unknown) => void) {
    this.#link = link;
    this.#failed = failed;
  }

  async start(): Promise<void> {
    void this.#listen();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    await this.#link.send(JSON.stringify(message));
  }

  async close(): Promise<void> {
    await this.#link.close();
    this.#end();
  }

  async #listen(): Promise<void> {
    let noise = 0;
    try {
      for await (const line of this.#link.lines) {
        const message = messageOf(line);
        if (message !== undefined) this.onmessage?.(message);
        else if (line.trim() !== '') noise += 1;
        if (noise > MOST_NOISE) break;
      }
    } catch (error) {
      this.#failed(error);
    }
    await this.#link.close();
    this.#end();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onclose?.();
  }
}

/** Undefined for a line that is no message: some programs greet on the wrong stream. */
function messageOf(line: string): JSONRPCMessage | undefined {
  try {
    const parsed = JSONRPCMessageSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
