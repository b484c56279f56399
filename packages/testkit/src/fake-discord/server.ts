/**
 * The HTTP face of the fake Discord on 127.0.0.1.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DiscordFault } from './controls.ts';
import type { Faults } from './faults.ts';
import type { Gateway } from './gateway.ts';
import type { Network } from './network.ts';
import type { DiscordCall } from './records.ts';
import { Refusal, unknown } from './refusal.ts';
import { type ApiRequest, readBody } from './request.ts';
import { matchPath, type Route, ROUTES } from './routes.ts';

/** What the server needs from the fake. */
export interface ServerParts {
  readonly network: Network;
  readonly gateway: Gateway;
  readonly faults: Faults;
  /** Called when a call arrives. */
  readonly onCall: (call: DiscordCall) => void;
  /** Called after a call was carried out, before its answer is written. */
  readonly onSettled: () => void;
}

interface Answer {
  readonly status: number;
  /** Undefined: no body, and no content type either. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const HEADERS = {
  // Clients tell an answer of Discord from one of its shield by this.
  via: '1.1 google',
  'x-ratelimit-limit': '1000',
  'x-ratelimit-remaining': '999',
  'x-ratelimit-reset-after': '0.1',
};

function refused(refusal: Refusal): Answer {
  return { status: refusal.status, body: refusal.body };
}

function limited(retryAfter: number, global: boolean): Answer {
  const scope = global ? { 'x-ratelimit-global': 'true' } : { 'x-ratelimit-remaining': '0' };
  return {
    status: 429,
    body: { message: 'You are being rate limited.', retry_after: retryAfter, global },
    headers: {
      'retry-after': String(Math.ceil(retryAfter)),
      'x-ratelimit-reset-after': String(retryAfter),
      'x-ratelimit-scope': global ? 'global' : 'user',
      ...scope,
    },
  };
}

function write(
  response: ServerResponse,
  { status, body, headers }: Answer,
  breakOff = false,
): void {
  const bucket = { ...HEADERS, ...headers };
  if (body === undefined) {
    response.writeHead(204, bucket).end();
    return;
  }
  const json = JSON.stringify(body);
  const length = Buffer.byteLength(json);
  response.writeHead(status, {
    ...bucket,
    'content-type': 'application/json',
    'content-length': length,
  });
  if (breakOff) {
    // The head promises the whole answer; the connection dies in its middle.
    response.write(json.slice(0, Math.floor(json.length / 2)), () => response.destroy());
  } else response.end(json);
}

function refuseEarly(response: ServerResponse, fault: DiscordFault): boolean {
  if (fault === 'hang') return true;
  if (fault === 'reset') response.destroy();
  else if (fault === 502) {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
  } else if (fault === 500) write(response, refused(internalError()));
  else if (fault === 429) write(response, limited(0.2, false));
  else if (typeof fault === 'object') {
    write(response, limited(fault.retryAfter, fault.global === true));
  } else return false;
  return true;
}

function answerLate(
  response: ServerResponse,
  fault: DiscordFault | undefined,
  answer: Answer,
): void {
  if (fault === 'accept-then-reset') response.destroy();
  else if (fault === 'accept-then-500') write(response, refused(internalError()));
  else if (fault !== 'accept-then-hang') write(response, answer, fault === 'half-body');
}

function internalError(): Refusal {
  return new Refusal(500, 0, '500: Internal Server Error');
}

async function readAll(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return new Uint8Array(Buffer.concat(chunks));
}

interface Found {
  readonly route: Route | undefined;
  readonly params: Readonly<Record<string, string>>;
  /** False when another method has this path. */
  readonly pathKnown: boolean;
}

function findRoute(method: string, path: string): Found {
  let pathKnown = false;
  for (const route of ROUTES) {
    const params = matchPath(route.path, path);
    if (params === undefined) continue;
    if (route.method === method) return { route, params, pathKnown: true };
    pathKnown = true;
  }
  return { route: undefined, params: {}, pathKnown };
}

/** A REST server with the gateway beside it. */
export class ApiServer {
  readonly #parts: ServerParts;
  #server: Server | undefined;
  #port = 0;

  constructor(parts: ServerParts) {
    this.#parts = parts;
  }

  /** `127.0.0.1:<port>`. */
  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Listens; on the same port as before after a stop. */
  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((request, response) => {
      void this.#serve(request, response);
    });
    this.#parts.gateway.serve(server);
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Stops listening and kills every connection. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    this.#cut(server);
    await closed;
  }

  /** Kills every connection but goes on listening. */
  dropConnections(): void {
    if (this.#server !== undefined) this.#cut(this.#server);
  }

  #cut(server: Server): void {
    server.closeAllConnections();
    this.#parts.gateway.eachConnection((connection) => connection.cut());
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    try {
      await this.#route(request, response, await readAll(request));
    } catch (error) {
      const known = error instanceof Refusal ? error : internalError();
      if (!response.destroyed) write(response, refused(known));
    }
  }

  async #route(
    request: IncomingMessage,
    response: ServerResponse,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${this.host}`);
    const file = /^\/attachments\/(\d+)\//u.exec(url.pathname)?.[1];
    if (file !== undefined) return this.#serveFile(response, file);
    const [, version, path = ''] = /^\/api(?:\/v(\d+))?(\/.*)$/u.exec(url.pathname) ?? [];
    if (version !== '9' && version !== '10') {
      throw new Refusal(400, 50041, 'Invalid API version provided');
    }
    const method = request.method ?? 'GET';
    const { route, params, pathKnown } = findRoute(method, path);
    const content = await readBody(bytes, request.headers['content-type'] ?? '');
    const operation = route?.operation ?? 'unknown';
    this.#parts.onCall({ operation, method, path, body: content.body, at: Date.now() });
    if (route?.isOpen !== true) this.#checkToken(request.headers.authorization);
    if (route === undefined) {
      throw pathKnown ? new Refusal(405, 0, '405: Method Not Allowed') : unknown('endpoint');
    }
    const fault = this.#parts.faults.take(operation);
    if (fault !== undefined && refuseEarly(response, fault)) return;
    const answer = this.#call(route, { params, query: url.searchParams, ...content });
    if (!response.destroyed) answerLate(response, fault, answer);
  }

  #checkToken(authorization: string | undefined): void {
    const { token, revoked } = this.#parts.network;
    if (revoked || authorization !== `Bot ${token}`) {
      throw new Refusal(401, 0, '401: Unauthorized');
    }
  }

  #call(route: Route, request: ApiRequest): Answer {
    const { network, gateway, onSettled } = this.#parts;
    try {
      const base = `http://${this.host}`;
      return { status: 200, body: route.answer(request, { network, gateway, base }) };
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      throw error;
    } finally {
      onSettled();
    }
  }

  #serveFile(response: ServerResponse, id: string): void {
    const file = this.#parts.network.files.get(id);
    if (file === undefined) throw unknown('endpoint');
    this.#parts.network.downloads += 1;
    // Chunked on purpose: a client must count bytes itself rather than trust a header.
    const type = file.contentType ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type }).end(file.bytes);
  }
}
