/**
 * The HTTP face of the fake Slack on 127.0.0.1.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SlackFault } from './controls.ts';
import type { Faults } from './faults.ts';
import { callMethod } from './methods.ts';
import type { Network } from './network.ts';
import type { SlackCall } from './records.ts';
import { Refusal } from './refusal.ts';
import { type Parameters, readBody, readParameters, text } from './request.ts';
import type { Sockets } from './sockets.ts';

/** What the server needs from the fake. */
export interface ServerParts {
  readonly network: Network;
  readonly sockets: Sockets;
  readonly faults: Faults;
  /** Called when a call arrives. */
  readonly onCall: (call: SlackCall) => void;
  /** Called after a call was carried out, before its answer is written. */
  readonly onSettled: () => void;
}

/** A request on its way to its answer. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly url: URL;
  readonly token: string | undefined;
}

const LOGIN_PAGE = '<!DOCTYPE html><html><title>Sign in | Slack</title><body>Sign in</body></html>';

function writeJson(response: ServerResponse, body: object, breakOff = false): void {
  const json = JSON.stringify(body);
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(json),
  });
  if (breakOff) {
    // The head promises the whole answer; the connection dies in its middle.
    response.write(json.slice(0, Math.floor(json.length / 2)), () => response.destroy());
  } else response.end(json);
}

function writeHtml(response: ServerResponse, status: number, html: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(html);
}

function writeLimited(response: ServerResponse, seconds: number): void {
  response
    .writeHead(429, { 'content-type': 'application/json', 'retry-after': String(seconds) })
    .end(JSON.stringify({ ok: false, error: 'ratelimited' }));
}

/** Answers a request whose fault keeps it from being carried out. False: it is carried out. */
function refuseEarly(response: ServerResponse, fault: SlackFault): boolean {
  if (fault === 'hang') return true;
  if (fault === 'reset') response.destroy();
  else if (fault === 'non-json') writeHtml(response, 502, '<html>Bad Gateway</html>');
  else if (fault === 'login-page') writeHtml(response, 200, LOGIN_PAGE);
  else if (fault === 'redirect') {
    response.writeHead(302, { location: 'https://elsewhere.test/' }).end();
  } else if (fault === 500) response.writeHead(500).end('Internal Server Error');
  else if (fault === 429) writeLimited(response, 1);
  else if (typeof fault !== 'object') return false;
  else if ('error' in fault) writeJson(response, { ok: false, error: fault.error });
  else writeLimited(response, fault.retryAfter);
  return true;
}

function answerLate(response: ServerResponse, fault: SlackFault | undefined, answer: object): void {
  if (response.destroyed) return;
  if (fault === 'accept-then-reset') response.destroy();
  else if (fault === 'accept-then-500') response.writeHead(500).end('Internal Server Error');
  else if (fault !== 'accept-then-hang') writeJson(response, answer, fault === 'half-body');
}

function bearer({ headers }: IncomingMessage): string | undefined {
  return /^Bearer (.+)$/iu.exec(headers.authorization ?? '')?.[1];
}

/** The bytes of an upload: the body itself, or the one file of a form. */
async function uploaded(
  body: Uint8Array<ArrayBuffer>,
  type: string,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!type.startsWith('multipart/form-data')) return body;
  const form = await new Response(body, { headers: { 'content-type': type } }).formData();
  const [file] = form.values();
  return file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : new Uint8Array();
}

/** The Web API, the doors for bytes, and Socket Mode beside them. */
export class SlackServer {
  readonly #parts: ServerParts;
  #server: Server | undefined;
  #port = 0;

  constructor(parts: ServerParts) {
    this.#parts = parts;
  }

  /** `127.0.0.1:<port>` */
  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** Listens; on the same port as before after a stop. */
  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((request, response) => {
      void this.#serve(request, response);
    });
    this.#parts.sockets.serve(server);
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
    this.#parts.sockets.drop();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    try {
      const url = new URL(request.url ?? '/', `http://${this.host}`);
      const body = await readBody(request);
      await this.#route({ request, response, body, url, token: bearer(request) });
    } catch (error) {
      const known = error instanceof Refusal ? error.error : 'internal_error';
      if (!response.destroyed) writeJson(response, { ok: false, error: known });
    }
  }

  async #route(exchange: Exchange): Promise<void> {
    const { url, response } = exchange;
    const method = /^\/api\/([\w.]+)$/u.exec(url.pathname)?.[1];
    if (method !== undefined) return await this.#call(exchange, method);
    if (url.pathname.startsWith('/files-pri/')) return this.#serveFile(exchange);
    if (url.pathname.startsWith('/upload/v1/')) return await this.#takeUpload(exchange);
    response.writeHead(404).end();
  }

  #note(exchange: Exchange, method: string, parameters: Parameters): SlackFault | undefined {
    const { request, token } = exchange;
    const host = request.headers.host ?? '';
    this.#parts.onCall({ method, parameters, token, host, at: Date.now() });
    return this.#parts.faults.take(method);
  }

  async #call(exchange: Exchange, method: string): Promise<void> {
    const { request, response, body, url } = exchange;
    const type = request.headers['content-type'] ?? '';
    const parameters = await readParameters(body, type, url.searchParams);
    const token = exchange.token ?? text(parameters, 'token');
    const fault = this.#note({ ...exchange, token }, method, parameters);
    if (fault !== undefined && refuseEarly(response, fault)) return;
    const { network, sockets, onSettled } = this.#parts;
    const answer = callMethod(method, parameters, { network, sockets, token, host: this.host });
    onSettled();
    answerLate(response, fault, { ok: true, ...answer });
  }

  /** Without a token that may see the file Slack shows its login page, after a redirect. */
  #serveFile(exchange: Exchange): void {
    const { response, url, token } = exchange;
    const fault = this.#note(exchange, 'file', { path: url.pathname });
    if (fault !== undefined && refuseEarly(response, fault)) return;
    const { network } = this.#parts;
    const id = /^\/files-pri\/T\w+-(F\w+)\//u.exec(url.pathname)?.[1] ?? '';
    const file = network.files.get(id);
    const bot = network.bots.find((known) => known.token === token);
    const isKnown = bot !== undefined && !network.revoked.has(bot.token);
    if (!isKnown || file?.teamId !== bot.workspace.id) {
      response.writeHead(302, { location: `${url.origin}/?redir=${url.pathname}` }).end();
      return;
    }
    // Chunked on purpose: a client must count bytes itself rather than trust a header.
    response.writeHead(200, { 'content-type': file.mimeType ?? 'application/octet-stream' });
    if (fault === undefined) response.end(file.bytes);
    else response.write(file.bytes.slice(0, file.bytes.length / 2), () => response.destroy());
  }

  async #takeUpload(exchange: Exchange): Promise<void> {
    const { request, response, url } = exchange;
    const body = await uploaded(exchange.body, request.headers['content-type'] ?? '');
    const fault = this.#note(exchange, 'upload', { path: url.pathname, bytes: body.length });
    if (fault !== undefined && refuseEarly(response, fault)) return;
    const id = url.pathname.split('/').at(-1) ?? '';
    const file = this.#parts.network.files.get(id);
    if (file?.expected === undefined || file.expected !== body.length) {
      response.writeHead(400).end('bad upload');
      return;
    }
    this.#parts.network.files.set(id, { ...file, bytes: body });
    if (fault === 'accept-then-reset') response.destroy();
    else if (fault !== 'accept-then-hang') response.writeHead(200).end(`OK - ${body.length}`);
  }
}
