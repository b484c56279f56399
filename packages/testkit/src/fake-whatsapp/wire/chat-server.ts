/**
 * The plain WebSocket port of the fake.
 *
 * @module
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { stop } from '../../fake-model/loopback.ts';
import type { ServerIdentity } from './certificates.ts';
import { Connection, type ConnectionHandlers } from './connection.ts';
import type { WhatsAppRequest } from '../records.ts';

/** Listens on one port of 127.0.0.1 for as long as the fake lives. */
export class ChatServer {
  readonly #identity: () => ServerIdentity;
  readonly #handlers: ConnectionHandlers;
  readonly #onRequest: (request: WhatsAppRequest) => void;
  readonly #connections: Set<Connection> = new Set();
  #server: Server | undefined;
  #port = 0;

  constructor(
    identity: () => ServerIdentity,
    handlers: ConnectionHandlers,
    onRequest: (request: WhatsAppRequest) => void,
  ) {
    this.#identity = identity;
    this.#handlers = handlers;
    this.#onRequest = onRequest;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens, on the port of the first time. */
  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((request, response) => {
      // Whoever asks here was led astray by an address in a message.
      const { method = '', url: path = '', headers } = request;
      this.#onRequest({ method, host: headers.host ?? '', path, server: 'other' });
      response.end('not for you');
    });
    const sockets = new WebSocketServer({ server, path: '/ws/chat' });
    sockets.on('connection', (socket) => {
      const closed = (connection: Connection) => {
        this.#connections.delete(connection);
        this.#handlers.closed(connection);
      };
      const handlers = { ...this.#handlers, closed };
      this.#connections.add(new Connection(socket, this.#identity(), handlers));
    });
    await new Promise<void>((resolve) => {
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Does something to every connection. */
  each(act: (connection: Connection) => void): void {
    for (const connection of this.#connections) act(connection);
  }

  /** Cuts everything and listens no more. */
  async stop(): Promise<void> {
    this.each((connection) => connection.cut());
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await stop(server);
  }
}
