/**
 * What tests can do with the fake Discord.
 *
 * @module
 */
import type {
  DiscordCall,
  DiscordFile,
  DiscordInteractionAnswer,
  DiscordMessageReceipt,
  DiscordUserMessage,
  FakeDiscordChannel,
  FakeDiscordGuild,
  FakeDiscordRole,
  FakeDiscordUser,
  SentDiscordMessage,
} from './records.ts';

/**
 * How a REST call goes wrong.
 *
 * Not carried out: `500`, `502` (a page of a proxy), `429` (retry after 0.2 s) or the same with a
 * wait of its own, `reset` (the connection dies before an answer), `hang` (no answer ever). Carried
 * out, answer lost: `half-body` (the answer breaks off), `accept-then-500`, `accept-then-reset`,
 * `accept-then-hang`.
 */
export type DiscordFault =
  | 500
  | 502
  | 429
  | {
      /** Seconds. */
      readonly retryAfter: number;
      /** Whether every endpoint is limited. Default false. */
      readonly global?: boolean;
    }
  | 'reset'
  | 'hang'
  | 'half-body'
  | 'accept-then-500'
  | 'accept-then-reset'
  | 'accept-then-hang';

/** What people can do to a bot. */
export interface FakeDiscordPeople {
  /** Writes a message. In a server, whoever writes is a member from then on. */
  userSends(message: DiscordUserMessage): DiscordMessageReceipt;
  /** Changes the text of a message. */
  userEdits(edit: {
    readonly channelId: string;
    readonly messageId: string;
    readonly content: string;
  }): void;
  /** Shows a link preview in a message: an update without an edit. */
  previewAppears(place: DiscordMessageReceipt): void;
  /** Deletes a message. */
  userDeletes(place: DiscordMessageReceipt): void;
  /** Adds or takes back a reaction. `emoji`: one Unicode emoji. */
  userReacts(reaction: {
    readonly from: FakeDiscordUser;
    readonly channelId: string;
    readonly messageId: string;
    readonly emoji: string;
    /** Default false. */
    readonly removed?: boolean;
  }): void;
  /** Presses a button of a message the bot sent; returns the id of the interaction. */
  userPresses(press: {
    readonly from: FakeDiscordUser;
    readonly channelId: string;
    readonly messageId: string;
    readonly customId: string;
  }): string;
  /** Gives a command of the bot (`/stop now`); returns the id of the interaction. */
  userCommands(command: {
    readonly from: FakeDiscordUser;
    readonly channelId: string;
    readonly name: string;
    /** The value of the one argument. Default none. */
    readonly args?: string;
  }): string;
  /** Passes on a message to a channel. Discord does not say who wrote it. */
  userForwards(forward: {
    readonly from: FakeDiscordUser;
    /** Where to. Default: the direct messages with the bot. */
    readonly channel?: FakeDiscordChannel;
    readonly content: string;
    readonly files?: readonly DiscordFile[];
  }): DiscordMessageReceipt;
  /** Refuses direct messages of the bot from now on. */
  userBlocks(user: FakeDiscordUser): void;
  /** Removes the bot from a server. */
  removesBot(guild: FakeDiscordGuild): void;
}

/** How the fake is set up. */
export interface FakeDiscordOptions {
  /** Default: a fresh random one. */
  readonly token?: string;
  /** The bot's user name. Default `gate_bot`. */
  readonly username?: string;
  /** Default 41,250, as the real gateway. */
  readonly heartbeatIntervalMs?: number;
  /** Whether members, presences and message content may be asked for. Default true. */
  readonly privilegedIntents?: boolean;
  /** How often the bot may still identify today. Default 1,000. */
  readonly identifyBudget?: number;
}

/** Faults of the gateway connection. */
export interface FakeDiscordGateway {
  /** What the last session that was opened asked for, as the sum of its intents. */
  readonly intents: number;
  /** How often the bot asked for members of a server. */
  readonly memberRequests: number;
  /** How many connections there are. */
  readonly connections: number;
  /** How many sessions were opened: identifies that were accepted. */
  readonly identifies: number;
  /** How many sessions were taken up again. */
  readonly resumes: number;
  /** Cuts the socket without a close frame. Sessions live on; what is missed is replayed. */
  drop(): void;
  /** Closes with a code of Discord, for example 4000 (resumable) or 4009 (session timed out). */
  closeWith(code: number): void;
  /** Asks to connect again (op 7). */
  requestReconnect(): void;
  /** Ends all sessions (op 9, not resumable); the next resume is refused as well. */
  invalidateSessions(): void;
  /** Answers heartbeats no more, or again: what a dead link looks like. Default true. */
  withholdAcks(withhold?: boolean): void;
  /** Keeps every event back, or no longer: heartbeats are answered, events never come. */
  withholdEvents(withhold?: boolean): void;
  /** Goes silent on the connections there are, as a lost route does; new ones are served. */
  stall(): void;
  /** How many messages of people a session was told, or is to be told, after an event's number. */
  messagesAfter(sessionId: string, sequence: number): number;
  /** Dispatches a message again, as a resume may do. */
  redeliver(place: DiscordMessageReceipt): void;
  /** Dispatches anything. */
  deliver(event: string, data: object): void;
}

/** The controls of a fake Discord. */
export interface FakeDiscord extends FakeDiscordPeople {
  /** The `rest.api` of a client: `http://127.0.0.1:<port>/api`. */
  readonly url: string;
  readonly token: string;
  readonly bot: FakeDiscordUser;
  /** Every message the bot sent, oldest first, as it stands now. */
  readonly sent: readonly SentDiscordMessage[];
  /** Every REST call the bot made, oldest first. */
  readonly calls: readonly DiscordCall[];
  readonly gateway: FakeDiscordGateway;

  /** Adds a person, or another bot with `bot: true`. */
  addUser(user?: {
    readonly id?: string;
    readonly username?: string;
    /** The display name. Default none. */
    readonly globalName?: string;
    readonly bot?: boolean;
  }): FakeDiscordUser;
  /** Adds a server with the bot in it. */
  addGuild(guild?: { readonly id?: string; readonly name?: string }): FakeDiscordGuild;
  /** Adds a role. `ofBot`: the role Discord made for the bot when it joined. */
  addRole(
    guild: FakeDiscordGuild,
    role?: { readonly name?: string; readonly ofBot?: boolean },
  ): FakeDiscordRole;
  /** Makes somebody a member, or changes nickname and roles. */
  addMember(
    guild: FakeDiscordGuild,
    user: FakeDiscordUser,
    as?: { readonly nick?: string; readonly roles?: readonly FakeDiscordRole[] },
  ): void;
  /** Adds a channel to a server. Default type 0, text. `writable: false`: the bot may only look. */
  addChannel(
    guild: FakeDiscordGuild,
    channel?: {
      readonly id?: string;
      readonly name?: string;
      readonly type?: 0 | 5 | 15;
      readonly writable?: boolean;
    },
  ): FakeDiscordChannel;
  /** Opens a thread (in a forum: a post). */
  addThread(
    parent: FakeDiscordChannel,
    thread: { readonly by: FakeDiscordUser; readonly name?: string; readonly isPrivate?: boolean },
  ): FakeDiscordChannel;
  /** Adds a webhook: an author who is no member and may call itself anything. */
  addWebhook(channel: FakeDiscordChannel, name?: string): FakeDiscordUser;
  /** The direct messages between the bot and `user`. */
  directMessages(user: FakeDiscordUser): FakeDiscordChannel;
  /** What the bot answered to a pressed button: undefined until it did. */
  interactionAnswer(interactionId: string): DiscordInteractionAnswer | undefined;

  /** How many files the bot has fetched. */
  readonly downloads: number;
  /** The id of the first file of a message. */
  fileOf(place: DiscordMessageReceipt): string;
  /** The messages the bot sent to a channel. */
  sentTo(channel: { readonly id: string }): readonly SentDiscordMessage[];
  /** The emoji the bot reacted with to a message. */
  reactionsOn(place: DiscordMessageReceipt): readonly string[];
  /** Resolves when the bot has a ready session. Default wait 5,000 ms. */
  waitForSession(timeoutMs?: number): Promise<void>;
  /** Resolves when the bot has sent at least `count` messages in all. Default wait 5,000 ms. */
  waitForSent(count: number, timeoutMs?: number): Promise<readonly SentDiscordMessage[]>;
  /** Resolves when the bot has called `operation` at least `count` times. Default wait 5,000 ms. */
  waitForCall(
    operation: string,
    count?: number,
    timeoutMs?: number,
  ): Promise<readonly DiscordCall[]>;

  /** Lets the next `times` calls of `operation` go wrong. */
  fail(operation: string, times: number, fault: DiscordFault): void;
  /** The token is no longer valid: calls are refused, connections closed. */
  revoke(): void;
  /** Forgets faults not met yet. */
  clearFaults(): void;
  /** Kills every connection, HTTP and gateway; new ones are served. */
  dropConnections(): void;
  /** Refuses connections until {@link FakeDiscord.up}. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
  /** Ends everything. */
  close(): Promise<void>;
}
