/**
 * What tests see of the fake Telegram: its people, chats, calls and messages.
 *
 * @module
 */
import type { UploadedFile } from './parameters.ts';

/** A person or bot on the fake network. The field names are the Bot API's. */
export interface FakeTelegramUser {
  readonly id: number;
  readonly is_bot: boolean;
  readonly first_name: string;
  readonly username?: string;
}

/** A chat on the fake network. A private chat has the id of its person. */
export interface FakeTelegramChat {
  readonly id: number;
  readonly type: 'private' | 'group' | 'supergroup' | 'channel';
  readonly title?: string;
  readonly username?: string;
  readonly is_forum?: boolean;
}

/** A message the bot sent, as it stands now. */
export interface SentTelegramMessage {
  readonly method: 'sendMessage' | 'sendPhoto' | 'sendDocument';
  readonly chatId: number;
  readonly messageId: number;
  /** What a reader sees now: without markup, after edits. */
  text: string;
  /** Where the markup is, as Telegram parsed it. */
  entities: readonly { readonly type: string; readonly offset: number; readonly length: number }[];
  /** Text, caption or markup exactly as the bot sent it first. */
  readonly raw: string;
  readonly parseMode?: string;
  readonly topicId?: number;
  readonly replyTo?: number;
  buttons: readonly (readonly { readonly text: string; readonly data: string }[])[];
  /** Whether links in it show a preview, after edits. */
  linkPreview: boolean;
  /** Whom it notifies, after edits: usernames, and ids of people mentioned by a link. */
  pings: readonly string[];
  readonly file?: UploadedFile;
  /** Texts the message was edited to, oldest first. */
  readonly edits: string[];
  deleted: boolean;
}

/** One call of the bot, in the order of arrival. */
export interface TelegramCall {
  readonly method: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A message a person writes. */
export interface UserMessage {
  readonly from: FakeTelegramUser;
  /** Where. Default: the private chat with the bot. */
  readonly chat?: FakeTelegramChat;
  /** Text, or the caption of a file. Commands, @mentions and links get their entities. */
  readonly text?: string;
  /** People mentioned without a username: each name in `text` becomes a `text_mention`. */
  readonly textMentions?: readonly FakeTelegramUser[];
  /** Forum topic (its id is the id of the message that opened it). */
  readonly topicId?: number;
  /** Message of the same chat this one answers. */
  readonly replyTo?: number;
  /** The part of that message which is quoted. */
  readonly quote?: string;
  readonly photo?: Uint8Array;
  readonly document?: {
    readonly name: string;
    readonly bytes: Uint8Array;
    readonly mimeType?: string;
  };
  readonly forwardedFrom?: FakeTelegramUser | FakeTelegramChat;
  /** Written as a chat: the group itself (an anonymous admin) or a channel. */
  readonly senderChat?: FakeTelegramChat;
}

/** Where a person's message is. */
export interface UserMessageReceipt {
  readonly chatId: number;
  readonly messageId: number;
  /** Undefined when the bot did not ask for this kind of update. */
  readonly updateId: number | undefined;
  /** Of the photo or document it carries. */
  readonly fileId?: string;
}
