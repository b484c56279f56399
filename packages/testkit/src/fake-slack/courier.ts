/**
 * Brings one app what happened: over a socket or by HTTP, again when it is not acknowledged.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import { post } from './http-post.ts';
import type { FakeSlackApp, SlackDelivery } from './records.ts';

/** How deliveries are timed. */
export interface CourierTimes {
  readonly ackTimeoutMs: number;
  readonly retries: number;
  readonly retryMs: number;
}

/** Where envelopes go: one connection of the app. */
export interface EnvelopeSink {
  send(envelope: object): void;
}

/** A {@link SlackDelivery} under way. */
export interface Parcel extends SlackDelivery {
  attempts: number;
  state: SlackDelivery['state'];
  response: unknown;
  tookMs: number | undefined;
  /** Deliveries of one conversation by HTTP do not overtake each other. */
  readonly lane: string;
  sink: EnvelopeSink | undefined;
  timer: NodeJS.Timeout | undefined;
  firstSentAt: number | undefined;
}

/** The deliveries of one app. */
export class Courier {
  readonly parcels: Parcel[] = [];
  readonly #app: FakeSlackApp;
  readonly #times: CourierTimes;
  readonly #changed: () => void;
  readonly #sinks: EnvelopeSink[] = [];
  readonly #lanes: Map<string, Promise<void>> = new Map();
  #url: string | undefined;
  #turn = 0;
  #closed = new AbortController();

  constructor(app: FakeSlackApp, times: CourierTimes, changed: () => void) {
    this.#app = app;
    this.#times = times;
    this.#changed = changed;
  }

  /** Takes something to deliver; returns the envelope's id. */
  take(type: SlackDelivery['type'], payload: SlackDelivery['payload'], lane: string): string {
    const parcel: Parcel = {
      envelopeId: randomUUID(),
      appId: this.#app.id,
      type,
      payload,
      lane,
      attempts: 0,
      state: 'waiting',
      response: undefined,
      tookMs: undefined,
      sink: undefined,
      timer: undefined,
      firstSentAt: undefined,
    };
    this.parcels.push(parcel);
    this.#dispatch(parcel);
    return parcel.envelopeId;
  }

  /** Delivers by HTTP from now on, or over sockets with undefined. */
  setUrl(url: string | undefined): void {
    this.#url = url;
    this.#flush();
  }

  /** A connection is ready. */
  connected(sink: EnvelopeSink): void {
    this.#sinks.push(sink);
    this.#flush();
  }

  /** A connection takes nothing new. What it has not acknowledged may still be. */
  retired(sink: EnvelopeSink): void {
    const at = this.#sinks.indexOf(sink);
    if (at !== -1) this.#sinks.splice(at, 1);
  }

  /** A connection is gone: what it had not acknowledged goes out again. */
  lost(sink: EnvelopeSink): void {
    this.retired(sink);
    for (const parcel of this.parcels) {
      if (parcel.sink === sink && parcel.state === 'sent') this.#missed(parcel);
    }
  }

  /** An acknowledgement came in over a connection. */
  acknowledge(envelopeId: unknown, response: unknown): void {
    const parcel = this.parcels.find((known) => known.envelopeId === envelopeId);
    if (parcel !== undefined) this.#acknowledged(parcel, response);
  }

  /** Sends something once more, acknowledged or not. */
  again(parcel: Parcel): void {
    parcel.state = 'waiting';
    this.#dispatch(parcel);
  }

  close(): void {
    this.#closed.abort();
    for (const { timer } of this.parcels) clearTimeout(timer);
  }

  #flush(): void {
    for (const parcel of this.parcels) if (parcel.state === 'waiting') this.#dispatch(parcel);
  }

  #dispatch(parcel: Parcel): void {
    if (this.#closed.signal.aborted) return;
    if (this.#url !== undefined) return this.#queue(parcel, this.#url);
    const sink = this.#sinks[this.#turn % Math.max(1, this.#sinks.length)];
    if (sink === undefined) return;
    this.#turn += 1;
    parcel.sink = sink;
    this.#leaves(parcel);
    const retry = parcel.attempts - 1;
    sink.send({
      envelope_id: parcel.envelopeId,
      type: parcel.type,
      accepts_response_payload: parcel.type !== 'events_api',
      payload: parcel.payload,
      ...(parcel.type === 'events_api'
        ? { retry_attempt: retry, retry_reason: retry === 0 ? '' : 'timeout' }
        : {}),
    });
    parcel.timer = setTimeout(() => this.#missed(parcel), this.#times.ackTimeoutMs);
  }

  #leaves(parcel: Parcel): void {
    parcel.attempts += 1;
    parcel.state = 'sent';
    parcel.firstSentAt ??= performance.now();
  }

  #acknowledged(parcel: Parcel, response: unknown): void {
    clearTimeout(parcel.timer);
    if (parcel.state === 'acknowledged') return;
    parcel.state = 'acknowledged';
    parcel.response = response;
    parcel.tookMs = performance.now() - (parcel.firstSentAt ?? 0);
    this.#changed();
  }

  /** People press a button once: only events are delivered again. */
  #missed(parcel: Parcel): void {
    clearTimeout(parcel.timer);
    if (parcel.state !== 'sent') return;
    if (parcel.type !== 'events_api' || parcel.attempts > this.#times.retries) {
      parcel.state = 'given-up';
      return this.#changed();
    }
    parcel.state = 'waiting';
    parcel.timer = setTimeout(() => this.#dispatch(parcel), this.#times.retryMs);
  }

  #queue(parcel: Parcel, url: string): void {
    const before = this.#lanes.get(parcel.lane) ?? Promise.resolve();
    const done = before.then(() => this.#post(parcel, url));
    this.#lanes.set(parcel.lane, done);
  }

  async #post(parcel: Parcel, url: string): Promise<void> {
    let reason: string | undefined;
    while (parcel.state === 'waiting' && !this.#closed.signal.aborted && this.#url === url) {
      this.#leaves(parcel);
      const retry = { num: parcel.attempts - 1, reason };
      const { type, payload } = parcel;
      const signal = AbortSignal.any([
        this.#closed.signal,
        AbortSignal.timeout(this.#times.ackTimeoutMs),
      ]);
      const answer = await post(this.#app, { url, type, payload, retry }, signal);
      if (answer.ok) return this.#acknowledged(parcel, answer.body);
      reason = answer.reason;
      this.#missed(parcel);
      clearTimeout(parcel.timer);
      await new Promise((resolve) => setTimeout(resolve, this.#times.retryMs));
    }
  }
}
