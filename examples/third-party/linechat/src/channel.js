// @ts-check
/**
 * @import { Channel, ChannelAccount, ChannelStatus, Event, Inbox } from '@portcullis/core'
 * @import { Connection } from './connection.js'
 * @import { LinechatOptions } from './config.js'
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { DeliveryError, PortcullisError, messageEventId } from '@portcullis/core';

import { open } from './connection.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
const SEND_MS = 20_000;
/** How often the server is asked whether it is still there, in milliseconds. */
const PING_MS = 20_000;

/**
 * Waits, and never rejects.
 *
 * @param {number} ms
 * @param {AbortSignal} signal
 */
async function pause(ms, signal) {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** The server said that our token is wrong: trying again cannot help. */
class Refused extends Error {}

/**
 * `MSG <id> <sender> <text as JSON>`
 *
 * @param {string} line
 * @returns {{ id: string, sender: string, text: string } | undefined}
 */
function readMessage(line) {
  const [, id, sender, json] = /^MSG (\S+) (\S+) (.+)$/u.exec(line) ?? [];
  if (id === undefined || sender === undefined || json === undefined) return undefined;
  try {
    const text = /** @type {unknown} */ (JSON.parse(json));
    return typeof text === 'string' ? { id, sender, text } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The channel of one account.
 *
 * @param {ChannelAccount<LinechatOptions>} account
 * @param {{ readonly pingMs?: number }} [timing]
 * @returns {Promise<Channel>}
 */
export async function createLinechatChannel(
  { accountId, options, secret, log },
  { pingMs = PING_MS } = {},
) {
  const token = secret('token');
  if (token === undefined) {
    throw new PortcullisError('linechat.no_token', 'Linechat has no token.', {
      hint: 'Set channels.linechat.token, or LINECHAT_TOKEN.',
    });
  }
  /** @type {ChannelStatus} */
  let status = { state: 'stopped' };
  let handled = Promise.resolve();

  /**
   * @param {'listen' | 'send'} purpose
   * @param {AbortSignal} signal
   */
  const login = async (purpose, signal) => {
    const connection = await open(options, signal);
    connection.write(`HELLO ${token.reveal()} ${purpose}`);
    const answer = await connection.read();
    const name = /^WELCOME (\S+)$/u.exec(answer ?? '')?.[1];
    if (name !== undefined) return { connection, name };
    connection.close();
    if (answer === 'REFUSED') throw new Refused('the server refused the token');
    throw new Error('the server did not answer');
  };

  /**
   * @param {{ id: string, sender: string, text: string }} message
   * @returns {Event}
   */
  const eventOf = ({ id, sender, text }) => ({
    kind: 'message',
    // The same message has the same id whenever it is delivered: that is how it is seen once only.
    eventId: messageEventId(sender, id),
    conversation: { channel: 'linechat', accountId, kind: 'direct', id: sender },
    // What the server vouches for, and never a name that somebody can choose for himself.
    sender: { id: sender },
    at: Date.now(),
    text,
    messageId: id,
  });

  /**
   * Hands one message over, however often that takes, and only then acknowledges it.
   *
   * @param {Event} event
   * @param {Inbox} inbox
   * @param {Connection} connection
   * @param {AbortSignal} signal
   */
  const deliver = async (event, inbox, connection, signal) => {
    for (let wait = FIRST_PAUSE_MS; !signal.aborted; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
      try {
        await inbox.accept(event);
        connection.write(`ACK ${event.messageId}`);
        return;
      } catch {
        log.warn({ eventId: event.eventId }, 'linechat: the inbox did not take a message');
        await pause(wait, signal);
      }
    }
  };

  /**
   * Listens until the connection ends.
   *
   * @param {Inbox} inbox
   * @param {AbortSignal} signal
   */
  const listen = async (inbox, signal) => {
    const { connection, name } = await login('listen', signal);
    status = { state: 'connected', identity: name, lastContactAt: Date.now() };
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    let wasHeard = true;
    // A route that is lost closes nothing: whoever says nothing at all is gone.
    const pings = setInterval(() => {
      if (!wasHeard) connection.close();
      wasHeard = false;
      connection.write('PING');
    }, pingMs);
    try {
      for (let line = await connection.read(); line !== undefined; line = await connection.read()) {
        wasHeard = true;
        const message = readMessage(line);
        if (message === undefined) continue;
        status = { ...status, lastContactAt: Date.now() };
        // One after another: an answer to the first must not overtake it.
        handled = handled.then(() => deliver(eventOf(message), inbox, connection, either));
      }
    } finally {
      clearInterval(pings);
      over.abort();
      connection.close();
      await handled;
    }
  };

  return {
    id: 'linechat',
    // The server drops a second message with the key of the first.
    idempotentSend: true,
    status: () => status,

    async run(inbox, signal) {
      let wait = FIRST_PAUSE_MS;
      while (!signal.aborted) {
        status = { ...status, state: 'starting' };
        try {
          await listen(inbox, signal);
          wait = FIRST_PAUSE_MS;
        } catch (error) {
          if (error instanceof Refused) {
            status = { state: 'failed', lastError: 'the server refused the token' };
            throw new PortcullisError('linechat.refused', 'Linechat refused the token.', {
              hint: 'Set channels.linechat.token to the right one.',
            });
          }
        }
        if (signal.aborted) break;
        status = { ...status, state: 'reconnecting', lastError: 'the connection was lost' };
        await pause(wait, signal);
        wait = Math.min(wait * 2, LONGEST_PAUSE_MS);
      }
      status = { state: 'stopped' };
    },

    async send({ to, text, idempotencyKey }, signal) {
      const either = AbortSignal.any([signal, AbortSignal.timeout(SEND_MS)]);
      /** @type {Connection} */
      let connection;
      try {
        ({ connection } = await login('send', either));
      } catch (cause) {
        // Nothing was said yet that could have arrived.
        const outcome = cause instanceof Refused ? 'failed' : 'retry';
        throw new DeliveryError(outcome, 'linechat.unreachable', 'Linechat cannot be reached.');
      }
      try {
        const [key, peer] = [idempotencyKey, to.id].map(encodeURIComponent);
        connection.write(`SEND ${key} ${peer} ${JSON.stringify(text)}`);
        const answer = (await connection.read()) ?? '';
        const [, id] = /^SENT (\S+)$/u.exec(answer) ?? [];
        if (id !== undefined) return { messageId: id };
        if (answer === 'FAIL gone') {
          throw new DeliveryError('failed', 'linechat.gone', 'Nobody of this name is there.');
        }
        if (answer === 'FAIL busy') {
          throw new DeliveryError('retry', 'linechat.busy', 'Linechat asks to slow down.', {
            retryAfterMs: 1000,
          });
        }
        throw new DeliveryError(
          'unknown',
          'linechat.no_answer',
          'Linechat did not say what became of it.',
        );
      } finally {
        connection.close();
      }
    },
  };
}
