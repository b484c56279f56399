/**
 * What tests can do with the fake WhatsApp.
 *
 * @module
 */
import type { BinaryNode, KeyPair, proto } from 'baileys';
import type {
  SentWhatsAppMessage,
  SentWhatsAppReaction,
  WhatsAppAddressing,
  WhatsAppGroup,
  WhatsAppMessageReceipt,
  WhatsAppNack,
  WhatsAppOwnMessage,
  WhatsAppPending,
  WhatsAppPerson,
  WhatsAppPresence,
  WhatsAppReceiptRecord,
  WhatsAppRequest,
  WhatsAppUserMessage,
} from './records.ts';

/**
 * What can go wrong: sending a `message`, logging in (`login`), an `upload` or `download` of a file,
 * or a question of the client by its namespace (`usync`, `encrypt`, `w:g2`, `w:m`, `w:p`, ...).
 */
export type WhatsAppOperation = string;

/**
 * How an operation goes wrong.
 *
 * Not carried out: `reset` (the connection dies), `hang` (no answer ever), `{ error }` (refused with
 * a code: 429 too fast, 463 may not write to strangers, 479 not understood, 500 the server's fault;
 * of a login 403, 405 too old, 503; of a file any HTTP status), `{ redirect }` (only for files: look
 * elsewhere). Carried out, answer lost: `accept-then-reset`, `accept-then-hang`.
 */
export type WhatsAppFault =
  | 'reset'
  | 'hang'
  | 'accept-then-reset'
  | 'accept-then-hang'
  | { readonly error: number }
  | { readonly redirect: string };

/**
 * What the server, or somebody who plays it, can do wrong from the next connection on.
 *
 * `foreign-root`: a certificate chain nobody trusted signed. `forged-leaf`: a trusted intermediate
 * and a leaf it never signed. `copied-chain`: a true chain, shown by somebody who does not hold the
 * key it vouches for. `forged-account`: a pairing whose account signature is not the
 * account's. `forged-hmac`: a pairing by somebody who never saw the code. `forged-prekey`: key
 * bundles whose signed key nobody signed.
 */
export type WhatsAppForgery =
  | 'foreign-root'
  | 'forged-leaf'
  | 'copied-chain'
  | 'forged-account'
  | 'forged-hmac'
  | 'forged-prekey';

/** What people can do. Whoever writes in a group is a member from then on. */
export interface FakeWhatsAppPeople {
  /** Writes a message. It is encrypted and queued in the order of the calls. */
  personSends(message: WhatsAppUserMessage): WhatsAppMessageReceipt;
  /** Changes the text of a message; also of somebody else's, which honest clients never do. */
  personEdits(edit: {
    readonly from: WhatsAppPerson;
    readonly message: WhatsAppMessageReceipt;
    readonly text: string;
  }): WhatsAppMessageReceipt;
  /** Deletes a message for everybody; also somebody else's. */
  personRevokes(revoke: {
    readonly from: WhatsAppPerson;
    readonly message: WhatsAppMessageReceipt;
  }): WhatsAppMessageReceipt;
  /** Reacts with one emoji; an empty one takes the reaction back. */
  personReacts(reaction: {
    readonly from: WhatsAppPerson;
    readonly message: WhatsAppMessageReceipt;
    readonly emoji: string;
  }): WhatsAppMessageReceipt;
  /** Reads messages of the account under test. */
  personReads(reading: {
    readonly from: WhatsAppPerson;
    readonly message: WhatsAppMessageReceipt;
  }): void;
  /** Starts or stops typing, in the direct messages or in a group. */
  personTypes(typing: {
    readonly from: WhatsAppPerson;
    readonly in?: WhatsAppGroup;
    /** Default true. */
    readonly typing?: boolean;
  }): void;
  /** Sends a message without encryption, as only the server could. */
  serverForges(message: WhatsAppUserMessage): WhatsAppMessageReceipt;
  /** Posts to everybody: a `status` update. */
  personPostsStatus(message: {
    readonly from: WhatsAppPerson;
    readonly text: string;
  }): WhatsAppMessageReceipt;
  /**
   * Installs the app anew: new keys, old sessions gone. `announced`: whether the server tells the
   * client. Default true.
   */
  personReinstalls(person: WhatsAppPerson, how?: { readonly announced?: boolean }): void;
  /** Writes on the owner's own phone; the companion gets a copy. */
  ownPhoneSends(message?: WhatsAppOwnMessage): WhatsAppMessageReceipt;
  /** Somebody joins or leaves a group, or is thrown out by `by`. */
  memberMoves(
    group: WhatsAppGroup,
    member: WhatsAppPerson,
    what: 'joins' | 'leaves' | 'is removed',
    by?: WhatsAppPerson,
  ): void;
  /** Takes the account under test into a group it left or was thrown out of. */
  addsAccount(group: WhatsAppGroup, by: WhatsAppPerson): void;
  /** Takes the account under test out of a group. */
  removesAccount(group: WhatsAppGroup, by: WhatsAppPerson): void;
}

/** How the fake is set up. */
export interface FakeWhatsAppOptions {
  /** Signs the certificate chain; share it between fakes one process talks to. Default fresh. */
  readonly trustRoot?: KeyPair;
  /** The number of the account under test. Default `+15550000001`. */
  readonly phone?: string;
  /** The name of the account. Default `Gate`. */
  readonly name?: string;
  /** Whether people's phones confirm delivery by themselves. Default true. */
  readonly deliveryReceipts?: boolean;
}

/** What the fake saw. All lists are live and oldest first. */
export interface FakeWhatsAppSights {
  /** What the account under test sent. */
  readonly sent: readonly SentWhatsAppMessage[];
  readonly reactions: readonly SentWhatsAppReaction[];
  readonly receipts: readonly WhatsAppReceiptRecord[];
  readonly presences: readonly WhatsAppPresence[];
  /** Addresses of groups the account left. */
  readonly leftGroups: readonly string[];
  /** Requests to the fake's media host and to its plain port. */
  readonly requests: readonly WhatsAppRequest[];
  /** What the client has not acknowledged: delivered again after the next login. */
  readonly unacknowledged: readonly WhatsAppPending[];
  readonly nacks: readonly WhatsAppNack[];
  /** Every stanza the client sent after the login. */
  readonly stanzas: readonly BinaryNode[];
  /** How many logins succeeded. */
  readonly logins: number;
  /** Whether a device of the account is linked. */
  readonly linked: boolean;
  /** Whether the linked device is connected and logged in. */
  readonly connected: boolean;
}

/** Faults of connections. */
export interface FakeWhatsAppFaults {
  /** Lets the next `times` operations go wrong. */
  fail(operation: WhatsAppOperation, times: number, fault: WhatsAppFault): void;
  /** Forgets faults not met yet, forgeries, and the required version. */
  clearFaults(): void;
  /** Commits a forgery from now on. */
  forge(forgery: WhatsAppForgery): void;
  /** Refuses clients that report an older version (failure 405). */
  requireVersion(version: readonly [number, number, number]): void;
  /** Cuts every connection; new ones are served. */
  dropConnections(): void;
  /** Connections stay open and do nothing more; new ones are served. */
  stall(): void;
  /**
   * Ends the stream with a code: 401 the device was removed (it is), 440 replaced by another
   * connection, 515 restart, 503 overloaded, or any other.
   */
  endStream(code: number): void;
  /**
   * Delivers a message again. Default `encrypted anew`, as its sender does when asked: the client
   * reads the same message twice. `as it was`: the same bytes, whose key is used up.
   */
  redeliver(message: WhatsAppMessageReceipt, how?: 'encrypted anew' | 'as it was'): void;
  /** Holds back what people send until the function it returns is called; `reversed` turns it round. */
  hold(): (order?: 'as sent' | 'reversed') => void;
  /** Sends any stanza to the client, now. */
  deliver(stanza: BinaryNode): void;
  /** Refuses connections until {@link FakeWhatsAppFaults.up}. */
  down(): Promise<void>;
  /** Listens again, on the same ports. */
  up(): Promise<void>;
}

/** The controls of a fake WhatsApp. */
export interface FakeWhatsApp extends FakeWhatsAppPeople, FakeWhatsAppSights, FakeWhatsAppFaults {
  /** The `waWebSocketUrl` of a client: `ws://127.0.0.1:<port>/ws/chat`. */
  readonly url: string;
  /** What a client reports: any version at or above it is taken. */
  readonly version: readonly [number, number, number];
  /** Host and port of the media server, which speaks TLS. */
  readonly mediaHost: string;
  /** The certificate the media server shows, PEM. */
  readonly caPem: string;
  /** Public key of the trust root, hexadecimal: for `WA_CERT_DETAILS`, or the preload. */
  readonly trustRootKey: string;
  /** The environment that lets a process started with the preload trust this fake and its files. */
  readonly trustEnvironment: Readonly<Record<string, string>>;
  /** The account under test. */
  readonly account: WhatsAppPerson;

  /** Scans the QR text a client shows, as the owner's phone would. Resolves when it restarts. */
  scan(qr: string): Promise<void>;
  /** Removes the linked device on the owner's phone. */
  unlink(): void;
  /** Adds a person. */
  addPerson(person?: {
    readonly phone?: string;
    readonly name?: string;
    readonly lid?: string;
  }): WhatsAppPerson;
  /** Makes a group with the account in it and tells the account. */
  addGroup(group?: {
    readonly name?: string;
    readonly members?: readonly WhatsAppPerson[];
    /** Default `lid`. */
    readonly addressing?: WhatsAppAddressing;
    /** Who made it and added the account. Default the first member. */
    readonly by?: WhatsAppPerson;
  }): WhatsAppGroup;
  /** Puts a file on the media server and describes it as a message would. */
  addMedia(file: {
    readonly bytes: Uint8Array;
    readonly kind?: string;
  }): proto.Message.IImageMessage;

  /** What was sent to a chat, however it was addressed. */
  sentTo(chat: WhatsAppPerson | WhatsAppGroup): readonly SentWhatsAppMessage[];
  /** Resolves when a login has succeeded and the client is connected. Default wait 5,000 ms. */
  waitForLogin(timeoutMs?: number): Promise<void>;
  /** Resolves when at least `count` messages were sent in all. Default wait 5,000 ms. */
  waitForSent(count: number, timeoutMs?: number): Promise<readonly SentWhatsAppMessage[]>;
  /** Resolves when `done` says so; looked at after everything that happens. Default wait 5,000 ms. */
  waitFor(done: () => boolean, what: string, timeoutMs?: number): Promise<void>;
  /** Ends everything. */
  close(): Promise<void>;
}
