/**
 * The WhatsApp channel of one account: puts the other files of this package together.
 *
 * @module
 */
import { Backoff, Health, pause } from '@portcullis/channel-kit';
import {
  type AttachmentRef,
  type Channel,
  type ChannelAccount,
  type Conversation,
  DeliveryError,
  type Event,
  type Inbox,
  PortcullisError,
} from '@portcullis/core';
import { isTestServer, type WhatsAppOptions } from './config.ts';
import { Connection, type Ending, type Ground } from './connection.ts';
import { Plaintexts } from './decryption.ts';
import { split } from './format.ts';
import { Directory, ownId, selfOf } from './identity.ts';
import { Ledger } from './ledger.ts';
import { DEFAULT_TIMINGS, loadBaileys, type Timings } from './library.ts';
import { fatal, login, logout, notLinked, probe } from './login.ts';
import { downloadMedia, mediaHosts, Seal } from './media.ts';
import type { ParseContext } from './parse-message.ts';
import { Receiver } from './receive.ts';
import { addressOf, Sender } from './send.ts';
import { takeOver } from './takeover.ts';
import { Vault } from './vault.ts';

/** Practical limit of the network for pictures, films and sounds. */
const MAX_FILE_BYTES = 16_000_000;

class WhatsApp {
  readonly #account: ChannelAccount<WhatsAppOptions>;
  readonly #ground: Ground;
  readonly #seal: Seal;
  readonly #directory: Directory;
  readonly #sender: Sender;
  readonly health: Health = new Health();
  #connection: Connection | undefined;
  #opening: PromiseWithResolvers<void> = Promise.withResolvers();
  #runs = false;

  constructor(account: ChannelAccount<WhatsAppOptions>, ground: Ground, seal: Seal) {
    this.#account = account;
    this.#ground = ground;
    this.#seal = seal;
    this.#directory = new Directory(ground.vault);
    this.#sender = new Sender(ground, account.accountId, (signal) => this.#open(signal));
  }

  /** The connection that stands; one that is being made is waited for a little. */
  async #open(signal: AbortSignal): Promise<Connection | undefined> {
    if (this.#connection?.isOpen === true || !this.#runs || signal.aborted) {
      return this.#connection;
    }
    const { connectMs } = this.#ground.timings;
    await Promise.race([this.#opening.promise, pause(connectMs / 2, signal)]);
    return this.#connection;
  }

  get sender(): Sender {
    return this.#sender;
  }

  async run(inbox: Inbox, signal: AbortSignal): Promise<void> {
    this.#runs = true;
    try {
      await this.#stay(inbox, signal);
      this.health.ended('stopped');
    } catch (error) {
      const why = PortcullisError.is(error) ? error.message : 'The channel had a fault of its own.';
      this.health.ended('failed', why);
      throw error;
    } finally {
      this.#runs = false;
    }
  }

  /** Connects again and again, until told to stop or until it cannot help. */
  async #stay(inbox: Inbox, signal: AbortSignal): Promise<void> {
    const { vault, timings, log } = this.#ground;
    if (!vault.isLinked) throw notLinked();
    const backoff = new Backoff({ minMs: timings.backoffMinMs, maxMs: timings.backoffMaxMs });
    while (!signal.aborted) {
      const ending = await this.#connectOnce(inbox, signal, () => backoff.reset());
      if (signal.aborted) return;
      if (ending.next === 'forget') await vault.forget();
      if (ending.next === 'forget' || ending.next === 'give-up') throw fatal(ending);
      if (ending.next === 'restart') continue;
      const waitMs = backoff.next();
      this.health.lost(ending.why);
      log.warn({ why: ending.why, waitMs }, 'Connection to WhatsApp lost.');
      await pause(waitMs, signal);
    }
  }

  async #connectOnce(inbox: Inbox, signal: AbortSignal, opened: () => void): Promise<Ending> {
    const { texts } = this.#ground;
    let receiver: Receiver | undefined;
    const connection = new Connection(this.#ground, {
      heard: () => {
        if (connection.isOpen) this.health.contact();
      },
      made: (made) => {
        receiver = this.#receiver(made, inbox);
        receiver.install();
      },
    });
    this.#connection = connection;
    const stop = () => void connection.close();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const tooLong = setTimeout(() => {
      if (!connection.isOpen)
        void connection.close({ next: 'again', why: 'The login took too long.' });
    }, this.#ground.timings.connectMs * 2);
    void connection.opened.then(() => {
      opened();
      this.#opening.resolve();
      this.health.contact();
    });
    try {
      return await connection.over;
    } finally {
      clearTimeout(tooLong);
      signal.removeEventListener('abort', stop);
      this.#connection = undefined;
      // Whoever waits learns that this attempt came to nothing; after an open one they wait for the next.
      this.#opening.resolve();
      this.#opening = Promise.withResolvers();
      await connection.close();
      await receiver?.settled();
      await texts.clean().catch(() => undefined);
    }
  }

  #receiver(connection: Connection, inbox: Inbox): Receiver {
    const { baileys, vault, ledger, timings, log } = this.#ground;
    const me = vault.creds.me ?? { id: '' };
    const self = selfOf(me);
    this.health.known(ownId(self));
    const context: ParseContext = {
      baileys,
      accountId: this.#account.accountId,
      // The hidden address of our own account is told with the login.
      get self() {
        return selfOf(vault.creds.me ?? me);
      },
      directory: this.#directory,
      ledger,
      seal: (ref) => this.#seal.close(ref),
      log,
    };
    const { socket, scope, decryption, signal } = connection;
    const { health } = this;
    const parts = { baileys, socket, scope, vault, decryption, context, inbox, health, timings };
    return new Receiver({ ...parts, log, signal, changed: (group) => connection.forget(group) });
  }

  /** Whether the server takes our login: asked over the connection that stands, where one does. */
  async probe(signal: AbortSignal): Promise<{ readonly identity?: string }> {
    const connection = this.#connection;
    if (connection === undefined) return await probe(this.#ground, signal);
    const isAnswered = connection.isOpen && (await connection.answers(signal));
    if (!isAnswered) {
      throw fatal({ next: 'again', why: 'WhatsApp does not answer at the moment.' });
    }
    return { identity: ownId(selfOf(this.#ground.vault.creds.me ?? { id: '' })) };
  }

  async fetchMedia(
    attachment: AttachmentRef,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const ref = this.#seal.open(attachment.ref);
    const isTest = isTestServer(this.#ground.options);
    const named = isTest ? await this.#connection?.mediaHost() : undefined;
    return await downloadMedia(ref, mediaHosts(isTest, named), maxBytes, signal);
  }

  async typing(to: Conversation, signal: AbortSignal): Promise<void> {
    const jid = addressOf(to);
    await this.#ask(signal, async (connection) => {
      await connection.within((socket) => socket.sendPresenceUpdate('composing', jid));
    });
  }

  async seen(event: Event, signal: AbortSignal): Promise<void> {
    const { conversation, messageId, sender } = event;
    if (!this.#ground.options.sendReadReceipts || messageId === undefined) return;
    if (sender.isSelf === true || !/^(?:message|command|poll)$/u.test(event.kind)) return;
    const author = await this.#ground.ledger.author(conversation.id, messageId);
    const remoteJid = author?.chatJid ?? addressOf(conversation);
    const participant = author?.jid ?? '';
    const key = { id: messageId, remoteJid, ...(participant === '' ? {} : { participant }) };
    await this.#ask(signal, async (connection) => {
      await connection.within((socket) => socket.readMessages([key]));
    });
  }

  async leave(room: Conversation, signal: AbortSignal): Promise<void> {
    const jid = addressOf(room);
    await this.#ask(signal, async (connection) => {
      await connection.within((socket) => socket.groupLeave(jid));
      connection.forget(jid);
    });
  }

  /** Asks something of the server that is no message. */
  async #ask(signal: AbortSignal, work: (connection: Connection) => Promise<void>): Promise<void> {
    const connection = await this.#open(signal);
    if (signal.aborted || connection?.isOpen !== true) {
      throw new DeliveryError('retry', 'whatsapp.unreachable', 'There is no connection.', {
        hint: 'Try again when WhatsApp is reached.',
      });
    }
    try {
      await work(connection);
    } catch (error) {
      if (PortcullisError.is(error)) throw error;
      throw new DeliveryError(
        'unknown',
        'whatsapp.refused',
        'WhatsApp did not do what was asked.',
        {
          hint: 'Try again, or do it on the phone.',
        },
      );
    }
  }
}

/**
 * Makes the channel of one WhatsApp account. No network is touched before `run`, `login` or `probe`.
 *
 * Throws `whatsapp.login_damaged`, `whatsapp.auth_dir` and `whatsapp.library_unknown`.
 *
 * @param timings For tests; the defaults suit everybody else.
 */
export async function createWhatsAppChannel(
  account: ChannelAccount<WhatsAppOptions>,
  timings: Partial<Timings> = {},
): Promise<Channel> {
  const { options, log, credentials } = account;
  const baileys = await loadBaileys();
  const vault = await Vault.open(credentials, baileys);
  if (options.authDir !== undefined) await takeOver(options.authDir, vault, log);
  const ground: Ground = {
    baileys,
    options,
    timings: { ...DEFAULT_TIMINGS, ...timings },
    log,
    vault,
    ledger: new Ledger(vault),
    texts: new Plaintexts(vault),
  };
  const whatsapp = new WhatsApp(account, ground, await Seal.open(vault));
  const { sender, health } = whatsapp;
  return {
    id: 'whatsapp',
    run: (inbox, signal) => whatsapp.run(inbox, signal),
    send: (message, signal) => sender.send(message, signal),
    split,
    maxFileBytes: MAX_FILE_BYTES,
    // Phones show a message id once; the id is made from the key.
    idempotentSend: true,
    edit: (to, messageId, text, signal) => sender.edit(to, messageId, text, signal),
    typing: (to, signal) => whatsapp.typing(to, signal),
    seen: (event, signal) => whatsapp.seen(event, signal),
    fetchMedia: (attachment, maxBytes, signal) => whatsapp.fetchMedia(attachment, maxBytes, signal),
    leave: (room, signal) => whatsapp.leave(room, signal),
    status: () => health.status(),
    probe: (signal) => whatsapp.probe(signal),
    login: (show, signal) => login(ground, show, signal),
    logout: (signal) => logout(ground, signal),
  };
}
