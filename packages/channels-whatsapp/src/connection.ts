/**
 * One connection to WhatsApp, from the first byte to its end, and why it ended.
 *
 * @module
 */
import { errorField } from '@portcullis/channel-kit';
import { type Logger, PortcullisError } from '@portcullis/core';
import type { ConnectionState, GroupMetadata, WASocket } from 'baileys';
import type { WhatsAppOptions } from './config.ts';
import { Decryption, Plaintexts } from './decryption.ts';
import { inScope, newScope, outsideScope, type Scope } from './hardening.ts';
import type { Ledger } from './ledger.ts';
import { type Baileys, openSocket, type Timings } from './library.ts';
import type { Vault } from './vault.ts';

/** How long is believed what a group is. Changes are told; this is for those that were missed. */
const GROUP_MS = 5 * 60_000;

/** Why a connection ended. */
export interface Ending {
  /** What to do about it. */
  readonly next: 'restart' | 'again' | 'give-up' | 'forget';
  /** One sentence, without secrets. */
  readonly why: string;
  /** Stable code of the error, for those that end the channel. */
  readonly code?: string;
  readonly hint?: string;
}

const RELINK = 'Link the account again: openclaw channels login whatsapp';

const ENDINGS: Readonly<Record<number, Ending>> = {
  515: { next: 'restart', why: 'WhatsApp asked for a new connection.' },
  401: {
    next: 'forget',
    why: 'The account was unlinked on the phone.',
    code: 'whatsapp.logged_out',
    hint: RELINK,
  },
  403: {
    next: 'give-up',
    why: 'WhatsApp refuses this account.',
    code: 'whatsapp.forbidden',
    hint: 'Open WhatsApp on the phone: the account may be restricted or banned.',
  },
  411: {
    next: 'give-up',
    why: 'The login and the account do not belong together.',
    code: 'whatsapp.mismatch',
    hint: RELINK,
  },
  440: {
    next: 'give-up',
    why: 'Another program connected with the same login.',
    code: 'whatsapp.replaced',
    hint: 'Stop the other program; a login belongs to one. Or link this gateway anew.',
  },
  405: {
    next: 'give-up',
    why: 'WhatsApp does not take this version any more.',
    code: 'whatsapp.outdated',
    hint: 'Update @portcullis/channels-whatsapp, or set channels.whatsapp.version to a current version of WhatsApp Web.',
  },
  408: { next: 'again', why: 'WhatsApp was silent for too long.' },
  428: { next: 'again', why: 'The connection was closed.' },
  429: { next: 'again', why: 'WhatsApp asks to slow down.' },
  503: { next: 'again', why: 'WhatsApp is overloaded.' },
};

const UNPROVEN: Ending = {
  next: 'again',
  why: 'The server did not prove to be WhatsApp.',
  code: 'whatsapp.signature_invalid',
  hint: 'Somebody may stand between this machine and WhatsApp: try another network.',
};

const GARBLED = 'What the server sent could not be read.';

const LOST: Ending = { next: 'again', why: 'The connection to WhatsApp was lost.' };
const ENDED: Ending = { next: 'again', why: 'The connection was ended by us.' };

function statusOf(error: unknown): number | undefined {
  const output: unknown = errorField(error, 'output');
  const status = errorField(output, 'statusCode');
  return typeof status === 'number' ? status : undefined;
}

function invalidSignature(error: unknown): Ending | undefined {
  // The library makes errors of its own of it, with these words.
  const text = errorField(error, 'message');
  const isInvalid =
    typeof text === 'string' &&
    /certificate|certification|verify account signature|account signature/iu.test(text);
  const ours = PortcullisError.is(error) && error.code === 'whatsapp.signature_invalid';
  if (!isInvalid && !ours) return undefined;
  return UNPROVEN;
}

/** Why a connection ended, from what the library says. */
export function endingOf(error: unknown): Ending {
  if (error === undefined) return ENDED;
  // An HTTP answer instead of a connection: a proxy on the way may say 401, too. It is not WhatsApp
  // who unlinked us until the server has proven itself.
  const words = errorField(error, 'message');
  if (typeof words === 'string' && words.startsWith('WebSocket Error')) return LOST;
  return invalidSignature(error) ?? ENDINGS[statusOf(error) ?? 0] ?? LOST;
}

/** What connections of one account have in common. */
export interface Ground {
  readonly baileys: Baileys;
  readonly options: WhatsAppOptions;
  readonly timings: Timings;
  readonly log: Logger;
  readonly vault: Vault;
  readonly ledger: Ledger;
  readonly texts: Plaintexts;
}

/** What a connection tells while it lasts. */
export interface Watcher {
  /** A QR code to be scanned. */
  readonly qr?: (text: string) => void;
  /** The server was heard. */
  readonly heard?: () => void;
  /** Before the first stanza: the place to step in front of the library. */
  readonly made?: (connection: Connection) => void;
}

/** One connection. */
export class Connection {
  readonly socket: WASocket;
  readonly scope: Scope;
  readonly decryption: Decryption;
  /** Resolves when we are logged in. Never rejects. */
  readonly opened: Promise<void>;
  /** Resolves when the connection is over. */
  readonly over: Promise<Ending>;
  /** Aborts when the connection is over. */
  readonly signal: AbortSignal;
  readonly #ground: Ground;
  readonly #end: (ending: Ending) => void;
  #isOver = false;
  #isOpen = false;
  #heardAt = Date.now();
  readonly #groups: Map<string, { readonly at: number; readonly metadata: GroupMetadata }> =
    new Map();
  #saving: Promise<void> = Promise.resolve();

  constructor(ground: Ground, watcher: Watcher) {
    this.#ground = ground;
    const { baileys, options, vault, ledger, log, texts } = ground;
    const closing = new AbortController();
    const over = Promise.withResolvers<Ending>();
    const opened = Promise.withResolvers<void>();
    this.signal = closing.signal;
    this.opened = opened.promise;
    this.scope = newScope(options.dangerouslySkipSignatureChecks);
    this.decryption = new Decryption(texts, () => {
      log.warn({}, 'A contact writes with new keys: another phone, or the app installed anew.');
    });
    const auth = { creds: vault.creds, keys: vault.keys };
    const makeSignalRepository = this.decryption.wrap(
      baileys.DEFAULT_CONNECTION_CONFIG.makeSignalRepository,
    );
    const getMessage = async ({ id }: { id?: string | null }) => {
      const sent = await ledger.sent(id ?? '');
      return sent === undefined ? undefined : baileys.proto.Message.decode(sent.bytes);
    };
    const cachedGroupMetadata = async (jid: string) => this.#groups.get(jid)?.metadata;
    const parts = { ...ground, auth, makeSignalRepository, getMessage, cachedGroupMetadata };
    this.socket = openSocket(parts, this.scope, (event) => {
      log.warn(
        { event: /^[\w:,-]{1,60}$/u.test(event) ? event : 'other' },
        'The library had a fault.',
      );
      // What cannot be decrypted makes everything after it unreadable.
      if (event === 'message') void this.close({ next: 'again', why: GARBLED });
    });
    const watch = setInterval(() => this.#watch(), ground.timings.silenceMs / 4);
    this.#end = (ending) => {
      if (this.#isOver) return;
      this.#isOver = true;
      clearInterval(watch);
      closing.abort();
      over.resolve(ending);
    };
    this.over = over.promise;
    this.#listen(watcher, () => {
      this.#isOpen = true;
      opened.resolve();
    });
    watcher.made?.(this);
  }

  /** Whether messages can be sent. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#isOver;
  }

  /** Runs work of the library. */
  async within<T>(work: (socket: WASocket) => Promise<T>): Promise<T> {
    return await inScope(this.scope, async () => await work(this.socket));
  }

  /** Ends the connection and waits until what it had to keep is kept. */
  async close(ending: Ending = ENDED): Promise<void> {
    this.#end(ending);
    // A server that is gone does not answer the farewell.
    const socket: unknown = Reflect.get(this.socket.ws, 'socket');
    const cut = setTimeout(() => Reflect.apply(terminateOf(socket), socket, []), 250);
    await inScope(this.scope, async () => await this.socket.end(undefined)).catch(() => undefined);
    clearTimeout(cut);
    await this.#saving;
  }

  /** Whether the server answers a sign of life. */
  async answers(signal: AbortSignal): Promise<boolean> {
    const ping = { tag: 'ping', attrs: {} };
    const attrs = { to: 's.whatsapp.net', type: 'get', xmlns: 'w:p' };
    const asked = this.within(
      async (socket) => await socket.query({ tag: 'iq', attrs, content: [ping] }),
    ).catch(() => undefined);
    const ended = Promise.withResolvers<undefined>();
    const stop = () => ended.resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
    const answer = await Promise.race([asked, ended.promise, this.over.then(() => undefined)]);
    signal.removeEventListener('abort', stop);
    return answer !== undefined;
  }

  /** What a group is and who is in it, asked for once in a while. Rejects when it is not ours. */
  async group(jid: string): Promise<void> {
    const known = this.#groups.get(jid);
    if (known !== undefined && Date.now() - known.at < GROUP_MS) return;
    const metadata = await this.within(async (socket) => await socket.groupMetadata(jid));
    this.#groups.set(jid, { at: Date.now(), metadata });
  }

  /** A group changed: what was known of it is not true any more. */
  forget(jid: string): void {
    this.#groups.delete(jid);
  }

  /** The host of files. */
  async mediaHost(): Promise<string | undefined> {
    const place = await this.within(async (socket) => await socket.refreshMediaConn(false)).catch(
      () => undefined,
    );
    return place?.hosts[0]?.hostname;
  }

  #listen(watcher: Watcher, open: () => void): void {
    const { ev, ws } = this.socket;
    ws.on('frame', () => {
      this.#heardAt = Date.now();
      outsideScope(() => watcher.heard?.());
    });
    ev.on('creds.update', () => this.#save());
    ev.on('connection.update', ({ connection, qr, lastDisconnect }: Partial<ConnectionState>) => {
      outsideScope(() => {
        if (qr !== undefined) watcher.qr?.(qr);
        if (connection === 'open') this.#open(open);
        if (connection === 'close') this.#end(endingOf(lastDisconnect?.error));
      });
    });
  }

  /** Whatever the library believes: nobody is spoken to whose certificate was not looked at. */
  #open(open: () => void): void {
    const { skipSignatures, agreed } = this.scope;
    if (skipSignatures || agreed === undefined) open();
    else void this.close(UNPROVEN);
  }

  #save(): void {
    const { vault, log } = this.#ground;
    this.#saving = this.#saving
      .then(async () => await vault.save())
      .catch(() => {
        log.error({}, 'The WhatsApp login could not be stored.');
        void this.close({ next: 'again', why: 'The login could not be stored.' });
      });
  }

  /** A connection can stay open and be dead. The server answers our signs of life, or it is gone. */
  #watch(): void {
    if (Date.now() - this.#heardAt < this.#ground.timings.silenceMs) return;
    void this.close({ next: 'again', why: 'WhatsApp was silent for too long.' });
  }
}

function terminateOf(socket: unknown): () => void {
  const terminate: unknown = errorField(socket, 'terminate');
  return typeof terminate === 'function'
    ? () => Reflect.apply(terminate, socket, [])
    : () => undefined;
}
