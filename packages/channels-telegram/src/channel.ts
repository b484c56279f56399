/**
 * The Telegram channel of one account: puts the other files of this package together.
 *
 * @module
 */
import { Health } from '@portcullis/channel-kit';
import {
  type Channel,
  type ChannelAccount,
  DeliveryError,
  type Inbox,
  PortcullisError,
  type Secret,
} from '@portcullis/core';
import {
  type BotApi,
  type BotIdentity,
  CallError,
  createBotApi,
  DEFAULT_TIMINGS,
  notUnderstood,
  type Timings,
} from './api.ts';
import type { TelegramOptions } from './config.ts';
import { isUnauthorized, unauthorized } from './errors.ts';
import { FileSender, MAX_FILE_BYTES } from './files.ts';
import { split } from './format.ts';
import { fetchMedia } from './media.ts';
import { Mending } from './mending.ts';
import { callbackQueryId } from './parse-update.ts';
import { poll, type PollingParts } from './polling.ts';
import { chatIdOf, deliver, editMessage, sendMessage, topicOf } from './send.ts';
import {
  createWebhookGuard,
  createWebhookHandler,
  keepWebhook,
  type WebhookReceiver,
} from './webhook.ts';

/** Longest text Telegram shows after a button was pressed. */
const BUTTON_ANSWER_LIMIT = 200;

function tokenOf(account: ChannelAccount<TelegramOptions>): Secret {
  const token = account.secret('botToken');
  if (token === undefined) {
    throw new PortcullisError('telegram.token_missing', 'The Telegram account has no bot token.', {
      hint: 'Set channels.telegram.botToken or the variable TELEGRAM_BOT_TOKEN.',
    });
  }
  if (!/^\d{3,20}:[\w-]{1,128}$/u.test(token.reveal())) {
    throw new PortcullisError(
      'telegram.token_malformed',
      'The bot token does not have the form of a Telegram token.',
      { hint: 'Copy the whole token from @BotFather: digits, a colon and letters.' },
    );
  }
  return token;
}

/** The webhook's secret; without a well formed one no webhook is served at all. */
function webhookSecretOf(account: ChannelAccount<TelegramOptions>): Secret {
  const secret = account.secret('webhookSecret');
  if (secret === undefined || !/^[\w-]{1,256}$/u.test(secret.reveal())) {
    throw new PortcullisError(
      'telegram.webhook_secret_missing',
      'webhookUrl is set without a usable webhookSecret.',
      { hint: 'Set webhookSecret to a random value of letters, digits, _ and - (32 or more).' },
    );
  }
  return secret;
}

interface Webhook {
  readonly url: string;
  readonly secret: Secret;
  /** Who takes updates while the channel runs. */
  receiver: WebhookReceiver | undefined;
}

function openWebhook(account: ChannelAccount<TelegramOptions>): Webhook | undefined {
  const { webhookUrl } = account.options;
  if (webhookUrl === undefined) return undefined;
  const webhook: Webhook = {
    url: webhookUrl,
    secret: webhookSecretOf(account),
    receiver: undefined,
  };
  account.route(
    '/webhook',
    createWebhookHandler(() => webhook.receiver),
    createWebhookGuard(webhook.secret),
  );
  return webhook;
}

async function whoWeAre(api: BotApi, signal: AbortSignal): Promise<BotIdentity> {
  const me: Partial<BotIdentity> | null = await api.call((bot, abort) => bot.getMe(abort), signal);
  const { id, username } = me ?? {};
  if (typeof id !== 'number' || typeof username !== 'string') throw notUnderstood();
  return { id, username };
}

/** Asks Telegram whose token it is. Throws `telegram.unauthorized`, `telegram.call_failed`. */
async function probe(api: BotApi, signal: AbortSignal): Promise<{ readonly identity: string }> {
  try {
    const { username } = await whoWeAre(api, signal);
    return { identity: `@${username}` };
  } catch (error) {
    if (error instanceof CallError && isUnauthorized(error.failure)) throw unauthorized();
    throw error;
  }
}

class Connection {
  readonly #account: ChannelAccount<TelegramOptions>;
  readonly #api: BotApi;
  readonly #timings: Timings;
  readonly #webhook: Webhook | undefined;
  readonly health: Health = new Health();

  constructor(
    account: ChannelAccount<TelegramOptions>,
    api: BotApi,
    timings: Timings,
    webhook: Webhook | undefined,
  ) {
    this.#account = account;
    this.#api = api;
    this.#timings = timings;
    this.#webhook = webhook;
  }

  async run(inbox: Inbox, signal: AbortSignal): Promise<void> {
    try {
      await this.#receive(inbox, signal);
      this.health.ended('stopped');
    } catch (error) {
      const why = PortcullisError.is(error) ? error.message : 'The channel had a fault of its own.';
      this.health.ended('failed', why);
      throw error;
    }
  }

  async #receive(inbox: Inbox, signal: AbortSignal): Promise<void> {
    const api = this.#api;
    const { log, accountId } = this.#account;
    const { health } = this;
    const timings = this.#timings;
    const mending = new Mending({ health, log, timings, signal });
    const me = await mending.insist(() => whoWeAre(api, signal));
    if (me === undefined) return;
    health.known(`@${me.username}`);
    const parts: PollingParts = { api, accountId, me, health, mending, log, timings };
    if (this.#webhook === undefined) {
      // While a webhook is set Telegram refuses to be polled.
      await mending.insist(() => api.call((bot, abort) => bot.deleteWebhook({}, abort), signal));
      log.info({ identity: me.username }, 'Polling Telegram.');
      return await poll(parts, inbox, signal);
    }
    this.#webhook.receiver = { parts, inbox };
    try {
      log.info({ identity: me.username }, 'Receiving Telegram updates by webhook.');
      await keepWebhook(parts, this.#webhook.url, this.#webhook.secret, signal);
    } finally {
      this.#webhook.receiver = undefined;
    }
  }
}

/**
 * Makes the channel of one Telegram account. No network is touched before `run` or `send`.
 *
 * Throws `telegram.token_missing`, `telegram.token_malformed` and, with `webhookUrl`,
 * `telegram.webhook_secret_missing`.
 *
 * @param timings For tests; the defaults suit everybody else.
 */
export async function createTelegramChannel(
  account: ChannelAccount<TelegramOptions>,
  timings: Partial<Timings> = {},
): Promise<Channel> {
  const all: Timings = { ...DEFAULT_TIMINGS, ...timings };
  const token = tokenOf(account);
  const webhook = openWebhook(account);
  const api = await createBotApi(token, account.options.apiRoot, all);
  const connection = new Connection(account, api, all, webhook);
  const files = new FileSender(api);
  return {
    id: 'telegram',
    run: (inbox, signal) => connection.run(inbox, signal),
    send: (message, signal) =>
      message.file === undefined
        ? sendMessage(api, message, signal)
        : files.send(message, message.file, signal),
    maxFileBytes: MAX_FILE_BYTES,
    split,
    edit: (to, messageId, text, signal) => editMessage(api, to, messageId, text, signal),
    status: () => connection.health.status(),
    probe: (signal) => probe(api, signal),
    fetchMedia: (attachment, maxBytes, signal) => fetchMedia(api, attachment, maxBytes, signal),
    async typing(to, signal) {
      const [chat, topic] = [chatIdOf(to), topicOf(to)];
      await deliver(signal, () =>
        api.call((bot, abort) => bot.sendChatAction(chat, 'typing', topic, abort), signal),
      );
    },
    async answerButton(event, text, signal) {
      const id = callbackQueryId(event);
      if (id === undefined) {
        throw new DeliveryError('failed', 'telegram.message_invalid', 'This is no button press.', {
          hint: 'Answer events of kind "button" only.',
        });
      }
      const answer = { text: text.slice(0, BUTTON_ANSWER_LIMIT) };
      await deliver(signal, () =>
        api.call((bot, abort) => bot.answerCallbackQuery(id, answer, abort), signal),
      );
    },
    async leave(room, signal) {
      const chat = chatIdOf(room);
      await deliver(signal, () => api.call((bot, abort) => bot.leaveChat(chat, abort), signal));
    },
  };
}
