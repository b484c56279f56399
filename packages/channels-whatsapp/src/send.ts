/**
 * Sends messages, and tells whether they were taken.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { pause } from '@portcullis/channel-kit';
import {
  type Conversation,
  DeliveryError,
  type DeliveryOutcome,
  type OutboundMessage,
  PortcullisError,
  type Receipt,
} from '@portcullis/core';
import type { BinaryNode, proto } from 'baileys';
import type { Connection, Ground } from './connection.ts';
import { render } from './format.ts';
import { isOurs, jidOf, selfOf } from './identity.ts';
import { uploadFile } from './upload.ts';

type Content = proto.IMessage;

/** A pause the server wants, where it does not say how long. */
const SLOW_DOWN_MS = 60_000;
/** WhatsApp keeps an account from writing to people who did not write first. */
const RESTRICTED_MS = 15 * 60_000;
const SOON_MS = 5000;

interface Refusal {
  readonly outcome: DeliveryOutcome;
  readonly code: string;
  readonly why: string;
  readonly hint: string;
  readonly retryAfterMs?: number;
}

const REFUSALS: Readonly<Record<number, Refusal>> = {
  429: {
    outcome: 'retry',
    code: 'whatsapp.rate_limited',
    why: 'WhatsApp asks to slow down.',
    hint: 'Nothing to do: the message is sent after a pause.',
    retryAfterMs: SLOW_DOWN_MS,
  },
  463: {
    outcome: 'retry',
    code: 'whatsapp.restricted',
    why: 'WhatsApp does not let this account write to somebody who did not write first.',
    hint: 'Let the person write first; open WhatsApp on the phone and look for a notice.',
    retryAfterMs: RESTRICTED_MS,
  },
  479: {
    outcome: 'retry',
    code: 'whatsapp.not_understood',
    why: 'WhatsApp did not take the message as it was addressed.',
    hint: 'Nothing to do: it is addressed anew.',
    retryAfterMs: SOON_MS,
  },
  500: {
    outcome: 'unknown',
    code: 'whatsapp.server_error',
    why: 'WhatsApp had a fault of its own; the message may have arrived.',
    hint: 'Look into the chat before sending again.',
  },
};

function refusal({ outcome, code, why, hint, retryAfterMs }: Refusal): DeliveryError {
  const pauseMs = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new DeliveryError(outcome, code, why, { hint, ...pauseMs });
}

function refused(code: number): DeliveryError {
  const known = REFUSALS[code] ?? (code >= 500 && code < 600 ? REFUSALS[500] : undefined);
  return refusal(
    known ?? {
      outcome: 'failed',
      code: 'whatsapp.refused',
      why: `WhatsApp refused the message (${code}).`,
      hint: 'Check the chat: it may be gone, or closed to this account.',
    },
  );
}

function notSent(): DeliveryError {
  return new DeliveryError(
    'retry',
    'whatsapp.unreachable',
    'Nothing was sent: there is no connection.',
    {
      hint: 'Nothing to do: the message is sent when WhatsApp is reached.',
    },
  );
}

function answerLost(): DeliveryError {
  return new DeliveryError(
    'unknown',
    'whatsapp.answer_lost',
    'WhatsApp did not say whether it took the message.',
    {
      hint: 'Look into the chat before sending again.',
    },
  );
}

function nobodyThere(): DeliveryError {
  return new DeliveryError(
    'failed',
    'whatsapp.recipient_unknown',
    'There is nobody on WhatsApp by this number.',
    {
      hint: 'Check the number: + and the country first.',
    },
  );
}

function keysForged(): DeliveryError {
  const why = 'Nothing was sent: the keys WhatsApp gave for this person are not signed by them.';
  return new DeliveryError('failed', 'whatsapp.signature_invalid', why, {
    hint: 'Somebody may stand between this machine and WhatsApp: try another network.',
  });
}

/** The address of a conversation. Throws `whatsapp.message_invalid`. */
export function addressOf({ id }: Conversation): string {
  const jid = jidOf(id);
  if (jid !== undefined) return jid;
  throw new DeliveryError(
    'failed',
    'whatsapp.message_invalid',
    'The chat has no WhatsApp address.',
    {
      hint: 'Name a number (+1555...), a person (lid:...) or a group (...@g.us).',
    },
  );
}

/** The id of a message: the same for every attempt, so that phones show it once. */
export function messageIdOf(accountId: string, idempotencyKey: string): string {
  const hash = createHash('sha256').update(JSON.stringify([accountId, idempotencyKey]));
  return `3EB0${hash.digest('hex').slice(0, 18).toUpperCase()}`;
}

function statusOf(error: unknown): number | undefined {
  const data: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'data') : 0;
  return typeof data === 'number' && data >= 400 ? data : undefined;
}

/**
 * A list of nodes to add to a message, always empty. The library looks at it last of all before the
 * bytes go out, and so it tells whether they may have.
 */
function tripwire(): { readonly nodes: BinaryNode[]; readonly begun: () => boolean } {
  let begun = false;
  const nodes = new Proxy<BinaryNode[]>([], {
    get(target, key, receiver): unknown {
      begun = true;
      return Reflect.get(target, key, receiver);
    },
  });
  return { nodes, begun: () => begun };
}

/** The connection that stands, if there is one. */
type Lookup = (signal: AbortSignal) => Promise<Connection | undefined>;

/** The senders of one account. */
export class Sender {
  readonly #ground: Ground;
  readonly #accountId: string;
  readonly #connection: Lookup;
  #last: Promise<unknown> = Promise.resolve();
  #sentAt = 0;

  constructor(ground: Ground, accountId: string, connection: Lookup) {
    this.#ground = ground;
    this.#accountId = accountId;
    this.#connection = connection;
  }

  /** Sends one message. */
  async send(message: OutboundMessage, signal: AbortSignal): Promise<Receipt> {
    const { to, text, replyTo, file, idempotencyKey } = message;
    const jid = addressOf(to);
    if (text.trim() === '' && file === undefined) {
      throw new DeliveryError('failed', 'whatsapp.message_invalid', 'The message is empty.', {
        hint: 'Give it a text or a file.',
      });
    }
    const id = messageIdOf(this.#accountId, idempotencyKey);
    const quote = replyTo === undefined ? undefined : await this.#quote(to.id, replyTo);
    return await this.#inTurn(signal, async (connection) => {
      const words = render(text);
      const content: Content =
        file === undefined
          ? { extendedTextMessage: { text: words, ...(quote && { contextInfo: quote }) } }
          : await uploadFile(this.#ground, connection, { file, words, quote }, signal);
      await this.#deliver(connection, { jid, chat: to.id, id, content }, signal);
      return { messageId: id };
    });
  }

  /** Replaces the text of a message of ours. */
  async edit(
    to: Conversation,
    messageId: string,
    text: string,
    signal: AbortSignal,
  ): Promise<void> {
    const jid = addressOf(to);
    const { MESSAGE_EDIT } = this.#ground.baileys.proto.Message.ProtocolMessage.Type;
    const protocolMessage = {
      key: { remoteJid: jid, fromMe: true, id: messageId },
      type: MESSAGE_EDIT,
      editedMessage: { extendedTextMessage: { text: render(text) } },
      timestampMs: Date.now(),
    };
    const id = messageIdOf(this.#accountId, JSON.stringify(['edit', messageId, text]));
    const attributes = { edit: '1' };
    await this.#inTurn(signal, async (connection) => {
      const content = { protocolMessage };
      await this.#deliver(connection, { jid, chat: to.id, id, content, attributes }, signal);
    });
  }

  /** Uses the connection when nobody else sends, and not at once after them. */
  async #inTurn<T>(signal: AbortSignal, work: (connection: Connection) => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      const waitMs = this.#sentAt + this.#ground.timings.paceMs - Date.now();
      if (waitMs > 0) await pause(waitMs, signal);
      const connection = await this.#connection(signal);
      if (signal.aborted || connection?.isOpen !== true) throw notSent();
      try {
        return await work(connection);
      } finally {
        this.#sentAt = Date.now();
      }
    });
    this.#last = turn.catch(() => undefined);
    return await turn;
  }

  async #quote(chat: string, id: string): Promise<proto.IContextInfo | undefined> {
    const { ledger, vault, baileys } = this.#ground;
    const sent = await ledger.sent(id);
    if (sent?.chat === chat) {
      const quotedMessage = baileys.proto.Message.decode(sent.bytes);
      const participant = baileys.jidNormalizedUser(vault.creds.me?.id);
      return { stanzaId: id, participant, quotedMessage };
    }
    const author = await ledger.author(chat, id);
    if (author === undefined) return undefined;
    const participant = author.jid === '' ? author.chatJid : author.jid;
    return { stanzaId: id, participant, quotedMessage: { conversation: '' } };
  }

  async #deliver(
    connection: Connection,
    message: {
      readonly jid: string;
      readonly chat: string;
      readonly id: string;
      readonly content: Content;
      readonly attributes?: Record<string, string>;
    },
    signal: AbortSignal,
  ): Promise<void> {
    const { jid, chat, id, content, attributes } = message;
    const { baileys, ledger } = this.#ground;
    const wire = tripwire();
    try {
      await this.#reachable(connection, jid);
      if (attributes === undefined) {
        const bytes = baileys.proto.Message.encode(content).finish();
        await ledger.sending(id, { chat, bytes });
      }
      const taken = this.#taken(connection, id, signal);
      const options = { messageId: id, additionalNodes: wire.nodes, useCachedGroupMetadata: true };
      const more = attributes === undefined ? {} : { additionalAttributes: attributes };
      await connection.within(
        async (socket) => await socket.relayMessage(jid, content, { ...options, ...more }),
      );
      await taken;
    } catch (error) {
      throw this.#judged(error, wire.begun());
    }
  }

  #judged(error: unknown, begun: boolean): PortcullisError {
    if (error instanceof DeliveryError) return error;
    if (PortcullisError.is(error) && error.code === 'whatsapp.signature_invalid')
      return keysForged();
    if (begun) return answerLost();
    const status = statusOf(error);
    return status === undefined ? notSent() : refused(status);
  }

  /** Throws when there is certainly nobody to write to. */
  async #reachable(connection: Connection, jid: string): Promise<void> {
    const { baileys } = this.#ground;
    if (baileys.isJidGroup(jid)) {
      await connection.group(jid);
      return;
    }
    const self = selfOf(connection.socket.authState.creds.me ?? { id: '' });
    if (!baileys.isPnUser(jid) || isOurs(self, jid)) return;
    const { user } = baileys.jidDecode(jid) ?? {};
    const { keys } = this.#ground.vault;
    const known = await keys.get('lid-mapping', [user ?? '']);
    if (known[user ?? ''] !== undefined) return;
    const found = await connection.within(async (socket) => await socket.onWhatsApp(jid));
    if (found === undefined) throw notSent();
    if (!found.some(({ exists }) => exists === true)) throw nobodyThere();
  }

  /** Resolves when the server took a message. */
  #taken(connection: Connection, id: string, signal: AbortSignal): Promise<void> {
    const { takenMs } = this.#ground.timings;
    const { ws } = connection.socket;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAck = ({ attrs }: BinaryNode) => {
      if (attrs['id'] !== id) return;
      const code = attrs['error'];
      if (code === undefined) resolve();
      else reject(refused(Number(code)));
    };
    const lost = () => reject(answerLost());
    const timer = setTimeout(lost, takenMs);
    ws.on('CB:ack,class:message', onAck);
    connection.signal.addEventListener('abort', lost, { once: true });
    signal.addEventListener('abort', lost, { once: true });
    const settled = promise.finally(() => {
      clearTimeout(timer);
      ws.off('CB:ack,class:message', onAck);
      connection.signal.removeEventListener('abort', lost);
      signal.removeEventListener('abort', lost);
    });
    // Whoever waits sees it; before they do, nobody else shall.
    settled.catch(() => undefined);
    return settled;
  }
}
