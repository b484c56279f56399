/**
 * The HTTP face of the fake Bot API on 127.0.0.1.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TelegramFault } from './controls.ts';
import type { Faults } from './faults.ts';
import { METHODS, type MethodContext } from './methods.ts';
import type { Network } from './network.ts';
import { parseParameters, type Parameters } from './parameters.ts';
import type { TelegramCall } from './records.ts';
import { Refusal } from './refusal.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** What the server needs from the fake. */
export interface ServerParts {
  readonly network: Network;
  readonly webhook: WebhookSender;
  readonly faults: Faults;
  /** Called when a call arrives. */
  readonly onCall: (call: TelegramCall) => void;
  /** Called after a call was carried out, before its answer is written. */
  readonly onSettled: () => void;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function refusalBody(refusal: Refusal): Answer {
  const { status, message, parameters } = refusal;
  const body = { ok: false, error_code: status, description: message };
  return { status, body: parameters === undefined ? body : { ...body, parameters } };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function write(response: ServerResponse, { status, body }: Answer, fault?: TelegramFault): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  });
  if (fault === 'half-body') {
    // The head promises the whole answer; the connection dies in its middle.
    response.write(text.slice(0, Math.floor(text.length / 2)), () => response.destroy());
  } else response.end(text);
}

function refuseEarly(response: ServerResponse, fault: TelegramFault): boolean {
  if (fault === 'hang') return true;
  if (fault === 'reset') response.destroy();
  else if (fault === 'non-json') {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
  } else if (fault === 500) {
    write(response, refusalBody(new Refusal(500, 'Internal Server Error')));
  } else if (fault === 429) {
    write(
      response,
      refusalBody(new Refusal(429, 'Too Many Requests: retry after 1', { retry_after: 1 })),
    );
  } else return false;
  return true;
}

/** A Bot API server. */
export class BotApiServer {
  readonly #parts: ServerParts;
  #server: Server | undefined;
  #port = 0;
  #downloads = 0;

  constructor(parts: ServerParts) {
    this.#parts = parts;
  }

  /** `http://127.0.0.1:<port>`: the `apiRoot` of a bot. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Downloads begun. */
  get downloads(): number {
    return this.#downloads;
  }

  /** Listens; on the same port as before after a stop. */
  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((request, response) => {
      void this.#serve(request, response);
    });
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
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  /** Kills every connection but goes on listening. */
  dropConnections(): void {
    this.#server?.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    try {
      const body = await readBody(request);
      await this.#route(request, response, body);
    } catch (error) {
      const known = error instanceof Refusal ? error : new Refusal(500, 'Internal Server Error');
      if (!response.destroyed) write(response, refusalBody(known));
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const file = /^\/file\/bot([^/]+)\/(.+)$/u.exec(url.pathname);
    if (file !== null) return this.#serveFile(response, file[1] ?? '', file[2] ?? '');
    const call = /^\/bot([^/]+)\/([^/]+)$/u.exec(url.pathname);
    const [, token = '', method = ''] = call ?? [];
    this.#checkToken(token);
    const type = request.headers['content-type'] ?? '';
    const parameters = parseParameters(body, type, url.searchParams);
    this.#parts.onCall({ method, parameters: parameters.values, at: Date.now() });
    const fault = this.#parts.faults.take(method);
    if (fault !== undefined && refuseEarly(response, fault)) return;
    const answer = await this.#call(method, parameters, goneSignal(response));
    if (fault === 'accept-then-reset') response.destroy();
    else if (fault !== 'accept-then-hang' && !response.destroyed) write(response, answer, fault);
  }

  #checkToken(written: string): void {
    // Some clients escape the colon in addresses.
    const token = written.replaceAll(/%3a/giu, ':');
    if (!/^\d{3,}:[\w-]+$/u.test(token)) throw new Refusal(404, 'Not Found');
    const { network } = this.#parts;
    if (token !== network.token || network.revoked) throw new Refusal(401, 'Unauthorized');
  }

  async #call(name: string, parameters: Parameters, gone: AbortSignal): Promise<Answer> {
    const { network, webhook, onSettled } = this.#parts;
    const context: MethodContext = { network, webhook, gone };
    const method = METHODS.get(name.toLowerCase());
    try {
      if (method === undefined) throw new Refusal(404, 'Not Found: method not found');
      const result = await method(parameters, context);
      return { status: 200, body: { ok: true, result } };
    } catch (error) {
      if (error instanceof Refusal) return refusalBody(error);
      throw error;
    } finally {
      onSettled();
    }
  }

  #serveFile(response: ServerResponse, token: string, path: string): void {
    this.#checkToken(token);
    const file = [...this.#parts.network.files.values()].find((known) => known.path === path);
    if (file === undefined) throw new Refusal(404, 'Not Found');
    this.#downloads += 1;
    const fault = this.#parts.faults.take('file');
    if (fault !== undefined && refuseEarly(response, fault)) return;
    // Chunked on purpose: a client must count bytes itself rather than trust a header.
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    if (fault === undefined) response.end(file.bytes);
    else response.write(file.bytes.slice(0, file.bytes.length / 2), () => response.destroy());
  }
}

function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}
