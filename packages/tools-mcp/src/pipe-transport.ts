/**
 * MCP over the standard input and output of a program: a message is a line.
 *
 * @module
 */
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type JSONRPCMessage, JSONRPCMessageSchema } from '@modelcontextprotocol/sdk/types.js';
import { PortcullisError, type ProgramLink } from '@portcullis/core';

/** Lines a program may say before it is asked for something again; an answer is one. */
const MOST_LINES = 10_000;

/** Carries messages over a {@link ProgramLink}. */
export class PipeTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: <T extends JSONRPCMessage>(message: T) => void;
  readonly #link: ProgramLink;
  readonly #failed: (error: unknown) => void;
  #closed = false;
  /** Lines since something was last asked. */
  #lines = 0;

  /** `failed` is told what ended the link, where something did. */
  constructor(link: ProgramLink, failed: (error: unknown) => void) {
    this.#link = link;
    this.#failed = failed;
  }

  async start(): Promise<void> {
    void this.#listen();
  }

  async send(message: JSONRPCMessage): Promise<void> {
    // Answering what it asks of itself is no reason to hear it any longer.
    if ('method' in message) this.#lines = 0;
    await this.#link.send(JSON.stringify(message));
  }

  async close(): Promise<void> {
    await this.#link.close();
    this.#end();
  }

  async #listen(): Promise<void> {
    try {
      for await (const line of this.#link.lines) {
        this.#lines += 1;
        if (this.#lines > MOST_LINES) throw flood();
        const message = messageOf(line);
        if (message !== undefined) this.onmessage?.(message);
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

function flood(): PortcullisError {
  return new PortcullisError('mcp.flood', 'The server talks on and on without being asked.', {
    hint: 'It is broken or hostile.',
  });
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
