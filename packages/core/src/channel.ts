/**
 * A channel connects one chat network to the gateway: facts in, messages out.
 *
 * Three members are required. Everything a network may lack is optional and found by presence
 * (`channel.edit !== undefined`), so no channel needs a stub that throws. Pairing, allow lists,
 * approvals, sessions and audit are the gateway's and are not here.
 *
 * @module
 */
import type { AttachmentRef, Conversation, Event } from './event.ts';
import type { Logger } from './logger.ts';
import type { Secret } from './secret.ts';
import type { StandardSchema } from './standard-schema.ts';

/** Where a channel hands over what its network delivered. */
export interface Inbox {
  /**
   * Writes the event durably. Resolves after the commit: only then may the network be
   * acknowledged. A redelivery resolves with `duplicate`. Rejects when the event could not be
   * stored; then the network must not be acknowledged.
   */
  accept(event: Event): Promise<'accepted' | 'duplicate'>;
}

/** A button under a message. `data` comes back in {@link Event.button}. */
export interface MessageButton {
  readonly label: string;
  /** At most 64 bytes: the shortest limit of the networks we speak to. */
  readonly data: string;
}

/** A file that goes out. */
export interface OutboundFile {
  /** A bare file name, for people: no path of this machine. */
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array;
}

/** One message to one conversation: at most what the network takes in one piece. */
export interface OutboundMessage {
  readonly to: Conversation;
  /** Markdown. The channel turns it into its network's own formatting. */
  readonly text: string;
  readonly replyTo?: string;
  readonly buttons?: readonly (readonly MessageButton[])[];
  /**
   * A file; then `text` is what is written beside it, and may be empty. One at most, so that what
   * became of a message is always one answer. Given only to channels with
   * {@link Channel.maxFileBytes}, and never larger.
   */
  readonly file?: OutboundFile;
  /** Unique per message and stable over retries. Hand it to the network where it takes one. */
  readonly idempotencyKey: string;
}

/** What the network said when it took a message. */
export interface Receipt {
  /** The network's id of the message. */
  readonly messageId: string;
}

/** How a channel is doing. */
export interface ChannelStatus {
  readonly state: 'starting' | 'connected' | 'reconnecting' | 'stopped' | 'failed';
  /** Our own account on the network: `@my_bot`. */
  readonly identity?: string;
  /** Last time the network was heard from, milliseconds since 1970. */
  readonly lastContactAt?: number;
  /** Last fault as one sentence, without secrets. */
  readonly lastError?: string;
  /** How often the connection was made anew since the start. */
  readonly restarts?: number;
}

/** A live connection of one account to one chat network. */
export interface Channel {
  /** Channel id: lower case, unique in a gateway. */
  readonly id: string;

  /**
   * Receives until `signal` aborts, then settles its work and resolves. A lost connection is
   * mended inside; rejects only when trying again cannot help (a revoked token).
   */
  run(inbox: Inbox, signal: AbortSignal): Promise<void>;

  /**
   * Sends one message.
   *
   * Throws a {@link DeliveryError}: only its `outcome` tells whether the network may have taken
   * the message. Any other error counts as `unknown`.
   */
  send(message: OutboundMessage, signal: AbortSignal): Promise<Receipt>;

  /** Cuts markdown into pieces the network takes, never inside an entity. Pure. */
  split?(text: string): readonly string[];
  /** Replaces the text of a message sent earlier. */
  edit?(to: Conversation, messageId: string, text: string, signal: AbortSignal): Promise<void>;
  /** Shows that an answer is being written; the network lets it fade by itself. */
  typing?(to: Conversation, signal: AbortSignal): Promise<void>;
  /** Acknowledges a pressed button. */
  answerButton?(event: Event, text: string, signal: AbortSignal): Promise<void>;
  /** Largest file the network takes from us, in bytes. Absent: this channel sends no files. */
  readonly maxFileBytes?: number;
  /** Tells the network that an admitted message was read. */
  seen?(event: Event, signal: AbortSignal): Promise<void>;
  /**
   * Set where the network itself drops a second message with the same idempotency key: for good, or
   * for as long as it remembers keys, in milliseconds.
   */
  readonly idempotentSend?: true | { readonly withinMs: number };
  /** Asks the network whether a doubtful send to a conversation arrived. */
  lookup?(
    idempotencyKey: string,
    signal: AbortSignal,
    to: Conversation,
  ): Promise<Receipt | undefined>;
  /** Fetches an attachment's bytes. Called only for admitted events. */
  fetchMedia?(
    attachment: AttachmentRef,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array>;
  /** Leaves a room that policy does not list. */
  leave?(room: Conversation, signal: AbortSignal): Promise<void>;
  /** The state right now. Must not touch the network. */
  status?(): ChannelStatus;
  /**
   * Asks the network whether it still takes our login, running or not. Resolves with who we are
   * there; rejects when it refuses us or cannot be reached, with a message that holds no secret.
   */
  probe?(signal: AbortSignal): Promise<{ readonly identity?: string }>;
  /**
   * Links this account with an app of the person who owns it, and keeps the login in
   * {@link ChannelAccount.credentials}. `show` gets the text of a QR code to be scanned, and again
   * whenever the network replaces it. Resolves with who we are there. Never called while `run` runs.
   */
  login?(show: (qr: string) => void, signal: AbortSignal): Promise<{ readonly identity?: string }>;
  /**
   * Ends the login on the network's side, as far as it can be reached. The gateway deletes what is
   * kept of it here afterwards, whatever came of this. Never called while `run` runs.
   */
  logout?(signal: AbortSignal): Promise<void>;
}

/** Whether a failed send may have reached the network. */
export type DeliveryOutcome =
  /** Certainly not taken, and trying again can help (429, refused connection). */
  | 'retry'
  /** Certainly not taken, and trying again cannot help (chat not found, blocked by the user). */
  | 'failed'
  /** May have been taken (the answer was lost). */
  | 'unknown';

/** Key-value storage for a network login, kept by the gateway behind its store. */
export interface CredentialStore {
  get(key: string): Promise<string | undefined>;
  set(entries: Readonly<Record<string, string | undefined>>): Promise<void>;
}

/** An HTTP request routed to a channel, its body already read and bounded. */
export interface RouteRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** The answer to a {@link RouteRequest}. */
export interface RouteResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Answers the requests of one route. */
export type RouteHandler = (request: RouteRequest) => Promise<RouteResponse>;

/**
 * Asked about a request before a byte of its body is read. What it returns is the answer;
 * undefined lets the body be read and the request be handled. A route that knows its callers by a
 * header refuses the others here, so that they cost neither memory nor time.
 */
export type RouteGuard = (head: Omit<RouteRequest, 'body'>) => RouteResponse | undefined;

/** What the gateway hands to a channel for one account. */
export interface ChannelAccount<TOptions = unknown> {
  readonly accountId: string;
  /** The account's options, merged over the channel's, checked by {@link ChannelDefinition.config}. */
  readonly options: TOptions;
  /**
   * Resolves a secret option by its key (`botToken`): literal, `${ENV}`, SecretRef, file or the
   * channel's own environment variable. Undefined when it is not configured.
   */
  secret(key: string): Secret | undefined;
  readonly credentials: CredentialStore;
  readonly log: Logger;
  /**
   * Serves `POST` requests below `/channels/<channel>/<account><path>` on the gateway's one port.
   * `admit` is asked before the body is read. Default: every body is read, up to 1 MB.
   */
  route(path: string, handler: RouteHandler, admit?: RouteGuard): void;
}

/** How a plugin offers a chat network. */
export interface ChannelDefinition<TOptions = unknown> {
  readonly id: string;
  /** Checks the options of one account (common channel keys are already checked by the gateway). */
  readonly config: StandardSchema<unknown, TOptions>;
  /** Option keys that hold secrets, each with the environment variable that may stand in for it. */
  readonly secrets?: Readonly<Record<string, string | undefined>>;
  /** Makes the channel of one account. Heavy libraries are imported here, not before. */
  create(account: ChannelAccount<TOptions>): Promise<Channel>;
}
