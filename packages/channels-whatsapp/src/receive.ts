/**
 * From the wire to the inbox, and only then to the library, which acknowledges.
 *
 * The library tells the server that it has a message before anybody was asked to keep it. So its
 * listeners are put behind ours: a stanza is decrypted, parsed and accepted here first. Until the
 * inbox took it the library does not see it, and the server delivers it again after the next login.
 *
 * @module
 */
import { Backoff, type Health, pause } from '@portcullis/channel-kit';
import type { Event, Inbox, Logger } from '@portcullis/core';
import type { BinaryNode, WAMessageKey, WASocket } from 'baileys';
import type { Decryption } from './decryption.ts';
import { inScope, outsideScope, type Scope } from './hardening.ts';
import { type Baileys, isNobody, quietLogger, type Timings } from './library.ts';
import { type ParseContext, parseMessage } from './parse-message.ts';
import { parseNotification } from './parse-notification.ts';
import type { Vault } from './vault.ts';

/** Messages older than this were answered by nobody for too long: they are not answered any more. */
const TOO_OLD_MS = 24 * 60 * 60 * 1000;

/** What receiving needs. */
export interface ReceiveParts {
  readonly baileys: Baileys;
  readonly socket: WASocket;
  readonly scope: Scope;
  readonly vault: Vault;
  readonly decryption: Decryption;
  readonly context: ParseContext;
  readonly inbox: Inbox;
  readonly health: Health;
  readonly timings: Timings;
  readonly log: Logger;
  /** A group is not what it was. */
  readonly changed: (group: string) => void;
  /** Aborts when the connection is over. */
  readonly signal: AbortSignal;
}

type Listener = (node: BinaryNode) => unknown;

const MESSAGE = 'CB:message';
const NOTIFICATION = 'CB:notification';

/** Takes stanzas one after the other, each to its end. */
export class Receiver {
  readonly #parts: ReceiveParts;
  readonly #backoff: Backoff;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: ReceiveParts) {
    this.#parts = parts;
    const { backoffMinMs: minMs, backoffMaxMs: maxMs } = parts.timings;
    this.#backoff = new Backoff({ minMs, maxMs });
  }

  /** Steps in front of the library. To be called before the first stanza. */
  install(): void {
    this.#before(MESSAGE, async (node) => await this.#read(node));
    this.#before(NOTIFICATION, async (node) => {
      this.#parts.changed(node.attrs['from'] ?? '');
      return await parseNotification(node, this.#parts.context);
    });
    this.#parts.socket.ws.on('CB:ib,,offline', () => {
      this.#last = this.#last
        .then(async () => await this.#parts.decryption.sweep())
        .catch(() => this.#parts.log.warn({}, 'What is acknowledged could not be forgotten.'));
    });
    // The server says that it knows of our receipt: the message will not come again.
    this.#parts.socket.ws.on('CB:ack,class:receipt', ({ attrs }: BinaryNode) => {
      this.#parts.decryption.done(attrs['id'] ?? '');
    });
  }

  /** Resolves when everything that came so far is done with. */
  async settled(): Promise<void> {
    await this.#last;
  }

  #before(name: string, read: (node: BinaryNode) => Promise<Event | undefined>): void {
    const { ws } = this.#parts.socket;
    const listeners = ws.listeners(name) as Listener[];
    ws.removeAllListeners(name);
    ws.on(name, (node: BinaryNode) => {
      this.#last = this.#last.then(async () => {
        if (!(await this.#accepted(node, read))) return;
        // The library's own listeners never reject: they are guarded.
        await inScope(this.#parts.scope, async () => {
          for (const listener of listeners) await Reflect.apply(listener, ws, [node]);
        });
      });
    });
  }

  /** Whether a stanza is accepted, or not for us: then the library may acknowledge it. */
  async #accepted(
    node: BinaryNode,
    read: (node: BinaryNode) => Promise<Event | undefined>,
  ): Promise<boolean> {
    const { inbox, signal } = this.#parts;
    while (!signal.aborted) {
      try {
        const event = await this.#parsed(node, read);
        if (event !== undefined) await outsideScope(async () => await inbox.accept(event));
        this.#backoff.reset();
        return !signal.aborted;
      } catch {
        await this.#notStored();
      }
    }
    return false;
  }

  async #notStored(): Promise<void> {
    const { health, log, signal } = this.#parts;
    if (signal.aborted) return;
    const waitMs = this.#backoff.next();
    health.fault('A message could not be stored; it is tried again.');
    log.error({ waitMs }, 'A message could not be stored; it is not acknowledged.');
    await pause(waitMs, signal);
  }

  /** Reads a stanza. Throws only when our own store failed. */
  async #parsed(
    node: BinaryNode,
    read: (node: BinaryNode) => Promise<Event | undefined>,
  ): Promise<Event | undefined> {
    const { scope, vault, log } = this.#parts;
    if (isNobody(node.attrs['from'] ?? '')) return undefined;
    vault.takeFault();
    let event: Event | undefined;
    try {
      event = await inScope(scope, async () => await read(node));
    } catch {
      // The stanza is a stranger's: its error may quote it, so it is not logged.
      log.warn({ kind: node.tag }, 'Skipped what could not be read.');
    }
    // The library takes a failed store for a message that cannot be decrypted.
    const fault = vault.takeFault();
    if (fault !== undefined) throw fault;
    if (event === undefined || Date.now() - event.at <= TOO_OLD_MS) return event;
    log.info({ kind: event.kind }, 'Skipped what waited for more than a day.');
    return undefined;
  }

  async #read(node: BinaryNode): Promise<Event | undefined> {
    const { baileys, socket, decryption, context, log } = this.#parts;
    const { me } = socket.authState.creds;
    if (me === undefined) return undefined;
    decryption.expect(node);
    const { fullMessage, decrypt } = baileys.decryptMessageNode(
      node,
      me.id,
      me.lid ?? '',
      socket.signalRepository,
      quietLogger(log),
    );
    await this.#learn(fullMessage.key);
    await decrypt();
    const { senderAlt, recipientAlt } = baileys.extractAddressingContext(node);
    const isFromMe = fullMessage.key.fromMe === true;
    const event = await parseMessage(
      { message: fullMessage, recipientAlt: recipientAlt ?? (isFromMe ? senderAlt : undefined) },
      context,
    );
    await this.#note(event, fullMessage.key);
    return event;
  }

  /** Learns that two addresses are one person, as the library does before it decrypts. */
  async #learn(key: WAMessageKey): Promise<void> {
    const { baileys, socket } = this.#parts;
    const { lidMapping, migrateSession } = socket.signalRepository;
    const other = key.participantAlt ?? key.remoteJidAlt;
    const first = key.participant || key.remoteJid;
    if (!other || !first) return;
    const [lid, pn] = baileys.isLidUser(other) ? [other, first] : [first, other];
    if (!baileys.isLidUser(lid) || !baileys.isPnUser(pn)) return;
    if (lid === other && (await lidMapping.getPNForLID(lid)) !== null) return;
    await lidMapping.storeLIDPNMappings([{ lid, pn }]);
    await migrateSession(pn, lid);
  }

  /** Notes who wrote a message: for later changes of it, and to tell the server that it was read. */
  async #note(event: Event | undefined, key: WAMessageKey): Promise<void> {
    const { kind, messageId, sender, conversation } = event ?? {};
    const isWords = kind === 'message' || kind === 'command' || kind === 'poll';
    if (!isWords || messageId === undefined || conversation === undefined) return;
    if (sender?.id === undefined) return;
    await this.#parts.context.ledger.wrote(conversation.id, messageId, {
      id: sender.id,
      chatJid: this.#parts.baileys.jidNormalizedUser(key.remoteJid ?? ''),
      jid: this.#parts.baileys.jidNormalizedUser(key.participant ?? ''),
    });
  }
}
