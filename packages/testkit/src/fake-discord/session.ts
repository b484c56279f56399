/**
 * One gateway session: what a bot was told, numbered, so that it can be told again.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { isWanted, visibleData } from './intents.ts';
import type { GatewayEvent } from './network.ts';

/** A frame of the gateway. */
export interface Frame {
  readonly op: number;
  readonly d: unknown;
  /** Number and name, of events only. */
  readonly s: number | null;
  readonly t: string | null;
}

/** What a client declared when it identified. */
export interface SessionTerms {
  readonly intents: number;
  readonly shard: readonly [id: number, count: number];
}

/** A session. It outlives its connection. */
export class Session {
  readonly id: string = randomBytes(16).toString('hex');
  readonly terms: SessionTerms;
  readonly #log: Frame[] = [];
  #send: ((frame: Frame) => void) | undefined;
  #isMute = false;

  constructor(terms: SessionTerms) {
    this.terms = terms;
  }

  /** Whether a connection listens. */
  get connected(): boolean {
    return this.#send !== undefined;
  }

  /** Sends to a connection from now on. */
  attach(send: (frame: Frame) => void): void {
    this.#send = send;
  }

  /** Keeps events for a later resume. */
  detach(): void {
    this.#send = undefined;
  }

  /** Sends no events, or sends them again; those kept back come with the next resume. */
  mute(isMute: boolean): void {
    this.#isMute = isMute;
  }

  /** How many messages of others than `botId` were numbered after `sequence`. */
  messagesAfter(sequence: number, botId: string): number {
    return this.#log.slice(sequence).filter(({ t, d }) => {
      const { author } = { ...(d as { readonly author?: { readonly id?: string } }) };
      return t === 'MESSAGE_CREATE' && author?.id !== botId;
    }).length;
  }

  /** Numbers, remembers and sends an event. */
  push(name: string, data: unknown): void {
    const frame: Frame = { op: 0, d: data, s: this.#log.length + 1, t: name };
    this.#log.push(frame);
    if (!this.#isMute) this.#send?.(frame);
  }

  /** Pushes an event of the network when this session is to see it. */
  offer(event: GatewayEvent, botId: string): void {
    const { intents, shard } = this.terms;
    const guild = event.guildId === undefined ? 0n : BigInt(event.guildId) >> 22n;
    if (guild % BigInt(shard[1]) !== BigInt(shard[0])) return;
    if (isWanted(intents, event)) this.push(event.name, visibleData(intents, event, botId));
  }

  /** Whether `sequence` is a number this session has given out. */
  knows(sequence: number): boolean {
    return Number.isInteger(sequence) && sequence >= 0 && sequence <= this.#log.length;
  }

  /** Sends again everything after `sequence`. */
  replay(sequence: number): void {
    for (const frame of this.#log.slice(sequence)) this.#send?.(frame);
  }
}
