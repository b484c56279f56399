/**
 * What tests can do with the fake Telegram.
 *
 * @module
 */
import type {
  FakeTelegramChat,
  FakeTelegramUser,
  SentTelegramMessage,
  TelegramCall,
  UserMessage,
  UserMessageReceipt,
} from './records.ts';

/**
 * How a call goes wrong.
 *
 * Not carried out: `500`, `429` (retry_after 1), `non-json` (a 502 page of a proxy), `reset` (the
 * connection dies before an answer), `hang` (no answer ever). Carried out, answer lost:
 * `half-body` (the answer breaks off), `accept-then-reset`, `accept-then-hang`.
 */
export type TelegramFault =
  | 500
  | 429
  | 'non-json'
  | 'reset'
  | 'hang'
  | 'half-body'
  | 'accept-then-reset'
  | 'accept-then-hang';

/** What people can do to a bot. */
export interface FakeTelegramPeople {
  /** Writes a message. */
  userSends(message: UserMessage): UserMessageReceipt;
  /** Changes the text of a message. `editedAt`: seconds since 1970, default now. */
  userEdits(edit: {
    readonly chat?: FakeTelegramChat;
    readonly from: FakeTelegramUser;
    readonly messageId: number;
    readonly text: string;
    readonly editedAt?: number;
  }): UserMessageReceipt;
  /** Presses a button of a message the bot sent; returns the id of the callback query. */
  userPresses(press: {
    readonly chat?: FakeTelegramChat;
    readonly from: FakeTelegramUser;
    readonly messageId: number;
    readonly data: string;
  }): string;
  /** Sets the reactions of a person on a message; `[]` takes them back. */
  userReacts(reaction: {
    readonly chat?: FakeTelegramChat;
    readonly from: FakeTelegramUser;
    readonly messageId: number;
    readonly emoji: readonly ('👍' | '👎' | '❤' | '🔥' | '👀')[];
  }): void;
  /** Pins a message. */
  userPins(pin: {
    readonly chat: FakeTelegramChat;
    readonly from: FakeTelegramUser;
    readonly messageId: number;
  }): UserMessageReceipt;
  /** Adds the bot to a room. */
  userAddsBot(from: FakeTelegramUser, chat: FakeTelegramChat): void;
  /** Removes the bot from a room, or blocks it in the private chat. */
  userRemovesBot(from: FakeTelegramUser, chat?: FakeTelegramChat): void;
  /** Lets somebody join or leave a room. */
  memberMoves(chat: FakeTelegramChat, member: FakeTelegramUser, what: 'joins' | 'leaves'): void;
  /** Turns a group into a supergroup; the old id stops working. */
  migrateGroup(chat: FakeTelegramChat, by: FakeTelegramUser): FakeTelegramChat;
}

/** How the fake is set up. */
export interface FakeTelegramOptions {
  /** The bot's token. Default: a fresh random one. */
  readonly token?: string;
  /** The bot's username. Default `gate_bot`. */
  readonly username?: string;
  /** Pause before a webhook delivery is tried again, milliseconds. Default 50. */
  readonly webhookRetryMs?: number;
}

/** The controls of a fake Telegram. */
export interface FakeTelegram extends FakeTelegramPeople {
  /** The `apiRoot` for a client: `http://127.0.0.1:<port>`, without a trailing slash. */
  readonly url: string;
  readonly token: string;
  readonly bot: FakeTelegramUser & { readonly username: string };
  /** Every message the bot sent, oldest first, as it stands now. */
  readonly sent: readonly SentTelegramMessage[];
  /** Every call the bot made, oldest first. */
  readonly calls: readonly TelegramCall[];
  /** How many polls are held open. */
  readonly polls: number;
  /** How many downloads of files were begun. */
  readonly downloads: number;
  /** How many updates the bot has not acknowledged. */
  readonly unacknowledged: number;

  /** Adds a person. The bot may write to them once they wrote first, or with `started: true`. */
  addUser(user?: {
    readonly id?: number;
    readonly firstName?: string;
    readonly username?: string;
    readonly isBot?: boolean;
    readonly started?: boolean;
  }): FakeTelegramUser;
  /** Adds a room. `botIsMember` defaults to true. Default type: `supergroup`. */
  addGroup(group?: {
    readonly id?: number;
    readonly title?: string;
    readonly type?: 'group' | 'supergroup' | 'channel';
    readonly username?: string;
    readonly isForum?: boolean;
    readonly botIsMember?: boolean;
  }): FakeTelegramChat;
  /** Opens a forum topic and returns its id. */
  addTopic(chat: FakeTelegramChat, by: FakeTelegramUser): number;
  /** Queues an update made by the test, whatever it holds; returns its `update_id`. */
  deliver(update: object): number;
  /** What the bot answered to a button press: undefined until it did. */
  callbackAnswer(callbackQueryId: string): string | undefined;

  /** Messages the bot sent to one chat. */
  sentTo(chat: { readonly id: number }): readonly SentTelegramMessage[];
  /** Resolves when the bot has sent at least `count` messages in all. Default wait 5,000 ms. */
  waitForSent(count: number, timeoutMs?: number): Promise<readonly SentTelegramMessage[]>;
  /** Resolves when the bot has called `method` at least `count` times. Default wait 5,000 ms. */
  waitForCall(method: string, count?: number, timeoutMs?: number): Promise<readonly TelegramCall[]>;
  /** Resolves when the bot has acknowledged every update. Default wait 5,000 ms. */
  waitForAcknowledged(timeoutMs?: number): Promise<void>;

  /** Lets the next `times` calls of `method` go wrong; `file` stands for file downloads. */
  fail(method: string, times: number, fault: TelegramFault): void;
  /**
   * Refuses the next `times` texts with "can't parse entities", whatever they hold; `why` follows
   * those words.
   */
  refuseMarkup(times: number, why?: string): void;
  /** Forgets faults not met yet. */
  clearFaults(): void;
  /** Kills every connection; new ones are served. */
  dropConnections(): void;
  /** Never answers the poll that is held right now, nor closes it. The next one is served. */
  stall(): void;
  /** Takes the token back: every call from now on is answered 401. */
  revokeToken(): void;
  /** Delivers the last update once more, as happens when its acknowledgement was lost. */
  redeliver(): void;
  /** Refuses connections until {@link FakeTelegram.up}. */
  down(): Promise<void>;
  /** Listens again, on the same port. */
  up(): Promise<void>;
  /** Ends everything. */
  close(): Promise<void>;
}
