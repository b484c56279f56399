/**
 * What tests can do with the fake Slack.
 *
 * @module
 */
import type {
  FakeSlackApp,
  FakeSlackBot,
  FakeSlackChannel,
  FakeSlackChannelType,
  FakeSlackUser,
  FakeSlackWorkspace,
  SentSlackMessage,
  SlackCall,
  SlackDelivery,
  SlackPlace,
  SlackUserMessage,
} from './records.ts';

/**
 * How a call goes wrong.
 *
 * Not carried out: `500`, `429` (retry after 1 s) or the same with a wait of its own, an error code
 * of Slack, `non-json` (a page of a proxy), `login-page` (what Slack shows instead of a file),
 * `redirect` (to another host), `reset` (the connection dies before an answer), `hang` (no answer
 * ever). Carried out, answer lost: `half-body` (the answer breaks off), `accept-then-500`,
 * `accept-then-reset`, `accept-then-hang`.
 */
export type SlackFault =
  | 500
  | 429
  | {
      /** Seconds. */
      readonly retryAfter: number;
    }
  | {
      /** For example `not_in_channel`. */
      readonly error: string;
    }
  | 'non-json'
  | 'login-page'
  | 'redirect'
  | 'reset'
  | 'hang'
  | 'half-body'
  | 'accept-then-500'
  | 'accept-then-reset'
  | 'accept-then-hang';

/** What people can do to a bot. */
export interface FakeSlackPeople {
  /** Writes a message. In a channel, whoever writes is a member from then on. */
  userSends(message: SlackUserMessage): SlackPlace;
  /** Changes the text of a message. */
  userEdits(place: SlackPlace, text: string): void;
  /** Shows a link preview in a message: a change without an edit. */
  previewAppears(place: SlackPlace): void;
  /** Deletes a message. */
  userDeletes(place: SlackPlace): void;
  /** Adds or takes back a reaction. `emoji`: its name without colons. */
  userReacts(reaction: {
    readonly from: FakeSlackUser;
    readonly place: Pick<SlackPlace, 'channelId' | 'ts'>;
    readonly emoji: string;
    /** Default false. */
    readonly removed?: boolean;
  }): void;
  /** Pins a message. */
  userPins(from: FakeSlackUser, place: Pick<SlackPlace, 'channelId' | 'ts'>): void;
  /** Types a slash command; returns the envelope's id. */
  userCommands(command: {
    readonly from: FakeSlackUser;
    /** Default: the direct messages with the default bot. */
    readonly channel?: { readonly id: string };
    /** With the slash. */
    readonly command: string;
    readonly text?: string;
    /** Whose command it is. Default: the default bot's. */
    readonly bot?: FakeSlackBot;
  }): string;
  /** Presses a button of a message the bot sent; returns the envelope's id. */
  userPresses(press: {
    readonly from: FakeSlackUser;
    readonly channelId: string;
    readonly ts: string;
    readonly value: string;
  }): string;
  /** Lets somebody come into a channel or go. */
  memberMoves(channel: FakeSlackChannel, user: FakeSlackUser, what: 'joins' | 'leaves'): void;
  /** Invites the bot into a channel. */
  userAddsBot(from: FakeSlackUser, channel: FakeSlackChannel, bot?: FakeSlackBot): void;
  /** Removes the bot from a channel. */
  userRemovesBot(from: FakeSlackUser, channel: FakeSlackChannel, bot?: FakeSlackBot): void;
}

/** How the fake is set up. Times are short by default only where Slack's are minutes. */
export interface FakeSlackOptions {
  /** How long a delivery may stay unacknowledged, milliseconds. Default 3,000, as Slack. */
  readonly ackTimeoutMs?: number;
  /** How often a delivery is tried again. Default 3, as Slack. */
  readonly retries?: number;
  /** Pause before a delivery is tried again, milliseconds. Default 50; Slack waits up to minutes. */
  readonly retryMs?: number;
  /** How often a socket is pinged, milliseconds. Default 5,000. */
  readonly pingMs?: number;
  /** Whether the bot hears its own messages, as on Slack. Default true. */
  readonly echoes?: boolean;
}

/** The Socket Mode connections. */
export interface FakeSlackSockets {
  /** Connections that are open now. */
  readonly open: number;
  /** Connections made so far. */
  readonly made: number;
  /** Cuts every connection without a close frame. */
  drop(): void;
  /** Says that the connection is about to be replaced, and closes it a moment later. */
  refresh(): void;
  /** Says that Socket Mode was switched off, and closes. */
  disable(): void;
  /** Goes silent on the connections that are open: no pings, no answers, nothing delivered. */
  stall(): void;
}

/** The controls of a fake Slack. */
export interface FakeSlack extends FakeSlackPeople {
  /** The `slackApiUrl` of a client: `http://127.0.0.1:<port>/api/`. */
  readonly url: string;
  /** The default workspace, the default app in it, and its bot. */
  readonly workspace: FakeSlackWorkspace;
  readonly app: FakeSlackApp;
  readonly bot: FakeSlackBot;
  /** Every message a bot sent, oldest first, as it stands now. */
  readonly sent: readonly SentSlackMessage[];
  /** Every request of the bots, oldest first, with the token it carried and the host it named. */
  readonly calls: readonly SlackCall[];
  /** Everything Slack told the apps, oldest first. */
  readonly deliveries: readonly SlackDelivery[];
  /** How many deliveries were not acknowledged, those given up included. */
  readonly unacknowledged: number;
  readonly sockets: FakeSlackSockets;

  addWorkspace(workspace?: { readonly name?: string }): FakeSlackWorkspace;
  addApp(app?: { readonly name?: string }): FakeSlackApp;
  /** Installs an app in a workspace. */
  install(app: FakeSlackApp, workspace: FakeSlackWorkspace): FakeSlackBot;
  /** Adds a person, or another app's bot with `bot: true`. Default workspace: the default one. */
  addUser(user?: {
    readonly name?: string;
    readonly realName?: string;
    readonly workspace?: FakeSlackWorkspace;
    readonly bot?: boolean;
  }): FakeSlackUser;
  /**
   * Adds a channel with the default bot (or `bot`) in it. Default type `channel`.
   * `sharedWith`: makes it a Slack Connect channel.
   */
  addChannel(channel?: {
    readonly name?: string;
    readonly type?: Exclude<FakeSlackChannelType, 'im'>;
    readonly members?: readonly FakeSlackUser[];
    readonly bot?: FakeSlackBot;
    /** Default true. */
    readonly botIsMember?: boolean;
    readonly archived?: boolean;
    readonly sharedWith?: readonly FakeSlackWorkspace[];
  }): FakeSlackChannel;
  /** The direct messages between a person and a bot. Default: the default bot. */
  directMessages(user: FakeSlackUser, bot?: FakeSlackBot): FakeSlackChannel;
  /**
   * Delivers by HTTP to `url` from now on, or by socket again with undefined. Slack checks the
   * address first: false when it does not answer the challenge.
   */
  setRequestUrl(url: string | undefined, app?: FakeSlackApp): Promise<boolean>;
  /** Tells an app of an event made by the test, whatever it holds. Returns the envelope's id. */
  deliver(event: object, changes?: Readonly<Record<string, unknown>>): string;
  /** Delivers again what was delivered, as Slack does when it missed the acknowledgement. */
  redeliver(envelopeId: string): void;
  /** What became of a delivery. */
  delivery(envelopeId: string): SlackDelivery | undefined;
  /** The emoji the bot reacted with to a message. */
  reactionsOn(place: Pick<SlackPlace, 'channelId' | 'ts'>): readonly string[];
  /** Makes a token invalid; sockets of a revoked app token end. */
  revoke(token: string): void;

  /** The messages sent to a channel. */
  sentTo(channel: { readonly id: string }): readonly SentSlackMessage[];
  /** Resolves when an app listens on a socket. Default wait 5,000 ms. */
  waitForSocket(timeoutMs?: number): Promise<void>;
  /** Resolves when at least `count` messages were sent in all. Default wait 5,000 ms. */
  waitForSent(count: number, timeoutMs?: number): Promise<readonly SentSlackMessage[]>;
  /** Resolves when `method` was called at least `count` times. Default wait 5,000 ms. */
  waitForCall(method: string, count?: number, timeoutMs?: number): Promise<readonly SlackCall[]>;
  /** Resolves when every delivery was acknowledged. Default wait 5,000 ms. */
  waitForAcknowledged(timeoutMs?: number): Promise<void>;

  /**
   * Lets the next `times` calls of `method` go wrong. `file` and `upload` stand for the bytes,
   * `socket` for a connection that is being made: `hang` never answers, anything else cuts it.
   */
  fail(method: string, times: number, fault: SlackFault): void;
  /** Forgets faults not met yet. */
  clearFaults(): void;
  /** Kills every connection, HTTP and sockets; new ones are served. */
  dropConnections(): void;
  /** Refuses connections until {@link FakeSlack.up}. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
  /** Ends everything. */
  close(): Promise<void>;
}
