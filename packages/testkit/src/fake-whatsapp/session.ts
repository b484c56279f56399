/**
 * What the server does for the client that is logged in.
 *
 * @module
 */
import { type BinaryNode, getBinaryNodeChild } from 'baileys';
import type { Connection } from './wire/connection.ts';
import type { WhatsAppFault } from './controls.ts';
import { type Delivery, idsOf } from './delivery.ts';
import type { Faults } from './faults.ts';
import type { Outgoing } from './outgoing.ts';
import { answer, type Ground, refusal } from './queries.ts';
import type {
  WhatsAppNack,
  WhatsAppPerson,
  WhatsAppPresence,
  WhatsAppReceiptRecord,
} from './records.ts';
import type { Writing } from './writing.ts';

/** What a session works with. */
export interface SessionParts {
  readonly ground: Ground;
  readonly delivery: Delivery;
  readonly outgoing: Outgoing;
  readonly writing: Writing;
  readonly faults: Faults;
  /** A person's phone got a message of the client. */
  readonly delivered: (to: WhatsAppPerson, id: string, chat: string) => void;
  readonly changed: () => void;
}

const KEPT_STANZAS = 1000;

/** Serves the client. */
export class Session {
  readonly receipts: WhatsAppReceiptRecord[] = [];
  readonly presences: WhatsAppPresence[] = [];
  readonly nacks: WhatsAppNack[] = [];
  readonly stanzas: BinaryNode[] = [];
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Takes one stanza of the client. */
  async received(connection: Connection, stanza: BinaryNode): Promise<void> {
    this.stanzas.push(stanza);
    if (this.stanzas.length > KEPT_STANZAS) this.stanzas.shift();
    await this.#take(connection, stanza);
    this.#parts.changed();
  }

  async #take(connection: Connection, stanza: BinaryNode): Promise<void> {
    switch (stanza.tag) {
      case 'iq':
        return await this.#question(connection, stanza);
      case 'message':
        return await this.#message(connection, stanza);
      case 'receipt':
        return this.#receipt(connection, stanza);
      case 'ack':
        return this.#acknowledged(stanza);
      case 'presence':
      case 'chatstate':
        return this.#presence(stanza);
      case 'ib':
        if (getBinaryNodeChild(stanza, 'offline_batch')) this.#parts.delivery.offlineBatch();
    }
  }

  /** Meets a fault before anything is done; false when there is nothing left to do. */
  #survives(fault: WhatsAppFault | undefined, connection: Connection): boolean {
    if (fault === 'reset') connection.cut();
    return fault !== 'reset' && fault !== 'hang';
  }

  async #question(connection: Connection, stanza: BinaryNode): Promise<void> {
    const { xmlns = '', type } = stanza.attrs;
    if (type !== 'get' && type !== 'set') return;
    const fault = this.#parts.faults.take(xmlns);
    if (!this.#survives(fault, connection)) return;
    if (typeof fault === 'object' && 'error' in fault) {
      return connection.send(refusal(stanza, fault.error));
    }
    const said = await answer(stanza, this.#parts.ground);
    if (fault === 'accept-then-reset') return connection.cut();
    if (fault === 'accept-then-hang') return;
    connection.send(said);
    const isActive = xmlns === 'passive' && getBinaryNodeChild(stanza, 'active') !== undefined;
    if (isActive) this.#parts.delivery.ready();
  }

  async #message(connection: Connection, stanza: BinaryNode): Promise<void> {
    const { id = '', to = '', participant } = stanza.attrs;
    const { faults, ground, outgoing } = this.#parts;
    const fault = faults.take('message');
    if (!this.#survives(fault, connection)) return;
    const t = String(Math.floor(Date.now() / 1000));
    const attrs = { class: 'message', id, from: to, t, ...(participant && { participant }) };
    const refuse = (code: number) =>
      connection.send({ tag: 'ack', attrs: { ...attrs, error: String(code) } });
    if (typeof fault === 'object' && 'error' in fault) return refuse(fault.error);
    if (to.endsWith('@g.us') && !ground.network.isMember(to)) return refuse(403);
    const { readers, failed } = await outgoing.take(stanza);
    if (fault === 'accept-then-reset') connection.cut();
    else if (fault !== 'accept-then-hang') connection.send({ tag: 'ack', attrs });
    for (const person of readers) this.#parts.delivered(person, id, to);
    for (const person of failed) this.#askAgain(connection, person, stanza);
  }

  /** A phone that could not read a message asks for it again. */
  #askAgain(connection: Connection, person: WhatsAppPerson, { attrs }: BinaryNode): void {
    const { id = '', to = '' } = attrs;
    const isGroup = to.endsWith('@g.us');
    const jid = to.endsWith('@s.whatsapp.net') ? person.jid : person.lid;
    const t = String(Math.floor(Date.now() / 1000));
    this.#parts.outgoing.ask(id);
    connection.send({
      tag: 'receipt',
      attrs: {
        id,
        type: 'retry',
        t,
        ...(isGroup ? { from: to, participant: jid } : { from: jid }),
      },
      content: [{ tag: 'retry', attrs: { count: '1', id, t, v: '1' } }],
    });
  }

  #receipt(connection: Connection, stanza: BinaryNode): void {
    const { id = '', to = '', participant, recipient, type } = stanza.attrs;
    const chat = recipient ?? to;
    const ids = idsOf(stanza);
    const kind = type === undefined || type === 'inactive' ? 'delivered' : type;
    this.receipts.push({ chat, ids, type: kind, ...(participant && { participant }) });
    if (type === 'retry') {
      const count = getBinaryNodeChild(stanza, 'retry')?.attrs['count'] ?? '1';
      this.#parts.writing.writeAgain(id, count);
    } else {
      for (const one of ids) this.#parts.delivery.acknowledged({ ...stanza.attrs, id: one });
    }
    connection.send({
      tag: 'ack',
      attrs: { class: 'receipt', id, from: to, ...(type && { type }) },
    });
  }

  #acknowledged({ attrs }: BinaryNode): void {
    if (attrs['class'] === 'receipt') return;
    const { id = '', error } = attrs;
    if (error !== undefined) this.nacks.push({ id, error: Number(error) });
    this.#parts.delivery.acknowledged(attrs);
  }

  #presence({ tag, attrs, content }: BinaryNode): void {
    const child = Array.isArray(content) ? content[0]?.tag : undefined;
    const state = tag === 'chatstate' ? child : attrs['type'];
    if (state === undefined || state === 'subscribe') return;
    this.presences.push({ state, ...(attrs['to'] !== undefined && { chat: attrs['to'] }) });
  }
}
