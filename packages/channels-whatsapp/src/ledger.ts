/**
 * What is remembered of messages: who wrote which, and what we sent.
 *
 * A sender may name any message as the one they change, answer or react to. Only what was noted when
 * the message came tells whose it was.
 *
 * @module
 */
import { Ring, type Vault } from './vault.ts';

const AUTHORS = 4096;
const SENT = 512;

/** A message of ours. */
export interface SentMessage {
  /** The conversation's id. */
  readonly chat: string;
  /** The message as it was sent, protocol buffer. */
  readonly bytes: Uint8Array;
}

/** Who wrote a message, and how the envelope named them. */
export interface Author {
  /** The person's id. */
  readonly id: string;
  /** The chat as the envelope named it. */
  readonly chatJid: string;
  /** The author as the envelope named them; empty in direct messages. */
  readonly jid: string;
}

function parseAuthor(text: string): Author | undefined {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) return undefined;
  const [id, chatJid, jid]: unknown[] = value;
  if (typeof id !== 'string' || typeof chatJid !== 'string' || typeof jid !== 'string') {
    return undefined;
  }
  return { id, chatJid, jid };
}

/** Notes of the last messages of one account. */
export class Ledger {
  readonly #vault: Vault;
  readonly #authors: Ring;
  readonly #sent: Ring;

  constructor(vault: Vault) {
    this.#vault = vault;
    this.#authors = new Ring(vault, 'author', AUTHORS);
    this.#sent = new Ring(vault, 'sent', SENT);
  }

  /** Who wrote a message, if it is remembered. */
  async author(chat: string, id: string): Promise<Author | undefined> {
    const text = await this.#authors.get(`${chat} ${id}`);
    return text === undefined ? undefined : parseAuthor(text);
  }

  /** Notes who wrote a message. The first note stays: ids are chosen by who writes. */
  async wrote(chat: string, id: string, author: Author): Promise<void> {
    const key = `${chat} ${id}`;
    if ((await this.#authors.get(key)) !== undefined) return;
    const text = JSON.stringify([author.id, author.chatJid, author.jid]);
    await this.#vault.write(await this.#authors.put(key, text));
  }

  /** Notes a message of ours, before it goes out. */
  async sending(id: string, { chat, bytes }: SentMessage): Promise<void> {
    if ((await this.#sent.get(id)) !== undefined) return;
    const value = JSON.stringify([chat, Buffer.from(bytes).toString('base64')]);
    await this.#vault.write(await this.#sent.put(id, value));
  }

  /** A message we sent, if it is remembered. */
  async sent(id: string): Promise<SentMessage | undefined> {
    const text = await this.#sent.get(id);
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    if (!Array.isArray(value)) return undefined;
    const [chat, bytes]: unknown[] = value;
    if (typeof chat !== 'string' || typeof bytes !== 'string') return undefined;
    return { chat, bytes: new Uint8Array(Buffer.from(bytes, 'base64')) };
  }

  /** Whether a message in a conversation is ours. */
  async isOurs(chat: string, id: string): Promise<boolean> {
    return (await this.sent(id))?.chat === chat;
  }
}
