/**
 * Tools that are found out at run time, because another program or server has them.
 *
 * A source speaks the protocol of such servers and nothing else. Which servers there are, what is
 * started for them and where they are reached is the operator's config: the gateway opens the link
 * to a server itself and hands over that one link. What a server says of its tools is data from
 * outside: the gateway names, bounds and pins it, asks the owner before the agent is offered
 * anything, and decides every call.
 *
 * @module
 */
import type { Logger } from './logger.ts';
import type { ToolResult } from './tool.ts';

/** A running program, spoken to line by line. */
export interface ProgramLink {
  /**
   * Lines of its standard output without their ends, until it ends or is closed. To be read once.
   * Throws `server.flood` for a line of more than 4,000,000 bytes.
   */
  readonly lines: AsyncIterable<string>;
  /** Writes one line and resolves when there is room for the next. Throws `proc.ended`. */
  send(line: string): Promise<void>;
  /** Ends it and everything it started. Resolves when they are gone; may be called again. */
  close(): Promise<void>;
}

/** A request to the one URL of a server. */
export interface WebLinkRequest {
  /** Default `GET`. */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Headers of the protocol. Those of the config are added by the gateway and never seen here. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Aborts the request and its answer. */
  readonly signal?: AbortSignal;
}

/** An answer that may come bit by bit. */
export interface WebLinkAnswer {
  readonly status: number;
  /** By lower-case name. Cookies are left out. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * The body as it comes. To be read once; leaving early ends the connection. Throws
   * `server.flood` beyond 20,000,000 bytes and `net.timeout` when the time for it is up.
   */
  readonly body: AsyncIterable<Uint8Array>;
}

/** The one URL of a server. */
export interface WebLink {
  /** As configured. */
  readonly url: string;
  /** Throws what the network and the decisions about it throw. */
  request(request: WebLinkRequest): Promise<WebLinkAnswer>;
}

/** One configured server, as its source is handed it. */
export interface ToolServer {
  /** The operator's name for it. */
  readonly id: string;
  readonly log: Logger;
  /** Aborts when the gateway gives up on it or stops. */
  readonly signal: AbortSignal;
  /** Starts the configured program; absent where the config names none. */
  readonly start?: () => Promise<ProgramLink>;
  /** The configured URL; absent where there is none. */
  readonly web?: WebLink;
}

/** A tool as its server describes it. Nothing of it is trusted. */
export interface ServedTool {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of the input, as far as it is one. */
  readonly inputSchema: unknown;
}

/** A live connection to one server. */
export interface ToolSession {
  /** All tools there are right now. */
  list(signal: AbortSignal): Promise<readonly ServedTool[]>;
  /**
   * Calls a tool by the server's own name for it. What the server says, an error too, is the result;
   * throws only where there is no answer.
   */
  call(
    name: string,
    input: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<ToolResult>;
  /** Tells whenever the server says that its tools changed. One listener. */
  onChange?(listener: () => void): void;
  /** Resolves when the connection is gone, whoever ended it. Never rejects. */
  readonly ended: Promise<void>;
  /** Lets go. Never rejects. */
  close(): Promise<void>;
}

/** How a plugin offers the tools of a kind of server. */
export interface ToolSource {
  /** Lower case: `mcp`. Its servers act as the principals `<id>:<server>`. */
  readonly id: string;
  /** Dotted path of the map of its servers: `mcp.servers`, or a path below `plugins`. */
  readonly path: string;
  /** Connects to a server. Heavy libraries are imported here, not before. */
  open(server: ToolServer): Promise<ToolSession>;
}
