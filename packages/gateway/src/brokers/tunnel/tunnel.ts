/**
 * The way out of one sandboxed command: a proxy on a socket of its own, behind which every
 * connection takes the way of any other effect. It is decided by the rules of the network and the
 * information flow, asked about once where a person has to be asked, written down, looked up once
 * and connected to an address that was looked at.
 *
 * What goes through a `CONNECT` is encrypted for its server and is not looked into. That is why each
 * such connection is judged as one that writes.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

import { type Decision, PortcullisError } from '@portcullis/core';
import { type NetInput, classifyAddress } from '@portcullis/policy/network';

import type { Kernel } from '../../kernel.ts';
import type { EffectGate } from '../effect.ts';
import { openConnection } from '../net/connection.ts';
import { type Resolve, addressesOf } from '../net/resolve.ts';
import { decideFor } from '../net/rules.ts';
import { Allowance } from './allowance.ts';
import { type Hop, forwardedHeaders, hasBody } from './headers.ts';
import { type TunnelTarget, absoluteTarget, connectTarget, isListed } from './target.ts';

// Imported, this module of Node brings its client for `fetch` along: a tenth of every start.
const { createServer, request: httpRequest } = process.getBuiltinModule('node:http');

/** What a way out stands on. */
export interface TunnelPlace {
  readonly kernel: Kernel;
  readonly gate: EffectGate;
  readonly resolve: Resolve;
  /** Hosts that the operator lets commands tell anything. */
  readonly hosts: readonly string[];
  readonly ports: readonly number[];
}

const LOOKUP_MS = 30_000;

/** The way out of one command. */
export class Tunnel {
  readonly #place: TunnelPlace;
  readonly #server: Server;
  readonly #folder: string;
  readonly #allowance = new Allowance();
  readonly #sockets = new Set<Duplex>();
  readonly #closed = new AbortController();
  /** What a person allowed this command. */
  readonly #given = new Set<string>();
  /** Connections to one server are decided one after the other, so that one of them asks for all. */
  readonly #deciding = new Map<string, Promise<void>>();

  private constructor(place: TunnelPlace, folder: string) {
    this.#place = place;
    this.#folder = folder;
    this.#server = createServer({ maxHeaderSize: 32_768, insecureHTTPParser: false });
    this.#server.on('connection', (socket: Socket) => this.#keep(socket));
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#connect(request, socket, head);
    });
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#request(request, response);
    });
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** Opens a way out. Close it when the command has ended. */
  static async open(place: TunnelPlace): Promise<Tunnel> {
    const tunnel = new Tunnel(place, await mkdtemp(join(tmpdir(), 'portcullis-')));
    await new Promise<void>((resolve, reject) => {
      tunnel.#server.once('error', reject).listen(tunnel.socket, resolve);
    });
    return tunnel;
  }

  /** Path of the socket. */
  get socket(): string {
    return join(this.#folder, 'proxy');
  }

  /** Ends every connection and removes the socket. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #keep(socket: Duplex): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
    if (this.#closed.signal.aborted) socket.destroy();
  }

  async #connect({ url = '' }: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      const target = connectTarget(url);
      if (target === undefined) throw malformed();
      await this.#through(target, { method: 'CONNECT', leaves: [] }, async (outer) => {
        if (socket.destroyed) outer.destroy();
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        if (head.length > 0) socket.unshift(head);
        return await this.#allowance.join(socket, outer);
      });
    } catch (error) {
      socket.end(refusalText(error));
    }
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const target = absoluteTarget(request.url ?? '');
      if (target === undefined) throw malformed();
      const { method = 'GET' } = request;
      // What only reads is judged more kindly: it must not bring anything along.
      if (isReading(method) && hasBody(request)) throw malformed(`${method} has no body.`);
      const headers = forwardedHeaders(request, target.url.host);
      const hop: Hop = { method, leaves: Object.values(headers).flat() };
      await this.#through(target, hop, async (outer) => {
        const { pathname, search } = target.url;
        const onward = httpRequest({
          method: hop.method,
          path: `${pathname}${search}`,
          headers,
          setHost: false,
          createConnection: () => outer,
        });
        return await this.#allowance.exchange(request, onward, response);
      });
    } catch (error) {
      if (response.headersSent) response.destroy();
      else response.writeHead(403, { 'content-type': 'text/plain' }).end(sentence(error));
    }
  }

  /** One connection: decided, asked about, written down, made and used up. */
  async #through(
    target: TunnelTarget,
    { method, leaves }: Hop,
    use: (outer: Socket) => Promise<{ readonly sent: number; readonly received: number }>,
  ): Promise<void> {
    const { gate } = this.#place;
    const release = this.#allowance.admit();
    const server = `${method} ${target.host}:${String(target.port)}`;
    const { promise, resolve: decided } = Promise.withResolvers<void>();
    const before = this.#deciding.get(server);
    this.#deciding.set(server, promise);
    let asked: string | undefined;
    try {
      await before;
      await gate.perform({
        kind: 'net',
        action: 'tunnel',
        facts: { method, host: target.host.slice(0, 255), port: target.port },
        subject: { method, host: target.host, port: target.port },
        leaves: [target.url.href, ...leaves],
        decide: async () => {
          const decisions = await this.#decisions(target, method);
          const question = decisions.find(({ effect }) => effect === 'ask');
          asked = question === undefined ? undefined : questionKey(server, question);
          return decisions.map((each) =>
            this.#given.has(questionKey(server, each)) ? APPROVED : each,
          );
        },
        act: async () => {
          // A person's answer holds for this server and this command, not for the next one.
          if (asked !== undefined) this.#given.add(asked);
          decided();
          const outer = await this.#dial(target);
          this.#keep(outer);
          return await use(outer);
        },
        outcome: ({ sent, received }) => ({ sent, received }),
      });
    } finally {
      decided();
      release();
    }
  }

  async #decisions(target: TunnelTarget, method: string): Promise<readonly Decision[]> {
    const { gate, hosts, ports } = this.#place;
    const byText = this.#decide(target);
    // Nothing but a look-up is missing: the addresses are decided before the connection.
    const known = byText.code === 'net.dns.unresolved' ? [] : [byText];
    const port = ports.includes(target.port) ? [] : [NO_PORT];
    if (isListed(target, hosts)) return [...port, ...known, LISTED];
    const { href: url } = target.url;
    const flow = await gate.site.flow.decide(
      isReading(method) ? { kind: 'web.read', url } : { kind: 'web.write', url },
    );
    return [...port, ...known, flow];
  }

  #decide({ url }: TunnelTarget, more: Partial<NetInput> = {}): Decision {
    const { kernel, gate } = this.#place;
    const input: NetInput = { tool: 'web_fetch', url: url.href, hop: 0, ...more };
    return decideFor(kernel.config().value, gate.site.run.agentId, input);
  }

  async #dial(target: TunnelTarget): Promise<Socket> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(LOOKUP_MS)]);
    const { host, port } = target;
    const resolved =
      classifyAddress(host) === undefined
        ? await addressesOf(this.#place.resolve, host, signal)
        : [host];
    const check = (connectIp?: string): void => {
      const decision = this.#decide(target, {
        resolved,
        ...(connectIp === undefined ? {} : { connectIp }),
      });
      if (decision.effect !== 'allow') throw new PortcullisError(decision.code, decision.reason);
    };
    check();
    // What is encrypted is so between the program and the server: here it is a plain connection.
    const at = new URL(`http://${target.url.hostname}:${String(port)}/`);
    return await openConnection({ url: at, addresses: resolved, check }, signal);
  }
}

const LISTED: Decision = {
  effect: 'allow',
  code: 'sandbox.host_listed',
  path: 'agents.defaults.sandbox.networkHosts',
  reason: 'The operator lets commands tell this server anything.',
};

const APPROVED: Decision = {
  effect: 'allow',
  code: 'sandbox.host_approved',
  path: '<approval>',
  reason: 'An approver let this command reach this server.',
};

/** What is asked about a server, of a session that has seen so much. */
function questionKey(server: string, { code, value }: Decision): string {
  return JSON.stringify([server, code, value]);
}

const NO_PORT: Decision = {
  effect: 'deny',
  code: 'net.port.not_listed',
  path: 'agents.defaults.sandbox.networkPorts',
  reason: 'The sandbox does not reach this port.',
};

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function malformed(
  message = 'The proxy takes CONNECT and absolute http addresses.',
): PortcullisError {
  return new PortcullisError('net.request', message, {
    hint: 'Use HTTP_PROXY and HTTPS_PROXY as they are set.',
  });
}

function sentence(error: unknown): string {
  return PortcullisError.is(error)
    ? `${error.message} [${error.code}]\n`
    : 'The connection failed.\n';
}

function refusalText(error: unknown): string {
  const body = sentence(error);
  const size = String(Buffer.byteLength(body));
  return `HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\ncontent-length: ${size}\r\nconnection: close\r\n\r\n${body}`;
}
