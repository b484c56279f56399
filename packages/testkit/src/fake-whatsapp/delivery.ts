/**
 * What waits for the client: live while it is there, kept while it is away, and delivered again
 * until it said that it has it.
 *
 * @module
 */
import { type BinaryNode, getBinaryNodeChild } from 'baileys';
import type { Connection } from './wire/connection.ts';
import type { WhatsAppPending } from './records.ts';

class Pending implements WhatsAppPending {
  readonly stanza: BinaryNode;
  deliveries = 0;

  constructor(stanza: BinaryNode) {
    this.stanza = stanza;
  }

  get id(): string {
    return this.stanza.attrs['id'] ?? '';
  }

  get kind(): string {
    return this.stanza.tag;
  }

  /** Whether an answer addressed this way is about this stanza. */
  isNamedBy({ id, to, recipient, participant }: BinaryNode['attrs']): boolean {
    const { attrs } = this.stanza;
    if (id !== attrs['id']) return false;
    // The copy of a message of the phone is confirmed to the phone, and names the chat beside.
    if (attrs['recipient'] !== undefined) return true;
    const isSamePlace = to === attrs['from'] || recipient === attrs['from'];
    return isSamePlace && (participant ?? attrs['participant']) === attrs['participant'];
  }
}

/** The queue of one linked device. */
export class Delivery {
  readonly #waiting: Pending[] = [];
  #held: BinaryNode[] | undefined;
  #connection: Connection | undefined;
  #isLive = false;

  /** What the client has not acknowledged, what is held back included. */
  get waiting(): readonly WhatsAppPending[] {
    const held = (this.#held ?? []).map((stanza) => new Pending(stanza));
    return [...this.#waiting, ...held];
  }

  /** Whether stanzas go out as they come. */
  get isLive(): boolean {
    return this.#isLive && this.#connection?.isOpen === true;
  }

  /** Adds a stanza, at the end. */
  add(stanza: BinaryNode): void {
    if (this.#held !== undefined) {
      this.#held.push(stanza);
      return;
    }
    const pending = new Pending(stanza);
    this.#waiting.push(pending);
    if (this.isLive) this.#send(pending);
  }

  /** Collects what is added, until {@link Delivery.release}. */
  hold(): void {
    this.#held ??= [];
  }

  /** Lets go of what was collected. */
  release(order: 'as sent' | 'reversed' = 'as sent'): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const stanza of order === 'reversed' ? held.toReversed() : held) this.add(stanza);
  }

  /** A client has logged in; nothing goes out before it asks. */
  connected(connection: Connection): void {
    this.#connection = connection;
    this.#isLive = false;
  }

  /** The client is ready: says what waits, or that nothing does. */
  ready(): void {
    const count = String(this.#waiting.length);
    if (this.#waiting.length === 0) {
      this.offlineBatch();
      return;
    }
    const attrs = { count, message: count, notification: '0', receipt: '0', appdata: '0' };
    this.#connection?.send({
      tag: 'ib',
      attrs: { from: 's.whatsapp.net' },
      content: [{ tag: 'offline_preview', attrs }],
    });
  }

  /** Delivers what waits, and from now on what comes. */
  offlineBatch(): void {
    if (this.#isLive) return;
    this.#isLive = true;
    for (const pending of this.#waiting) this.#send(pending, { offline: '0' });
    this.#connection?.send({
      tag: 'ib',
      attrs: { from: 's.whatsapp.net' },
      content: [{ tag: 'offline', attrs: { count: String(this.#waiting.length) } }],
    });
  }

  /** The client said that it has a stanza, in a receipt or an acknowledgement. */
  acknowledged(attrs: BinaryNode['attrs']): void {
    const at = this.#waiting.findIndex((pending) => pending.isNamedBy(attrs));
    if (at !== -1) this.#waiting.splice(at, 1);
  }

  /** Forgets everything: the device is no more. */
  clear(): void {
    this.#waiting.length = 0;
    this.#isLive = false;
  }

  #send(pending: Pending, more: Record<string, string> = {}): void {
    pending.deliveries += 1;
    const { stanza } = pending;
    this.#connection?.send({ ...stanza, attrs: { ...stanza.attrs, ...more } });
  }
}

/** The ids a receipt is about. */
export function idsOf(receipt: BinaryNode): readonly string[] {
  const list = getBinaryNodeChild(receipt, 'list')?.content;
  const more = Array.isArray(list) ? list.map(({ attrs }) => attrs['id'] ?? '') : [];
  return [receipt.attrs['id'] ?? '', ...more];
}
