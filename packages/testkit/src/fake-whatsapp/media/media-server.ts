/**
 * The media host: files in and out, over TLS with a certificate of its own.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { sendJson } from '../../fake-model/loopback.ts';
import type { Faults } from '../faults.ts';
import type { MediaStore } from './media-store.ts';
import type { WhatsAppRequest } from '../records.ts';
import { type Certificate, selfSigned } from './x509.ts';

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Serves files on one port of 127.0.0.1. */
export class MediaServer {
  readonly store: MediaStore;
  readonly #faults: Faults;
  readonly #onRequest: (request: WhatsAppRequest) => void;
  readonly #certificate: Certificate = selfSigned();
  #server: Server | undefined;
  #port = 0;

  constructor(store: MediaStore, faults: Faults, onRequest: (request: WhatsAppRequest) => void) {
    this.store = store;
    this.#faults = faults;
    this.#onRequest = onRequest;
  }

  /** Host and port. */
  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** The certificate shown. */
  get caPem(): string {
    return this.#certificate.cert;
  }

  /** Listens, on the port of the first time. */
  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer(this.#certificate, (request, response) => {
      void this.#serve(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => {
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Cuts everything and listens no more. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    this.#onRequest({ method, host: headers.host ?? '', path, server: 'media' });
    const body = await bytesOf(request);
    const fault = this.#faults.take(method === 'POST' ? 'upload' : 'download');
    if (fault === 'hang') return;
    if (fault === 'reset') return void request.socket.destroy();
    if (typeof fault === 'object' && 'error' in fault) {
      return sendJson(response, fault.error, { error: fault.error });
    }
    if (typeof fault === 'object') {
      return void response.writeHead(302, { location: fault.redirect }).end();
    }
    if (method === 'POST' && path.startsWith('/mms/')) {
      const { url, directPath: direct_path } = this.store.keep(body);
      if (fault === 'accept-then-reset') return void request.socket.destroy();
      if (fault === 'accept-then-hang') return;
      return sendJson(response, 200, { url, direct_path });
    }
    const file = method === 'GET' ? this.store.at(path) : undefined;
    if (file === undefined) return sendJson(response, 404, { error: 404 });
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    response.end(file);
  }
}
