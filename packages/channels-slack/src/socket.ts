/**
 * Socket Mode: one connection after another, kept by us.
 *
 * Slack's client makes and watches a connection. It does not make the next one: when Slack refuses
 * that, the client throws into nothing and ends the process.
 *
 * @module
 */
import type { Socket } from 'node:net';
import { Backoff, type Health, isLoopbackUrl, pause } from '@portcullis/channel-kit';
import type { Logger, Secret } from '@portcullis/core';
import type { SocketModeClient } from '@slack/socket-mode';
import { deafLogger, type Timings, type WebApi } from './api.ts';
import { type CallFailure, isFatal, sentenceOf, toCallFailure, unauthorized } from './errors.ts';
import { field, textField } from './fields.ts';
import { nameOf } from './parse-event.ts';
import { type Delivery, doorFor } from './receiver.ts';

/** What a connection needs. */
export interface SocketParts {
  readonly api: WebApi;
  readonly appToken: Secret;
  readonly health: Health;
  readonly log: Logger;
  readonly timings: Timings;
  /** What an acknowledgement carries. */
  readonly answer: (body: unknown) => Record<string, unknown>;
}

/** Why a connection is not the one that serves any more. */
type End =
  | { readonly kind: 'stopped' }
  /** Slack is about to close it; until then it still takes acknowledgements. */
  | { readonly kind: 'retiring' }
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'failed'; readonly failure: CallFailure };

/** How long acknowledgements and the goodbye may take when the channel stops, milliseconds. */
const FAREWELL_MS = 300;

interface SlackEvent extends Delivery {
  readonly ack: (response?: Record<string, unknown>) => Promise<void>;
  readonly type: string;
  readonly retry_num?: number;
  readonly retry_reason?: string;
}

function parseFrame(data: unknown): unknown {
  try {
    return typeof data === 'string' ? JSON.parse(data) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the client can read a frame. One that it cannot read would end the process. */
function isReadable(frame: unknown): boolean {
  const type = textField(frame, 'type');
  if (type === undefined) return false;
  const payload = field(frame, 'payload');
  return type !== 'events_api' || textField(field(payload, 'event'), 'type') !== undefined;
}

/**
 * Whether a socket may lead there: whoever is at its other end can tell us anything in Slack's name.
 * Of Slack its own hosts, of a server on this machine this machine.
 *
 * @param address With the scheme of its handshake, http or https.
 */
export function mayConnect(address: string, apiUrl: string): boolean {
  if (!URL.canParse(address)) return false;
  const [url, api] = [new URL(address), new URL(apiUrl)];
  if (isLoopbackUrl(api)) return isLoopbackUrl(url);
  if (url.protocol !== 'https:') return false;
  return api.hostname !== 'slack.com' || url.hostname.endsWith('.slack.com');
}

/** One connection to Slack. */
class Connection {
  readonly #parts: SocketParts;
  readonly #signal: AbortSignal;
  readonly #sockets: Set<Socket> = new Set();
  readonly #underway: Set<Promise<void>> = new Set();
  readonly #ended: PromiseWithResolvers<End> = Promise.withResolvers();
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers();
  #client: SocketModeClient | undefined;
  readonly #gone: AbortController = new AbortController();
  #destroy: () => void = () => undefined;

  constructor(parts: SocketParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** Connects and serves. Resolves with why it does no longer. */
  async serve(): Promise<End> {
    const { timings, health, log } = this.#parts;
    const stop = () => this.#ended.resolve({ kind: 'stopped' });
    if (this.#signal.aborted) return { kind: 'stopped' };
    this.#signal.addEventListener('abort', stop, { once: true });
    const late = setTimeout(() => {
      this.#ended.resolve({ kind: 'lost', why: 'Slack did not say hello in time.' });
    }, timings.helloMs);
    try {
      const client = await this.#makeClient();
      client.start().then(
        () => {
          clearTimeout(late);
          health.contact();
          log.info({}, 'Receiving Slack events over a socket.');
        },
        (error: unknown) => {
          this.#ended.resolve({ kind: 'failed', failure: toCallFailure(error) });
        },
      );
      return await this.#ended.promise;
    } finally {
      clearTimeout(late);
      this.#signal.removeEventListener('abort', stop);
    }
  }

  /** Lets Slack close a connection it has announced to close, and acknowledgements still go out. */
  async fade(ms: number): Promise<void> {
    const stop = new AbortController();
    await Promise.race([
      this.#closed.promise,
      pause(ms, AbortSignal.any([this.#signal, stop.signal])),
    ]);
    stop.abort();
    await this.close();
  }

  /** Says goodbye, and leaves neither a socket nor a timer. */
  async close(): Promise<void> {
    const stop = new AbortController();
    const farewell = pause(FAREWELL_MS, stop.signal);
    await Promise.race([Promise.allSettled(this.#underway), farewell]);
    this.#gone.abort();
    void this.#client?.disconnect().catch(() => undefined);
    await Promise.race([this.#closed.promise, farewell]);
    stop.abort();
    this.#destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #makeClient(): Promise<SocketModeClient> {
    const { api, appToken, timings, health } = this.#parts;
    const { SocketModeClient: Client } = await import('@slack/socket-mode');
    const retires = () => this.#ended.resolve({ kind: 'retiring' });
    const isOff = () => {
      const why = "Socket Mode is switched off in the app's settings at Slack.";
      this.#ended.resolve({ kind: 'lost', why });
    };
    class CarefulClient extends Client {
      protected override async onWebSocketMessage(data: string, isBinary: boolean): Promise<void> {
        health.contact();
        const frame = parseFrame(data);
        if (!isReadable(frame)) return;
        if (field(frame, 'type') !== 'disconnect') {
          return await super.onWebSocketMessage(data, isBinary);
        }
        // The client would close at once, and what is under way could not be acknowledged.
        if (field(frame, 'reason') === 'link_disabled') isOff();
        else retires();
      }
    }
    const client = new CarefulClient({
      appToken: appToken.reveal(),
      autoReconnectEnabled: false,
      clientPingTimeout: timings.pongMs,
      serverPingTimeout: 2 * timings.pongMs,
      clientOptions: {
        ...api.clientOptions,
        // An address that comes after the end would open a socket nobody knows of.
        fetch: (url, init) => api.clientOptions.fetch(url, { ...init, signal: this.#gone.signal }),
      },
      logger: await deafLogger(),
      dispatcher: await this.#makeDispatcher(),
    });
    client.on('slack_event', (event: SlackEvent) => this.#take(event));
    client.on('disconnected', () => {
      this.#closed.resolve();
      this.#ended.resolve({ kind: 'lost', why: 'The socket to Slack was lost.' });
    });
    this.#client = client;
    return client;
  }

  /** Keeps hold of the raw socket: the client waits 30 seconds for a peer that does not answer. */
  async #makeDispatcher() {
    const { Agent, buildConnector } = await import('undici');
    const { api, timings } = this.#parts;
    const connect = buildConnector({ allowH2: false, timeout: timings.helloMs });
    const agent = new Agent({
      connect: (options, callback) => {
        if (!mayConnect(`${options.protocol}//${options.host ?? options.hostname}`, api.url)) {
          const why = 'Slack named an address for the socket that is not one of its own.';
          this.#ended.resolve({ kind: 'lost', why });
          callback(new Error(why), null);
          return;
        }
        connect(options, (...result) => {
          const [, socket] = result;
          if (socket !== null) this.#sockets.add(socket);
          callback(...result);
        });
      },
    });
    this.#destroy = () => void agent.destroy().catch(() => undefined);
    return agent;
  }

  #take(event: SlackEvent): void {
    if (this.#signal.aborted) return;
    const work: Promise<void> = this.#store(event).finally(() => this.#underway.delete(work));
    this.#underway.add(work);
  }

  /** Acknowledges after the event was stored. Without that Slack delivers it again. */
  async #store({ body, ack, retry_num, retry_reason }: SlackEvent): Promise<void> {
    const { appToken, log, answer } = this.#parts;
    const door = doorFor(appToken, body);
    if (door === undefined) {
      log.warn({ kind: nameOf(body) }, 'Slack told of a workspace that no account is for.');
      return;
    }
    try {
      await door.take({ body, retryNum: retry_num, retryReason: retry_reason });
      await ack(answer(body));
    } catch {
      log.warn({ kind: nameOf(body) }, 'An event was not acknowledged; Slack delivers it again.');
    }
  }
}

/**
 * Listens until `signal` aborts. Rejects with `slack.unauthorized` when Slack refuses the app token
 * for good.
 */
export async function listen(parts: SocketParts, signal: AbortSignal): Promise<void> {
  const { health, log, timings } = parts;
  const { backoffMinMs: minMs, backoffMaxMs: maxMs, helloMs } = timings;
  const backoff = new Backoff({ minMs, maxMs });
  const fading = new Set<Promise<void>>();
  while (!signal.aborted) {
    const since = performance.now();
    const connection = new Connection(parts, signal);
    const end = await connection.serve();
    const lasted = performance.now() - since > minMs;
    if (lasted && end.kind !== 'failed') backoff.reset();
    if (end.kind === 'retiring' && lasted) {
      const gone: Promise<void> = connection.fade(helloMs).finally(() => fading.delete(gone));
      fading.add(gone);
      continue;
    }
    await connection.close();
    if (signal.aborted) break;
    if (end.kind === 'failed' && isFatal(end.failure)) {
      await Promise.all(fading);
      throw unauthorized(end.failure);
    }
    const why = sentenceFor(end);
    const waitMs = pauseAfter(end, backoff);
    health.lost(why);
    log.warn({ why, waitMs, faults: backoff.faults }, 'The socket to Slack ended.');
    await pause(waitMs, signal);
  }
  await Promise.all(fading);
}

function sentenceFor(end: End): string {
  if (end.kind === 'failed') return sentenceOf(end.failure);
  return end.kind === 'lost' ? end.why : 'Slack asked to connect again.';
}

function pauseAfter(end: End, backoff: Backoff): number {
  const usual = backoff.next();
  const isLimited = end.kind === 'failed' && end.failure.kind === 'limited';
  return isLimited ? Math.max(usual, end.failure.retryAfterMs) : usual;
}
