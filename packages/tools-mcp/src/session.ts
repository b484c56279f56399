/**
 * One session with one MCP server, by the official client. The client offers no capability: a server
 * that asks for a model, for a person or for folders is told that there is no such method.
 *
 * @module
 */
import { Client } from '@modelcontextprotocol/sdk/client';
import type { jsonSchemaValidator } from '@modelcontextprotocol/sdk/validation';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  type CallToolResult,
  CallToolResultSchema,
  ErrorCode,
  McpError,
  ResultSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import {
  PortcullisError,
  type ServedTool,
  type ToolResult,
  type ToolServer,
  type ToolSession,
} from '@portcullis/core';

import { boundAnswers } from './answers.ts';
import { textOf } from './content.ts';
import { PipeTransport } from './pipe-transport.ts';
import { openWebTransport } from './web-transport.ts';

/** Names this client to servers; nothing of the machine it runs on is said. */
const CLIENT = { name: 'portcullis', version: '1' };
/** The gateway's own limits end everything earlier. */
const LONGEST_MS = 660_000;
const MOST_PAGES = 20;
/** For telling a server that it is not needed any more. */
const GOODBYE_MS = 1000;
/** Nothing a server sends is compiled: its schemas are shown to the model, and that is all. */
const NO_VALIDATION: jsonSchemaValidator = {
  getValidator: () => () => ({ valid: false, data: undefined, errorMessage: 'not validated' }),
};

/** Connects to a server. Throws `mcp.protocol`, and what the link throws. */
export async function openSession(server: ToolServer): Promise<ToolSession> {
  const session = new Session(server);
  await session.open();
  return session;
}

class Session implements ToolSession {
  readonly ended: Promise<void>;
  readonly #server: ToolServer;
  readonly #client = new Client(CLIENT, { capabilities: {}, jsonSchemaValidator: NO_VALIDATION });
  readonly #ended = Promise.withResolvers<void>();
  #goodbye: (() => Promise<void>) | undefined;
  #listener: (() => void) | undefined;
  /** What broke the connection, where it is known better than by what the library says. */
  #fault: unknown;
  #gone = false;
  #closing: Promise<void> | undefined;

  constructor(server: ToolServer) {
    this.#server = server;
    this.ended = this.#ended.promise;
  }

  async open(): Promise<void> {
    const { start, web, signal } = this.#server;
    Object.assign(this.#client, {
      onclose: () => {
        this.#gone = true;
        this.#ended.resolve();
      },
      // What a server sends wrongly is its text: it is told to nobody.
      onerror: () => undefined,
    });
    this.#client.setNotificationHandler(ToolListChangedNotificationSchema, () =>
      this.#listener?.(),
    );
    const failed = (error: unknown): void => {
      this.#fault = error;
      // What was on its way is lost: whoever waits for it is told now.
      void this.close();
    };
    if (start !== undefined) {
      await this.#connect(boundAnswers(new PipeTransport(await start(), failed), failed));
    } else if (web !== undefined) {
      const { transport, goodbye } = openWebTransport(web, failed);
      this.#goodbye = goodbye;
      await this.#connect(boundAnswers(transport, failed));
    } else {
      throw protocol('The server is configured with neither a program nor a URL.');
    }
    if (signal.aborted) await this.close();
    else signal.addEventListener('abort', () => void this.close(), { once: true });
  }

  async list(signal: AbortSignal): Promise<readonly ServedTool[]> {
    const tools: ServedTool[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const params = cursor === undefined ? {} : { cursor };
      const answer = await this.#told(() =>
        whileAsked(signal, (asked) =>
          // The loosest shape: one tool that is described wrongly must not hide all others.
          this.#client.request({ method: 'tools/list', params }, ResultSchema, {
            signal: asked,
            timeout: LONGEST_MS,
          }),
        ),
      );
      const { tools: listed, nextCursor } = answer;
      if (!Array.isArray(listed)) throw protocol('The server lists no tools.');
      tools.push(...listed.flatMap(readTool));
      if (typeof nextCursor !== 'string') return tools;
      cursor = nextCursor;
    }
    throw protocol('The server lists its tools over too many pages.');
  }

  async call(
    name: string,
    input: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    try {
      const result = await whileAsked(signal, (asked): Promise<CallToolResult> =>
        this.#client.request(
          { method: 'tools/call', params: { name, arguments: input } },
          CallToolResultSchema,
          { signal: asked, timeout: LONGEST_MS },
        ),
      );
      return textOf(result);
    } catch (error) {
      signal.throwIfAborted();
      // An error that the server answers with is an answer: its words are data like any others.
      if (error instanceof McpError && !this.#isClosed(error)) {
        return { text: error.message, isError: true };
      }
      throw this.#readable(error);
    }
  }

  onChange(listener: () => void): void {
    this.#listener = listener;
  }

  async close(): Promise<void> {
    this.#closing ??= this.#end();
    await this.#closing;
  }

  async #end(): Promise<void> {
    // A server that broke off is not told goodbye, and none is waited for.
    if (this.#fault === undefined) await quietly(this.#goodbye?.());
    await quietly(this.#client.close());
    this.#ended.resolve();
  }

  async #connect(transport: Parameters<Client['connect']>[0]): Promise<void> {
    await this.#told(() => this.#client.connect(transport, { timeout: LONGEST_MS }));
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#readable(error);
    }
  }

  /** Servers answer with this code too: it is the library's own only once the connection is gone. */
  #isClosed(error: unknown): boolean {
    const code = Number(ErrorCode.ConnectionClosed);
    return this.#gone && error instanceof McpError && error.code === code;
  }

  /** Never the server's own words: they would be read as ours. */
  #readable(error: unknown): PortcullisError {
    if (PortcullisError.is(error)) return error;
    if (PortcullisError.is(this.#fault)) return this.#fault;
    if (error instanceof StreamableHTTPError) {
      const fault = refused(error.code);
      this.#fault = fault;
      // It may have forgotten the session: once this is told, the next call begins another.
      setImmediate(() => void this.close());
      return fault;
    }
    if (this.#isClosed(error)) {
      return new PortcullisError('mcp.ended', 'The server ended before it answered.', {
        hint: 'openclaw mcp test <server> shows what its program said last.',
        retryable: true,
      });
    }
    return protocol('The server does not speak MCP as it should.', error);
  }
}

/**
 * Does a request with a signal that aborts with `signal`, and never after its answer: the library
 * would cancel what is long over.
 */
async function whileAsked<T>(
  signal: AbortSignal,
  request: (asked: AbortSignal) => Promise<T>,
): Promise<T> {
  const asked = new AbortController();
  const abort = (): void => asked.abort(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await request(asked.signal);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Waits for something that may fail or hang, for a moment. */
async function quietly(work: Promise<void> | undefined): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, GOODBYE_MS);
  await Promise.race([work?.catch(() => undefined), late.promise]);
  clearTimeout(timer);
}

function refused(status: number | undefined): PortcullisError {
  const known = status !== undefined && status >= 100 && status <= 599;
  const message = known
    ? `The server answers with HTTP status ${String(status)}.`
    : 'The server does not answer over HTTP as it should.';
  return new PortcullisError('mcp.http', message, {
    hint: 'Look at its url and headers below mcp.servers.',
    retryable: true,
  });
}

/** A tool, if it has a name. */
function readTool(listed: unknown): readonly ServedTool[] {
  if (typeof listed !== 'object' || listed === null || !('name' in listed)) return [];
  const { name } = listed;
  if (typeof name !== 'string') return [];
  const description = 'description' in listed ? listed.description : undefined;
  const inputSchema = 'inputSchema' in listed ? listed.inputSchema : undefined;
  return [{ name, inputSchema, ...(typeof description === 'string' ? { description } : {}) }];
}

function protocol(message: string, cause?: unknown): PortcullisError {
  return new PortcullisError('mcp.protocol', message, {
    hint: 'Look after the server; openclaw mcp test <server> shows more.',
    retryable: true,
    cause,
  });
}
