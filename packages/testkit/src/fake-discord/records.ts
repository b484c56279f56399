/**
 * What tests see of the fake Discord: its people, places, calls and messages.
 *
 * @module
 */

/** A person, bot or webhook on the fake network. The field names are Discord's. */
export interface FakeDiscordUser {
  /** A snowflake: digits that do not fit a number. */
  readonly id: string;
  /** The account name, unique at a time but not for ever. */
  readonly username: string;
  /** The display name, free to choose and not unique. */
  readonly global_name: string | null;
  readonly bot: boolean;
  /** Set when messages come from a webhook; it is also the id. */
  readonly webhook_id?: string;
}

/** A server. Its id is also the id of its `@everyone` role. */
export interface FakeDiscordGuild {
  readonly id: string;
  readonly name: string;
}

/** A role of a server. */
export interface FakeDiscordRole {
  readonly id: string;
  readonly name: string;
}

/**
 * A place where messages are written. Types as Discord numbers them: 0 text, 1 direct message,
 * 5 announcements, 11 public thread, 12 private thread, 15 forum.
 */
export interface FakeDiscordChannel {
  readonly id: string;
  readonly type: 0 | 1 | 5 | 11 | 12 | 15;
  /** Absent in direct messages. */
  readonly guild_id?: string;
  /** The channel a thread belongs to. */
  readonly parent_id?: string;
}

/** A file of a message. */
export interface DiscordFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Default `application/octet-stream`. */
  readonly contentType?: string;
}

/** Whom a message notifies, after `allowed_mentions` was applied. */
export interface DiscordPings {
  /** Ids of users, the author of the answered message included when he is notified. */
  readonly users: readonly string[];
  readonly roles: readonly string[];
  readonly everyone: boolean;
}

/** A message the bot sent, as it stands now. */
export interface SentDiscordMessage {
  readonly channelId: string;
  readonly messageId: string;
  /** After edits. */
  content: string;
  readonly replyTo?: string;
  readonly nonce?: string;
  /** Of the first version; edits notify nobody. */
  readonly pings: DiscordPings;
  readonly files: readonly DiscordFile[];
  /** Whether links in it are shown without previews. */
  readonly suppressesEmbeds: boolean;
  /** Rows of buttons. */
  buttons: readonly (readonly { readonly label: string; readonly customId: string }[])[];
  /** True when only the person who pressed a button sees it. */
  readonly ephemeral: boolean;
  /** Texts the message was edited to, oldest first. */
  readonly edits: string[];
  deleted: boolean;
}

/** One REST call of the bot, in the order of arrival. */
export interface DiscordCall {
  /** Discord's name of the endpoint: `createMessage`; `unknown` when there is none. */
  readonly operation: string;
  readonly method: string;
  /** Without the version: `/channels/1/messages`. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A message a person writes. */
export interface DiscordUserMessage {
  readonly from: FakeDiscordUser;
  /** Where. Default: the direct messages with the bot. */
  readonly channel?: FakeDiscordChannel;
  /** `<@id>`, `<@&role>`, `@everyone` and `@here` mention. */
  readonly content?: string;
  /** Message of the same channel this one answers. */
  readonly replyTo?: string;
  /** Whether the answer notifies the author of that message. Default true. */
  readonly replyPings?: boolean;
  readonly files?: readonly DiscordFile[];
}

/** Where a person's message is. */
export interface DiscordMessageReceipt {
  readonly channelId: string;
  readonly messageId: string;
}

/** What the bot answered to a pressed button. */
export interface DiscordInteractionAnswer {
  /** 4 a message, 5 a message later, 6 nothing to see, 7 the pressed message changed. */
  readonly type: number;
  /** Of a message or change. */
  readonly content: string | undefined;
  readonly ephemeral: boolean;
}
