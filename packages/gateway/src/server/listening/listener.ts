/**
 * A listening socket that speaks HTTP, in the clear or over TLS, with every time it gives to those
 * who have not proved anything.
 *
 * @module
 */
import type { RequestListener, Server } from 'node:http';
import { createServer as createHttpsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import { PortcullisError } from '@portcullis/core';
import { LIMITS } from '@portcullis/protocol';

import type { TlsIdentity } from '../../exposure/tls/identity.ts';
import { Strangers } from './strangers.ts';

// Imported, this module of Node brings its client for `fetch` along: a tenth of every start.
const { createServer: createHttpServer } = process.getBuiltinModule('node:http');

/** Time to send headers, whole requests, and between requests; and how often it is looked at. */
const HTTP_TIMES = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5000,
  connectionsCheckingInterval: 2000,
};

const HTTP_SIZES = { maxHeaderSize: 16_384, requireHostHeader: false };

/** Headers of one request, and requests of one connection. */
const MAX_HEADERS = 100;
const MAX_REQUESTS = 1000;

/** Time for the TLS handshake. */
const TLS_HANDSHAKE_MS = 10_000;

/** Connections that wait to be accepted. */
const BACKLOG = 1024;

/** Answers requests and upgrades. */
export interface Answering {
  readonly request: RequestListener;
  readonly upgrade: (...args: UpgradeArguments) => void;
}

type UpgradeArguments = [
  request: Parameters<RequestListener>[0],
  stream: import('node:stream').Duplex,
  head: Buffer,
];

/** A listening socket. */
export class Listener {
  readonly server: Server | TlsServer;
  readonly strangers: Strangers;
  #stopFollowing: (() => void) | undefined;

  /** All listeners of a server share its `strangers`. */
  constructor(
    answering: Answering,
    strangers: Strangers,
    options: { readonly tls?: TlsIdentity | undefined } = {},
  ) {
    this.strangers = strangers;
    this.server = this.#make(answering.request, options.tls);
    // More can never be open at once; each kind has a bound of its own that is met earlier.
    this.server.maxConnections = LIMITS.connections + LIMITS.strangers;
    this.server.maxHeadersCount = MAX_HEADERS;
    this.server.maxRequestsPerSocket = MAX_REQUESTS;
    this.server.on('connection', (socket: Socket) => strangers.admit(socket));
    this.server.on('upgrade', answering.upgrade);
  }

  #make(request: RequestListener, tls: TlsIdentity | undefined): Server | TlsServer {
    if (tls === undefined) return createHttpServer({ ...HTTP_TIMES, ...HTTP_SIZES }, request);
    const server = createHttpsServer(
      {
        ...HTTP_TIMES,
        ...HTTP_SIZES,
        ...tls.material(),
        handshakeTimeout: TLS_HANDSHAKE_MS,
        minVersion: 'TLSv1.2',
        requestCert: tls.asksClients,
        // Judged below: programs of this machine need no certificate.
        rejectUnauthorized: false,
      },
      request,
    );
    server.on('secureConnection', (socket: TLSSocket) => {
      if (tls.asksClients && !socket.authorized && !isThisMachine(socket)) socket.destroy();
    });
    server.on('tlsClientError', (_error, socket: TLSSocket) => socket.destroy());
    this.#stopFollowing = tls.onChange(() => server.setSecureContext(tls.material()));
    return server;
  }

  /**
   * Listens.
   *
   * Rejects with `gateway.port_in_use`, `gateway.port_forbidden` or `gateway.address_unavailable`.
   */
  listen(host: string, port: number): Promise<AddressInfo> {
    const { server } = this;
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException): void => reject(listenError(error, host, port));
      server.once('error', fail);
      server.listen({ host, port, backlog: BACKLOG }, () => {
        server.off('error', fail);
        const address = server.address();
        if (typeof address === 'object' && address !== null) resolve(address);
      });
    });
  }

  /** Stops listening; resolves when every connection has ended. */
  close(): Promise<void> {
    this.#stopFollowing?.();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    return closed;
  }
}

function isThisMachine({ remoteAddress = '' }: Socket): boolean {
  const address = remoteAddress.replace(/^::ffff:/u, '');
  return address === '::1' || address.startsWith('127.');
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const at = `${host}:${String(port)}`;
  const cause = { cause: error };
  switch (error.code) {
    case 'EADDRINUSE':
      return new PortcullisError('gateway.port_in_use', `Something listens on ${at} already.`, {
        hint: 'Stop it, or choose another port: openclaw gateway run --port <port>',
        ...cause,
      });
    case 'EACCES':
      return new PortcullisError('gateway.port_forbidden', `This user may not listen on ${at}.`, {
        hint: 'Choose a port above 1023: gateway.port',
        ...cause,
      });
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
      return new PortcullisError(
        'gateway.address_unavailable',
        `${host} is no address of this machine.`,
        { hint: 'Look at gateway.bind and gateway.customBindHost.', ...cause },
      );
    default:
      return error;
  }
}
