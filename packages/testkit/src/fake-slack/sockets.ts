/**
 * Socket Mode: tickets, greetings, pings, envelopes, and every way a connection ends.
 *
 * @module
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { FakeSlackSockets } from './controls.ts';
import type { Courier, EnvelopeSink } from './courier.ts';
import type { Faults } from './faults.ts';
import type { FakeSlackApp } from './records.ts';

/** A connection whose end was announced is closed this much later, milliseconds. */
const FAREWELL_MS = 300;

class Connection implements EnvelopeSink {
  readonly appId: string;
  readonly #socket: WebSocket;
  readonly #ping: NodeJS.Timeout;
  #isStalled = false;

  constructor(socket: WebSocket, app: FakeSlackApp, pingMs: number) {
    this.#socket = socket;
    this.appId = app.id;
    this.#ping = setInterval(() => {
      if (!this.#isStalled) socket.ping(`Ping from slack (${Date.now()})`);
    }, pingMs);
    socket.once('close', () => clearInterval(this.#ping));
    socket.on('error', () => undefined);
  }

  send(envelope: object): void {
    if (!this.#isStalled && this.#socket.readyState === this.#socket.OPEN) {
      this.#socket.send(JSON.stringify(envelope));
    }
  }

  cut(): void {
    // A paused socket would not notice its own end.
    this.#socket.resume();
    this.#socket.terminate();
  }

  /** Announces the end, and closes a moment later. */
  farewell(reason: string): void {
    this.send({ type: 'disconnect', reason, debug_info: { host: 'applink-1' } });
    const closing = setTimeout(() => this.#socket.close(1000), FAREWELL_MS);
    this.#socket.once('close', () => clearTimeout(closing));
  }

  stall(): void {
    this.#isStalled = true;
    this.#socket.pause();
  }
}

function parse(data: RawData): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(String(data));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The connections of every app. */
export class Sockets implements FakeSlackSockets {
  made = 0;
  readonly #courierOf: (appId: string) => Courier;
  readonly #faults: Faults;
  readonly #pingMs: number;
  readonly #changed: () => void;
  readonly #tickets: Map<string, FakeSlackApp> = new Map();
  readonly #connections: Set<Connection> = new Set();
  readonly #unanswered: Set<Duplex> = new Set();

  constructor(
    courierOf: (appId: string) => Courier,
    faults: Faults,
    pingMs: number,
    changed: () => void,
  ) {
    this.#courierOf = courierOf;
    this.#faults = faults;
    this.#pingMs = pingMs;
    this.#changed = changed;
  }

  get open(): number {
    return this.#connections.size;
  }

  /** A ticket for one connection, as part of its address. */
  ticket(app: FakeSlackApp): string {
    const ticket = randomBytes(16).toString('hex');
    this.#tickets.set(ticket, app);
    return `/link/?ticket=${ticket}&app_id=${app.id}`;
  }

  /** Serves the upgrades of an HTTP server. */
  serve(server: Server): void {
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      const fault = this.#faults.take('socket');
      if (fault === 'hang') return void this.#unanswered.add(socket);
      if (fault !== undefined) {
        socket.destroy();
        return;
      }
      const url = new URL(request.url ?? '/', 'ws://127.0.0.1');
      const ticket = url.searchParams.get('ticket') ?? '';
      const app = this.#tickets.get(ticket);
      // A ticket is for one connection.
      this.#tickets.delete(ticket);
      if (app === undefined || url.pathname !== '/link/') {
        socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
        return;
      }
      sockets.handleUpgrade(request, socket, head, (client) => this.#accept(client, app));
    });
  }

  #accept(socket: WebSocket, app: FakeSlackApp): void {
    const connection = new Connection(socket, app, this.#pingMs);
    const courier = this.#courierOf(app.id);
    this.#connections.add(connection);
    this.made += 1;
    socket.on('message', (data) => {
      const frame = parse(data);
      if (frame !== undefined) courier.acknowledge(frame['envelope_id'], frame['payload']);
    });
    socket.once('close', () => {
      this.#connections.delete(connection);
      courier.lost(connection);
      this.#changed();
    });
    connection.send({
      type: 'hello',
      num_connections: this.#connections.size,
      debug_info: { host: `applink-${randomUUID()}`, approximate_connection_time: 18_060 },
      connection_info: { app_id: app.id },
    });
    courier.connected(connection);
    this.#changed();
  }

  drop(): void {
    for (const connection of this.#connections) connection.cut();
    for (const socket of this.#unanswered) socket.destroy();
    this.#unanswered.clear();
  }

  refresh(): void {
    this.#end('refresh_requested');
  }

  disable(): void {
    this.#end('link_disabled');
  }

  stall(): void {
    for (const connection of this.#connections) connection.stall();
  }

  /** Ends the connections of one app. */
  end(appId: string): void {
    for (const connection of this.#connections) {
      if (connection.appId === appId) connection.cut();
    }
  }

  #end(reason: string): void {
    for (const connection of this.#connections) {
      this.#courierOf(connection.appId).retired(connection);
      connection.farewell(reason);
    }
  }
}
