/**
 * What tests see of the fake Slack: its workspaces, apps, people, places, calls and messages.
 *
 * @module
 */

/** A workspace (Slack says team). */
export interface FakeSlackWorkspace {
  /** `T…` */
  readonly id: string;
  readonly name: string;
  readonly domain: string;
}

/** An app as its developer sees it. One app may be installed in several workspaces. */
export interface FakeSlackApp {
  /** `A…` */
  readonly id: string;
  readonly name: string;
  /** `xapp-…`, for Socket Mode. */
  readonly appToken: string;
  readonly signingSecret: string;
  /** The old shared secret, which every payload still carries. */
  readonly legacyToken: string;
}

/** An app in one workspace. */
export interface FakeSlackBot {
  readonly app: FakeSlackApp;
  readonly workspace: FakeSlackWorkspace;
  /** `xoxb-…` */
  readonly token: string;
  /** The bot's user, `U…`. */
  readonly userId: string;
  /** `B…` */
  readonly botId: string;
}

/** A person, or another app's bot. */
export interface FakeSlackUser {
  /** `U…` or `W…` */
  readonly id: string;
  /** The workspace the account belongs to. */
  readonly teamId: string;
  /** The handle: free to choose, changes. */
  readonly name: string;
  readonly realName: string;
  /** `B…`, set for bots. */
  readonly botId?: string;
}

/** Public channel, private channel, direct messages, direct messages of several people. */
export type FakeSlackChannelType = 'channel' | 'group' | 'im' | 'mpim';

/** A conversation. The first letter of its id says nothing about its type. */
export interface FakeSlackChannel {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  readonly type: FakeSlackChannelType;
  /** Workspaces of others that share it (Slack Connect). */
  readonly sharedWith: readonly string[];
}

/** A file of a message. */
export interface SlackFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Default `application/octet-stream`. */
  readonly mimeType?: string;
}

/** Where a message is. */
export interface SlackPlace {
  readonly channelId: string;
  readonly ts: string;
  /** Ids of its files. */
  readonly fileIds: readonly string[];
}

/** A message a person writes. */
export interface SlackUserMessage {
  readonly from: FakeSlackUser;
  /** Default: the direct messages with the default bot. */
  readonly channel?: { readonly id: string };
  /** As Slack delivers it: `<@U1>` mentions, `&lt;` is a lesser-than sign. */
  readonly text?: string;
  /** The message whose thread this is written into. */
  readonly threadTs?: string;
  /** Shows a thread message in the channel as well. */
  readonly broadcast?: boolean;
  readonly files?: readonly SlackFile[];
  /** `/me` messages and posts of old integrations have a subtype. */
  readonly subtype?: 'me_message' | 'bot_message';
}

/** A message the bot sent, as it stands now. */
export interface SentSlackMessage {
  readonly channelId: string;
  readonly ts: string;
  readonly threadTs?: string;
  /** The bot's user id. */
  readonly userId: string;
  /** Markup as it came, after edits. */
  text: string;
  /** Words a reader sees: entities resolved, no formatting marks removed. */
  shown: string;
  /** Users, groups and `channel`/`here`/`everyone` the text of any version notifies. */
  readonly pings: string[];
  /** Rows of buttons. */
  buttons: readonly (readonly { readonly label: string; readonly value: string }[])[];
  readonly files: readonly SlackFile[];
  /** Whether links may be unfolded (`unfurl_links` or `unfurl_media` not false). */
  readonly unfurls: boolean;
  readonly metadata?: unknown;
  /** Set when only one person sees it. */
  readonly ephemeralTo?: string;
  /** Texts the message was edited to, oldest first. */
  readonly edits: string[];
  deleted: boolean;
}

/** A request of the bot, in the order of arrival. */
export interface SlackCall {
  /** `chat.postMessage`; `upload`, `file`, `response` for the other doors. */
  readonly method: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What the request authenticated itself with. */
  readonly token: string | undefined;
  /** The host the request was meant for. */
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** One thing Slack tells an app, over a socket or by HTTP. */
export interface SlackDelivery {
  readonly envelopeId: string;
  readonly appId: string;
  readonly type: 'events_api' | 'slash_commands' | 'interactive';
  readonly payload: Readonly<Record<string, unknown>>;
  /** How often it was sent so far. */
  readonly attempts: number;
  /** `given-up` after the last retry. */
  readonly state: 'waiting' | 'sent' | 'acknowledged' | 'given-up';
  /** What the acknowledgement carried. */
  readonly response: unknown;
  /** From the first sending to the acknowledgement, milliseconds. */
  readonly tookMs: number | undefined;
}
