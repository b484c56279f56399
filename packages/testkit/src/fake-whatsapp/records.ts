/**
 * What tests see of the fake WhatsApp: its people, groups and messages.
 *
 * @module
 */
import type { proto } from 'baileys';

/** Somebody with a phone. */
export interface WhatsAppPerson {
  /** E.164: `+15550000002`. */
  readonly phone: string;
  /** What they call themselves: free to choose, sent with every message. */
  readonly name: string;
  /** The address by phone number: `15550000002@s.whatsapp.net`. */
  readonly jid: string;
  /** The address that shows no number: `900000000000002@lid`. */
  readonly lid: string;
}

/** How the members of a group are named on the wire: by hidden id or by phone number. */
export type WhatsAppAddressing = 'lid' | 'pn';

/** A group. */
export interface WhatsAppGroup {
  /** `120363000000000001@g.us`. */
  readonly jid: string;
  readonly name: string;
  readonly addressing: WhatsAppAddressing;
}

/** A file of a message. */
export interface WhatsAppFile {
  /** Default `image`. `voice` is a recording, `document` has a name. */
  readonly kind?: 'image' | 'video' | 'audio' | 'voice' | 'document' | 'sticker';
  /** Shown for documents. Default `file`. */
  readonly name?: string;
  /** Default one that fits `kind`. */
  readonly mimeType?: string;
  readonly bytes: Uint8Array;
}

/** Names one message. */
export interface WhatsAppMessageReceipt {
  readonly id: string;
  /** The chat, as the account under test sees it: a person's address or a group's. */
  readonly chat: string;
}

/** How the words of one message are meant: shared by people and the owner's phone. */
export interface WhatsAppWords {
  /** Default empty; with a file it is the caption. */
  readonly text?: string;
  /** Who is mentioned; `account` is the account under test. */
  readonly mentions?: readonly (WhatsAppPerson | 'account')[];
  /** The message this one answers. */
  readonly replyTo?: WhatsAppMessageReceipt;
  /** The words quoted with {@link WhatsAppWords.replyTo}: the sender may write anything. */
  readonly quotedText?: string;
  /** Whom the sender says the quoted words are by. Default: who wrote them, when the fake knows. */
  readonly quotedBy?: WhatsAppPerson | 'account';
  readonly forwarded?: boolean;
  readonly file?: WhatsAppFile;
  /** Anything else, laid over what the other members make. */
  readonly content?: proto.IMessage;
  /** Default a fresh one. */
  readonly id?: string;
  /** When it was written, milliseconds since 1970. Default now. */
  readonly at?: number;
}

/** A message a person writes. */
export interface WhatsAppUserMessage extends WhatsAppWords {
  readonly from: WhatsAppPerson;
  /** A group, or the account under test. Default the account. */
  readonly to?: WhatsAppGroup | 'account';
  /** In direct messages: by which address the person writes. Default `lid`. */
  readonly addressing?: WhatsAppAddressing;
  /**
   * Whether the envelope names the sender's other address, too. Default true. Without it a client
   * cannot know that two addresses are one person.
   */
  readonly withAlternate?: boolean;
}

/** A message the account's owner writes on the phone. */
export interface WhatsAppOwnMessage extends WhatsAppWords {
  /** Default `self`, the owner's notes to themselves. */
  readonly to?: WhatsAppPerson | WhatsAppGroup | 'self';
  /** In direct messages. Default `lid`. */
  readonly addressing?: WhatsAppAddressing;
}

/** A message the account under test sent, decrypted, as it stands now. */
export interface SentWhatsAppMessage {
  readonly id: string;
  /** The chat it was sent to, as the client addressed it. */
  readonly to: string;
  /** After edits; with a file its caption. */
  text: string;
  /** The first version, whole. */
  readonly message: proto.IMessage;
  readonly file?: { readonly name?: string; readonly mimeType: string; readonly bytes: Uint8Array };
  /** Id of the message it answers. */
  readonly replyTo?: string;
  /** Addresses it mentions. */
  readonly mentions: readonly string[];
  /** Whether it shows a preview of a linked page. */
  readonly linkPreview: boolean;
  /** How often it was sent: more than once when the client sent the same id again. */
  copies: number;
  /** Addresses of the devices that could read it. */
  readonly readableBy: string[];
  /** Texts it was edited to, oldest first. */
  readonly edits: string[];
  deleted: boolean;
}

/** A reaction of the account under test. An empty emoji takes it back. */
export interface SentWhatsAppReaction {
  readonly chat: string;
  readonly messageId: string;
  readonly emoji: string;
}

/** What the account under test said about a message it got. */
export interface WhatsAppReceiptRecord {
  /** Whom it was sent to. */
  readonly chat: string;
  readonly participant?: string;
  readonly ids: readonly string[];
  /**
   * `delivered` (also as `inactive`), `read`, `read-self`, `sender` (an own message of the phone),
   * `retry` (could not be decrypted), or any other type of the network.
   */
  readonly type: string;
}

/** A presence of the account under test. */
export interface WhatsAppPresence {
  /** Absent when it is about being online. */
  readonly chat?: string;
  /** `available`, `unavailable`, `composing`, `paused`. */
  readonly state: string;
}

/** A request to the media host, or to anything else on the fake's ports. */
export interface WhatsAppRequest {
  readonly method: string;
  /** The `Host` the client asked for. */
  readonly host: string;
  readonly path: string;
  /** `media` is the media host; `other` is the plain port, which serves no files to anybody. */
  readonly server: 'media' | 'other';
}

/** A message the client has not acknowledged. */
export interface WhatsAppPending {
  readonly id: string;
  /** `message` or `notification`. */
  readonly kind: string;
  /** How often it was delivered: 0 while the client is away. */
  readonly deliveries: number;
}

/** A negative acknowledgement: the client could not use a message. */
export interface WhatsAppNack {
  readonly id: string;
  /** The client's code: 487 not readable, 500 any error. */
  readonly error: number;
}
