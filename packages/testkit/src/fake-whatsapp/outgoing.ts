/**
 * What the client sends: taken, decrypted on the phones it is for, and written down.
 *
 * @module
 */
import {
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  normalizeMessageContent,
  proto,
} from 'baileys';
import { read } from './content.ts';
import type { Sealed } from './signal/device.ts';
import { memberJid } from './groups.ts';
import { deviceOf, isGroup, userOf } from './jid.ts';
import type { MediaStore } from './media/media-store.ts';
import type { Network } from './network.ts';
import type { SentWhatsAppMessage, SentWhatsAppReaction, WhatsAppPerson } from './records.ts';

/** What a phone made of a message for it. */
interface Opened {
  readonly person: WhatsAppPerson;
  readonly jid: string;
  /** Absent when it could not be decrypted. */
  readonly message?: proto.IMessage;
}

const { MESSAGE_EDIT, REVOKE } = proto.Message.ProtocolMessage.Type;

const noMessage = () => undefined;

function sealedIn(node: BinaryNode, type?: string): Sealed | undefined {
  const found = getBinaryNodeChildren(node, 'enc').find(
    ({ attrs }) => type === undefined || attrs['type'] === type,
  );
  if (!(found?.content instanceof Uint8Array)) return undefined;
  return { type: found.attrs['type'] ?? '', content: found.content };
}

/** Everything the account under test sent. */
export class Outgoing {
  readonly sent: SentWhatsAppMessage[] = [];
  readonly reactions: SentWhatsAppReaction[] = [];
  readonly #network: Network;
  readonly #store: MediaStore;
  readonly #byId: Map<string, SentWhatsAppMessage> = new Map();
  readonly #asked: Map<string, number> = new Map();

  constructor(network: Network, store: MediaStore) {
    this.#network = network;
    this.#store = store;
  }

  /** The message of an id, if the account under test sent it. */
  message(id: string): SentWhatsAppMessage | undefined {
    return this.#byId.get(id);
  }

  /** A phone asks for a message again: its next copy is no repetition of the client's. */
  ask(id: string): void {
    this.#asked.set(id, (this.#asked.get(id) ?? 0) + 1);
  }

  /** Takes a message; returns who got it and who could not read it. */
  async take(stanza: BinaryNode): Promise<{
    readonly readers: readonly WhatsAppPerson[];
    readonly failed: readonly WhatsAppPerson[];
  }> {
    const opened = await this.#open(stanza);
    const { owner } = this.#network.account;
    const readable = opened.filter(({ message }) => message !== undefined);
    const other = readable.find(({ person }) => person !== owner) ?? readable[0];
    if (stanza.attrs['category'] !== 'peer') {
      const jids = readable.map(({ jid }) => jid);
      this.#write(stanza, other?.message ?? {}, jids);
    }
    const others = (some: readonly Opened[]) =>
      some.map(({ person }) => person).filter((person) => person !== owner);
    return {
      readers: others(readable),
      failed: others(opened.filter(({ message }) => message === undefined)),
    };
  }

  async #open(stanza: BinaryNode): Promise<readonly Opened[]> {
    const chat = stanza.attrs['to'] ?? '';
    const own = sealedIn(stanza);
    const list = getBinaryNodeChildren(getBinaryNodeChild(stanza, 'participants'), 'to');
    const parts = list.map((to) => ({ jid: to.attrs['jid'] ?? '', sealed: sealedIn(to) }));
    const shared = sealedIn(stanza, 'skmsg');
    // Sent again to one phone that asked for it, or for the own phone alone.
    if (own !== undefined && shared === undefined) {
      parts.push({ jid: stanza.attrs['participant'] ?? chat, sealed: own });
    }
    const opened: Opened[] = [];
    for (const { jid, sealed } of parts) {
      const person = this.#network.person(jid);
      if (person === undefined || deviceOf(jid) !== 0 || sealed === undefined) continue;
      const message = await this.#openOne(person, sealed);
      if (shared === undefined || message === undefined) {
        opened.push({ person, jid: userOf(jid), ...(message !== undefined && { message }) });
      }
    }
    if (shared !== undefined) opened.push(...(await this.#openShared(chat, shared, opened)));
    return opened;
  }

  async #openOne(person: WhatsAppPerson, sealed: Sealed): Promise<proto.IMessage | undefined> {
    const phone = this.#network.deviceOf(person);
    const from = this.#network.linkedJid;
    try {
      const message = await phone.read(from, sealed);
      const distribution = message.senderKeyDistributionMessage;
      if (distribution) await phone.learn(from, distribution);
      return message.deviceSentMessage?.message ?? message;
    } catch {
      // A phone that cannot read says so; the caller asks for the message again.
      return undefined;
    }
  }

  async #openShared(
    chat: string,
    { content }: Sealed,
    unreadable: readonly Opened[],
  ): Promise<readonly Opened[]> {
    const { account } = this.#network;
    if (!isGroup(chat) || !this.#network.isMember(chat)) return [];
    const failed = new Set(unreadable.map(({ person }) => person));
    const group = this.#network.group(chat);
    const from = this.#network.linkedJid;
    // One reads it for all who have the key: reading checks a signature, and members are many.
    let message: proto.IMessage | undefined;
    const opened: Opened[] = [];
    for (const person of [...group.members, account.owner].filter((one) => !failed.has(one))) {
      const phone = this.#network.deviceOf(person);
      const isReadable = phone.knows(chat, from, content);
      if (isReadable) message ??= await phone.readFromGroup(chat, from, content).catch(noMessage);
      const jid = memberJid(group, person);
      opened.push({ person, jid, ...(isReadable && message !== undefined && { message }) });
    }
    return opened;
  }

  #write(stanza: BinaryNode, message: proto.IMessage, readableBy: readonly string[]): void {
    const { id = '', to = '' } = stanza.attrs;
    const again = this.#byId.get(id);
    if (again !== undefined) {
      const asked = this.#asked.get(id) ?? 0;
      if (asked > 0) this.#asked.set(id, asked - 1);
      else again.copies += 1;
      const readers = [...new Set([...again.readableBy, ...readableBy])];
      if (again.readableBy.length > 0) again.readableBy.splice(0, Infinity, ...readers);
      else Object.assign(again, this.#describe(id, to, message, readers), { copies: again.copies });
      return;
    }
    const content = normalizeMessageContent(message) ?? {};
    const { protocolMessage, reactionMessage } = content;
    if (protocolMessage?.type === MESSAGE_EDIT || protocolMessage?.type === REVOKE) {
      this.#change(protocolMessage);
    } else if (reactionMessage) {
      const messageId = reactionMessage.key?.id ?? '';
      this.reactions.push({ chat: to, messageId, emoji: reactionMessage.text ?? '' });
    } else {
      const sent = this.#describe(id, to, message, readableBy);
      this.#byId.set(id, sent);
      this.sent.push(sent);
    }
  }

  #change({ key, type, editedMessage }: proto.Message.IProtocolMessage): void {
    const target = this.#byId.get(key?.id ?? '');
    if (target === undefined) return;
    if (type === REVOKE) {
      target.deleted = true;
      return;
    }
    target.text = read(editedMessage ?? {}).text;
    target.edits.push(target.text);
  }

  #describe(
    id: string,
    to: string,
    message: proto.IMessage,
    readableBy: readonly string[],
  ): SentWhatsAppMessage {
    const { text, contextInfo, media, linkPreview } = read(message);
    const bytes = media === undefined ? undefined : this.#store.open(media);
    const name = media?.fileName;
    return {
      id,
      to,
      text,
      message,
      ...(bytes !== undefined && {
        file: { ...(name && { name }), mimeType: media?.mimetype ?? '', bytes },
      }),
      ...(contextInfo?.stanzaId && { replyTo: contextInfo.stanzaId }),
      mentions: contextInfo?.mentionedJid ?? [],
      linkPreview,
      copies: 1,
      readableBy: [...readableBy],
      edits: [],
      deleted: false,
    };
  }
}
