/**
 * The control plane on one port: WebSocket for operators, HTTP for probes, page and webhooks.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';

import type { Logger } from '@portcullis/core';
import { CLOSE, type ConnectParams, LIMITS, type PresenceEntry } from '@portcullis/protocol';

import type { Tailnet } from '../exposure/tailscale/tailnet.ts';
import type { TlsIdentity } from '../exposure/tls/identity.ts';
import type { Caller, GatewayNotice, Services } from '../services.ts';
import { Answers } from './answers.ts';
import type { Secrets } from '../config/index.ts';
import { Assets } from './http/assets.ts';
import { Busy } from './http/busy.ts';
import { Metrics } from './http/metrics/metrics.ts';
import { basePathOf } from './http/page.ts';
import { NamedTokens } from './http/tokens.ts';
import { introductionOf, nodeLinkOf } from './node-link.ts';
import { Authority, type Door } from './authority.ts';
import { Broadcaster } from './broadcast.ts';
import { closeSocket, Connection } from './connection.ts';
import { grantOf } from './devices/record.ts';
import { DeviceRegistry } from './devices/registry.ts';
import { encodeError, encodeResult } from './frames.ts';
import { helloOk } from './handshake/hello.ts';
import { type Admitted, asBuffer, type GuestOptions } from './handshake/guest.ts';
import type { PairedNow } from './handshake/outcome.ts';
import { knownScopes } from './methods/devices/authority.ts';
import { handleHttp } from './http/http.ts';
import { type Answering, Listener } from './listening/listener.ts';
import { Pace } from './listening/pace.ts';
import { Strangers } from './listening/strangers.ts';
import { openTailscaleDoor } from './listening/tailscale-door.ts';
import { HealthWatch } from './health-watch.ts';
import { healthSnapshot } from './methods/health.ts';
import type { Plane } from './plane.ts';
import { presenceOf, selfPresence } from './presence.ts';
import { cutSlowest } from './slow-consumers.ts';
import { closeIfRevoked, handleFrame, type LoopContext } from './session-loop.ts';
import { Entrance } from './handshake/entrance.ts';
import type { Route } from './http/webhook.ts';

/** How to serve the control plane. */
export interface ServerOptions {
  readonly services: Services;
  /** Address to listen on. */
  readonly host: string;
  /** Port to listen on; 0 takes a free one. */
  readonly port: number;
  /**
   * The config policy decides by, with `gateway.auth.token` and `.password` resolved to text. Must
   * return the same object until something changes. Default: the value of the config in force.
   */
  readonly policyConfig?: () => unknown;
  /** Resolves the secrets of `gateway.http.tokens`. Without it none of them lets anybody in. */
  readonly secrets?: Pick<Secrets, 'resolve'> | undefined;
  /** The key of the state directory, for commands of this machine. Default: none. */
  readonly stateKey?: string | undefined;
  /** The webhook of `POST <path>` below `/channels/`. Default: none. */
  readonly route?: (path: string) => Route | undefined;
  /** Directory of the built Control UI. Without it no page is served. */
  readonly controlUi?: string | undefined;
  /** The tailnet the gateway is published in: opens a second port, for tailscaled alone. */
  readonly tailnet?: Tailnet | undefined;
  /** The certificate to show. Without it the port speaks in the clear. */
  readonly tls?: TlsIdentity | undefined;
  /** What is not ready yet, for `/ready`. Default: nothing. */
  readonly failing?: () => readonly string[];
  readonly log?: Logger;
  /** Between two `tick` events. Default 30,000 ms. */
  readonly tickIntervalMs?: number;
  /** Between two looks at whether the health is another. Default 1000 ms. */
  readonly healthLookMs?: number;
  /** From upgrade to hello-ok. Default 15,000 ms. */
  readonly handshakeMs?: number;
}

/** A serving control plane. */
export interface Server {
  readonly port: number;
  readonly address: string;
  /** The port of this machine that is for tailscaled alone, where there is a tailnet. */
  readonly tailnetPort: number | undefined;
  /** Connections that have authenticated. */
  readonly connections: number;
  /**
   * Tells every client, closes every socket with 1012 and stops listening. Resolves after at most
   * `budgetMs`.
   */
  close(budgetMs?: number): Promise<void>;
}

const HEALTH_INTERVAL_MS = 60_000;

/** How soon another state of health is told. */
const HEALTH_LOOK_MS = 1000;

/** How soon changed credentials close a connection that is silent. */
const REVOCATION_INTERVAL_MS = 500;

/** How soon memory that waits for slow clients is looked at. */
const SLOW_INTERVAL_MS = 1000;

class ControlPlane implements Plane {
  readonly services: Services;
  readonly devices: DeviceRegistry;
  readonly answers: Answers = new Answers();
  readonly authority: Authority;
  readonly connections: Set<Connection> = new Set();
  readonly broadcaster: Broadcaster;
  readonly announce: Plane['announce'];
  /** What handshakes read and tell. */
  readonly witness: GuestOptions['facts'];
  readonly #loop: LoopContext;
  readonly #bootId: string = randomUUID();
  readonly #tickIntervalMs: number;

  constructor(services: Services, devices: DeviceRegistry, authority: Authority, tickMs: number) {
    this.services = services;
    this.devices = devices;
    this.authority = authority;
    this.#tickIntervalMs = tickMs;
    this.broadcaster = new Broadcaster(services, this.connections);
    this.announce = (event, payload) => this.broadcaster.emit(event, payload);
    this.witness = {
      devices,
      onPairingRequest: (requestId) => this.announceRequest(requestId),
      onPaired: (paired) => this.announcePaired(paired),
    };
    const load = { running: 0, waiting: 0, bytes: 0 };
    this.#loop = { plane: this, authority, devices, load };
  }

  presence(): readonly PresenceEntry[] {
    const others = [...this.connections].flatMap(({ facts }) => facts.presence ?? []);
    return [selfPresence(this.services.version, this.services.startedAt), ...others];
  }

  readonly authGeneration = (): string => this.authority.generation();

  isConnected(deviceId: string): boolean {
    return [...this.connections].some(({ facts }) => facts.deviceId === deviceId);
  }

  hasApprovers({ id }: Caller): boolean {
    return [...this.connections].some((each) => each.caller.id !== id && each.answersApprovals);
  }

  accept(notice: GatewayNotice): void {
    this.answers.clear();
    this.broadcaster.accept(notice);
    if (notice.type === 'config') this.tellHealth();
  }

  announceRequest(requestId: string): void {
    this.devices.requested(requestId).then(
      (request) => this.announce('device.pair.requested', request),
      () => undefined,
    );
  }

  /** Writes down, and tells, that a device was paired without anybody being asked now. */
  announcePaired({ deviceId, role, scopes, via, setupId }: PairedNow): void {
    const facts = { deviceId, role, scopes: knownScopes(scopes), via };
    const note = { code: 'device.paired', principal: `device:${deviceId}`, facts };
    this.services.audit.note(note).catch((error: unknown) => {
      this.services.log.error({ error }, 'audit log: a pairing could not be written');
    });
    if (setupId === undefined) return;
    const decision = 'approved';
    this.announce('device.pair.resolved', {
      requestId: setupId,
      deviceId,
      decision,
      ts: Date.now(),
    });
  }

  /** Closes every connection that policy or registry no longer carry. */
  revoke(): void {
    for (const connection of this.connections) closeIfRevoked(connection, this.#loop);
  }

  /** Turns an authenticated socket into a connection. False: there are as many as there may be. */
  admit(arrival: Admitted): boolean {
    const { socket, peer, requestId, early } = arrival;
    if (this.connections.size >= LIMITS.connections) {
      const message = 'as many clients are connected as this gateway serves';
      socket.send(encodeError(requestId, { code: 'UNAVAILABLE', message, retryable: true }));
      closeSocket(socket, CLOSE.tryLater, 'too many connections');
      return false;
    }
    // Scopes are for operators; whatever a node asked for and was given, it operates nothing.
    const isNode = arrival.grant.role === 'node';
    const grant = isNode ? { ...arrival.grant, scopes: [] } : arrival.grant;
    const { role, scopes, params, deviceId, tokenGeneration, authGeneration } = grant;
    const presence = presenceOf(params, { role, scopes, deviceId });
    const { headers: _headers, ...place } = peer;
    const connection = new Connection({
      id: randomUUID(),
      socket,
      peer: place,
      role,
      scopes,
      caps: params.caps ?? [],
      deviceId,
      tokenGeneration,
      authGeneration,
      presence,
    });
    const hello = helloOk(grant, this.services, {
      connId: connection.facts.id,
      bootId: this.#bootId,
      presence: isNode ? this.presence().slice(0, 1) : this.presence(),
      stateVersion: this.broadcaster.stateVersion,
      tickIntervalMs: this.#tickIntervalMs,
    });
    connection.send(encodeResult(requestId, JSON.stringify(hello)));
    this.connections.add(connection);
    if (isNode) this.#serve(connection, params);
    this.#attend(connection, early);
    if (presence !== undefined) this.broadcaster.emitPresence([...this.presence()]);
    return true;
  }

  /** Makes a connection that of a node. */
  #serve(connection: Connection, params: ConnectParams): void {
    const record = this.devices.find(connection.facts.deviceId ?? '');
    const grant = record === undefined ? undefined : grantOf(record, 'node');
    if (grant === undefined) {
      connection.close(CLOSE.revoked, 'device removed');
      return;
    }
    const link = nodeLinkOf(connection, grant.createdAtMs);
    connection.link = link;
    connection.onEnd(() => this.services.nodes.detach(link));
    this.services.nodes.attach(link, introductionOf(params)).catch((error: unknown) => {
      this.services.log.error({ error }, 'a node could not be served');
      connection.close(CLOSE.internal, 'internal error');
    });
  }

  #attend(connection: Connection, early: readonly Buffer[]): void {
    const { socket } = connection.facts;
    const receive = (data: Buffer): void => {
      handleFrame(connection, data, this.#loop).catch((error: unknown) => {
        this.services.log.error({ error }, 'a frame could not be handled');
        connection.close(CLOSE.internal, 'internal error');
      });
    };
    socket.on('message', (data: Buffer | ArrayBuffer | Buffer[]) => receive(asBuffer(data)));
    socket.on('error', () => closeSocket(socket, CLOSE.policy));
    socket.on('close', () => {
      connection.ended();
      this.connections.delete(connection);
      if (connection.facts.presence !== undefined) {
        this.broadcaster.emitPresence([...this.presence()]);
      }
    });
    for (const data of early) receive(data);
  }

  /** Tells how the gateway is now. */
  tellHealth(): void {
    // What was answered before says something else.
    this.answers.clear();
    healthSnapshot(this.services, false).then(
      (health) => this.broadcaster.emitHealth(health),
      (error: unknown) => this.services.log.warn({ error }, 'the health could not be told'),
    );
  }
}

function every(ms: number, work: () => void): NodeJS.Timeout {
  return setInterval(work, ms).unref();
}

async function closeAll(
  plane: ControlPlane,
  listeners: readonly Listener[],
  budgetMs: number,
  wasTold: boolean,
): Promise<void> {
  await Promise.race([plane.broadcaster.settled(), delay(budgetMs / 2)]);
  if (!wasTold) plane.broadcaster.accept({ type: 'shutdown', reason: 'gateway stopping' });
  for (const connection of plane.connections) connection.close(CLOSE.restart, 'service restart');
  plane.broadcaster.stop();
  const closed = Promise.all(listeners.map((listener) => listener.close()));
  await Promise.race([closed, delay(budgetMs)]);
  for (const { server } of listeners) server.closeAllConnections();
  for (const { facts } of plane.connections) facts.socket.terminate();
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function authorityOf(options: ServerOptions): Authority {
  const { services, policyConfig, host, tailnet, stateKey } = options;
  const config = policyConfig ?? (() => services.config().value);
  return new Authority({ config, bindHost: host, tailnet, attempts: services.attempts, stateKey });
}

/**
 * Serves the control plane.
 *
 * Rejects with `gateway.port_in_use`, `gateway.port_forbidden` or `gateway.address_unavailable`.
 *
 * @example
 * ```ts
 * const server = await createServer({ services, host: '127.0.0.1', port: 18789 });
 * await server.close();
 * ```
 */
export async function createServer(options: ServerOptions): Promise<Server> {
  const { services, log = services.log, tickIntervalMs = LIMITS.tickInterval } = options;
  const authority = authorityOf(options);
  const devices = await DeviceRegistry.of(services.store);
  const plane = new ControlPlane(services, devices, authority, tickIntervalMs);
  const state = { isOpen: true, wasTold: false };
  const strangers = new Strangers();
  const entrance = new Entrance({
    authority,
    isOpen: () => state.isOpen,
    pace: new Pace(),
    handshakeMs: options.handshakeMs ?? LIMITS.handshake,
    facts: plane.witness,
    onGrant: (arrival, stream) => {
      const isIn = plane.admit(arrival);
      if (isIn) strangers.release(stream);
      return isIn;
    },
  });
  const failing = options.failing ?? (() => []);
  const connections = (): number => plane.connections.size;
  const metrics = new Metrics({ services, failing, connections });
  const httpOptions = {
    services,
    authority,
    log,
    route: options.route ?? (() => undefined),
    assets:
      options.controlUi === undefined
        ? undefined
        : new Assets(options.controlUi, basePathOf(services)),
    failing,
    metrics,
    tokens: new NamedTokens(() => services.config(), options.secrets, log),
    busy: new Busy(),
    vouch: (socket: Socket) => strangers.release(socket),
  };
  const answering = (door: Door): Answering => ({
    request: (request, response) => void handleHttp(request, response, { ...httpOptions, door }),
    upgrade: (request, stream, head) => entrance.upgrade(request, stream, head, door),
  });
  const main = new Listener(answering('main'), strangers, { tls: options.tls });
  const { port, address } = await main.listen(options.host, options.port);
  const tailnet =
    options.tailnet &&
    (await openTailscaleDoor(answering('tailscale'), strangers, options.tailnet));
  const health = new HealthWatch(services, () => plane.tellHealth());
  const timers = [
    every(tickIntervalMs, () => void plane.broadcaster.emitGently('tick', { ts: Date.now() })),
    every(HEALTH_INTERVAL_MS, () => plane.tellHealth()),
    every(options.healthLookMs ?? HEALTH_LOOK_MS, () => health.look()),
    every(REVOCATION_INTERVAL_MS, () => plane.revoke()),
    every(SLOW_INTERVAL_MS, () => cutSlowest(plane.connections)),
  ];
  const stops = [
    services.listen((notice) => {
      if (notice.type === 'shutdown') state.wasTold = true;
      plane.accept(notice);
    }),
    devices.onChange(() => plane.revoke()),
  ];
  const listeners = tailnet === undefined ? [main] : [main, tailnet.listener];
  return {
    port,
    address,
    tailnetPort: tailnet?.port,
    get connections() {
      return plane.connections.size;
    },
    close: async (budgetMs = 2000) => {
      if (!state.isOpen) return;
      state.isOpen = false;
      for (const timer of timers) clearInterval(timer);
      for (const stop of stops) stop();
      entrance.close();
      metrics.close();
      await closeAll(plane, listeners, budgetMs, state.wasTold);
    },
  };
}
