/**
 * How a phone writes: envelopes, encryption for a chat or a group, and writing again when asked.
 *
 * @module
 */
import { type BinaryNode, normalizeMessageContent, proto } from 'baileys';
import { PortcullisError } from '@portcullis/core';
import type { Delivery } from './delivery.ts';
import type { Recipient, Sealed } from './signal/device.ts';
import { memberJid } from './groups.ts';
import type { GroupState, Network } from './network.ts';
import type { WhatsAppAddressing, WhatsAppPending, WhatsAppPerson } from './records.ts';

/** Where a phone writes. */
export type Place =
  | { readonly group: GroupState }
  | { readonly direct: WhatsAppAddressing; readonly withAlternate: boolean }
  | { readonly ownChat: WhatsAppPerson; readonly by: WhatsAppAddressing }
  | { readonly status: true };

/** One message of a phone. */
export interface Letter {
  readonly id: string;
  readonly from: WhatsAppPerson;
  readonly place: Place;
  readonly message: proto.IMessage;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Sent as it is, which only the server could do. */
  readonly plain?: boolean;
  /** Says that the message changes an older one. */
  readonly edit?: string;
}

const REMEMBERED_LETTERS = 10_000;
const REMEMBERED_STANZAS = 1000;

function remember<Value>(map: Map<string, Value>, id: string, value: Value, limit: number): void {
  map.set(id, value);
  const [oldest] = map.keys();
  if (map.size > limit && oldest !== undefined) map.delete(oldest);
}

function typeOf(message: proto.IMessage): string {
  const content = normalizeMessageContent(message) ?? {};
  if (content.reactionMessage) return 'reaction';
  const { imageMessage, videoMessage, audioMessage, documentMessage, stickerMessage } = content;
  const media = imageMessage ?? videoMessage ?? audioMessage ?? documentMessage ?? stickerMessage;
  return media ? 'media' : 'text';
}

function enc({ type, content }: Sealed, more: Record<string, string> = {}): BinaryNode {
  return { tag: 'enc', attrs: { v: '2', type, ...more }, content };
}

/** Address and other address of the place, as the account under test is told. */
function addresses({ from, place }: Letter): Record<string, string> {
  if ('status' in place) return { from: 'status@broadcast', participant: from.jid };
  if ('group' in place) {
    const { group } = place;
    const isLid = group.addressing === 'lid';
    const other = isLid ? { participant_pn: from.jid } : { participant_lid: from.lid };
    const participant = memberJid(group, from);
    return { from: group.jid, participant, ...other, addressing_mode: group.addressing };
  }
  if ('ownChat' in place) {
    const { ownChat, by } = place;
    return by === 'lid'
      ? { from: from.lid, recipient: ownChat.lid, peer_recipient_pn: ownChat.jid }
      : { from: from.jid, recipient: ownChat.jid, peer_recipient_lid: ownChat.lid };
  }
  if (place.direct === 'lid') {
    return { from: from.lid, ...(place.withAlternate && { sender_pn: from.jid }) };
  }
  return { from: from.jid, ...(place.withAlternate && { sender_lid: from.lid }) };
}

/** Writes letters, in the order of the calls. */
export class Writing {
  readonly #network: Network;
  readonly #delivery: Delivery;
  readonly #letters: Map<string, Letter> = new Map();
  readonly #stanzas: Map<string, BinaryNode> = new Map();
  /** Which phone has told which device its key for a group. */
  readonly #told: Set<string> = new Set();
  #writing: Promise<void> = Promise.resolve();
  #fault: { readonly cause: unknown } | undefined;
  readonly #underway: Set<WhatsAppPending> = new Set();

  constructor(network: Network, delivery: Delivery) {
    this.#network = network;
    this.#delivery = delivery;
  }

  /** The letter of an id, if it is one of the latest 10,000. */
  letter(id: string): Letter | undefined {
    return this.#letters.get(id);
  }

  /** What is written and not on its way yet. */
  get underway(): readonly WhatsAppPending[] {
    return [...this.#underway];
  }

  /** Resolves when everything written so far is on its way. Throws what kept a letter from it. */
  async settled(): Promise<void> {
    await this.#writing;
    if (this.#fault !== undefined) throw this.#fault.cause;
  }

  /** Writes a letter. Throws `testkit.whatsapp_refused` when no device is linked to get it. */
  write(letter: Letter): void {
    if (this.#network.account.device === undefined) {
      throw new PortcullisError('testkit.whatsapp_refused', 'No device is linked to get this.');
    }
    remember(this.#letters, letter.id, letter, REMEMBERED_LETTERS);
    this.#queue(() => this.#seal(letter), letter);
  }

  /** Writes a letter again, with a new session, because the client could not read it. */
  writeAgain(id: string, count: string): void {
    const letter = this.#letters.get(id);
    if (letter === undefined || letter.plain === true) return;
    this.#queue(async () => {
      const phone = this.#network.deviceOf(letter.from);
      const to = this.#recipient();
      if (to === undefined) return [];
      await phone.forget(to.jid);
      const message = this.#wrapped(letter);
      if (!('group' in letter.place)) return [enc(await phone.write(to, message), { count })];
      const { group } = letter.place;
      const sealed = await phone.writeToGroup(group.jid, memberJid(group, letter.from), message);
      const senderKeyDistributionMessage = sealed.distribution;
      const whole = { ...message, senderKeyDistributionMessage };
      return [enc(await phone.write(to, whole), { count })];
    }, letter);
  }

  /** Delivers a letter a second time, sealed as it was; one of the latest 1,000. */
  repeat(id: string): void {
    this.inTurn(() => {
      const stanza = this.#stanzas.get(id);
      if (stanza !== undefined) this.#delivery.add(stanza);
    });
  }

  /** Sends a stanza in its turn among the letters. */
  send(stanza: BinaryNode): void {
    const entry = { id: stanza.attrs['id'] ?? '', kind: stanza.tag, deliveries: 0 };
    this.#underway.add(entry);
    this.inTurn(() => {
      this.#underway.delete(entry);
      this.#delivery.add(stanza);
    });
  }

  /** Does something after what was written before, and before what is written next. */
  inTurn(act: () => void | Promise<void>): void {
    this.#writing = this.#writing.then(act).catch((cause: unknown) => {
      this.#fault ??= { cause };
    });
  }

  /** A phone has new keys: it tells them to groups again. */
  forgetKeysOf(person: WhatsAppPerson): void {
    for (const told of this.#told) if (told.startsWith(person.jid)) this.#told.delete(told);
  }

  #queue(seal: () => Promise<readonly BinaryNode[]>, letter: Letter): void {
    const entry = { id: letter.id, kind: 'message', deliveries: 0 };
    this.#underway.add(entry);
    this.inTurn(async () => {
      const content = await seal().finally(() => this.#underway.delete(entry));
      // The device was unlinked meanwhile.
      if (content.length === 0) return;
      const { id, from, message, at, edit } = letter;
      const attrs = {
        ...addresses(letter),
        id,
        t: String(Math.floor(at / 1000)),
        type: typeOf(message),
        notify: from.name,
        ...(edit !== undefined && { edit }),
      };
      const stanza = { tag: 'message', attrs, content: [...content] };
      remember(this.#stanzas, id, stanza, REMEMBERED_STANZAS);
      this.#delivery.add(stanza);
    });
  }

  #recipient(): Recipient | undefined {
    const keys = this.#network.account.device;
    return keys && { jid: this.#network.linkedJid, keys };
  }

  /** The own phone's copy says which chat it belongs to. */
  #wrapped({ place, message }: Letter): proto.IMessage {
    if (!('ownChat' in place)) return message;
    const destinationJid = place.by === 'lid' ? place.ownChat.lid : place.ownChat.jid;
    return { deviceSentMessage: { destinationJid, message } };
  }

  async #seal(letter: Letter): Promise<readonly BinaryNode[]> {
    const { from, place, plain } = letter;
    const message = this.#wrapped(letter);
    if (plain === true) {
      const content = proto.Message.encode(message).finish();
      return [{ tag: 'plaintext', attrs: {}, content }];
    }
    const to = this.#recipient();
    if (to === undefined) return [];
    const phone = this.#network.deviceOf(from);
    if (!('group' in place)) return [enc(await phone.write(to, message))];
    const { group } = place;
    const sealed = await phone.writeToGroup(group.jid, memberJid(group, from), message);
    const told = `${from.jid} ${group.jid} ${to.jid}`;
    if (this.#told.has(told)) return [enc(sealed)];
    this.#told.add(told);
    const key = { senderKeyDistributionMessage: sealed.distribution };
    return [enc(await phone.write(to, key)), enc(sealed)];
  }
}
