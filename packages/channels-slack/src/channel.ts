/**
 * The Slack channel of one account: puts the other files of this package together.
 *
 * @module
 */
import { Backoff, Health, pause } from '@portcullis/channel-kit';
import {
  type Channel,
  type ChannelAccount,
  type Event,
  type Inbox,
  PortcullisError,
  type Secret,
} from '@portcullis/core';
import {
  type BotIdentity,
  createWebApi,
  DEFAULT_TIMINGS,
  type Timings,
  type WebApi,
} from './api.ts';
import type { SlackOptions } from './config.ts';
import { CallError, deliver, isFatal, sentenceOf, unauthorized, wrongMessage } from './errors.ts';
import { textField } from './fields.ts';
import { render, split } from './format.ts';
import { conversationOf } from './identity.ts';
import { Intake } from './intake.ts';
import { fetchMedia } from './media.ts';
import { endsLogin, nameOf, parseBody } from './parse-event.ts';
import type { Parsed } from './parse-message.ts';
import { openDoor, putUp } from './receiver.ts';
import { Rooms, targetOf } from './rooms.ts';
import { editMessage, findMessage, sendMessage } from './send.ts';
import { listen } from './socket.ts';
import { MAX_FILE_BYTES } from './upload.ts';
import { createWebhookHandler, webhookGuard } from './webhook.ts';

const FORMS = {
  botToken: {
    form: /^xoxb-[\w-]{8,250}$/u,
    hint: 'Copy the Bot User OAuth Token: it begins with xoxb-.',
  },
  appToken: {
    form: /^xapp-[\w-]{8,250}$/u,
    hint: 'Copy the App-Level Token: it begins with xapp-.',
  },
  signingSecret: {
    form: /^[\w-]{16,250}$/u,
    hint: 'Copy the Signing Secret of Basic Information.',
  },
} as const;

const VARIABLES = {
  botToken: 'SLACK_BOT_TOKEN',
  appToken: 'SLACK_APP_TOKEN',
  signingSecret: 'SLACK_SIGNING_SECRET',
} as const;

function secretOf(account: ChannelAccount<SlackOptions>, key: keyof typeof FORMS): Secret {
  const secret = account.secret(key);
  if (secret === undefined) {
    throw new PortcullisError('slack.token_missing', `The Slack account has no ${key}.`, {
      hint: `Set channels.slack.${key} or the variable ${VARIABLES[key]}.`,
    });
  }
  if (!FORMS[key].form.test(secret.reveal())) {
    const why = `The ${key} does not have the form of one of Slack.`;
    throw new PortcullisError('slack.token_malformed', why, { hint: FORMS[key].hint });
  }
  return secret;
}

/** What an acknowledgement carries: whoever typed a command sees that it came in. */
function answerOf(options: SlackOptions, body: unknown): Record<string, unknown> {
  if (textField(body, 'command') === undefined) return {};
  const text = options.slashCommand.enabled ? 'On it.' : 'Commands are switched off here.';
  return { response_type: 'ephemeral', text };
}

class Connection {
  readonly health: Health = new Health();
  readonly rooms: Rooms;
  readonly #account: ChannelAccount<SlackOptions>;
  readonly #api: WebApi;
  readonly #timings: Timings;
  /** The secret that is the app's own: the app token, or the signing secret. */
  readonly #appSecret: Secret;
  #isRunning = false;
  #me: BotIdentity | undefined;
  #suspect: () => void = () => undefined;

  constructor(
    account: ChannelAccount<SlackOptions>,
    api: WebApi,
    timings: Timings,
    appSecret: Secret,
  ) {
    this.#account = account;
    this.#api = api;
    this.#timings = timings;
    this.#appSecret = appSecret;
    this.rooms = new Rooms(api);
    if (account.options.mode === 'http') this.#serveRoute();
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

  /** Who we are: known since the start, or asked now. */
  async whoWeAre(signal: AbortSignal): Promise<BotIdentity> {
    this.#me ??= await this.#api.whoWeAre(signal);
    return this.#me;
  }

  async probe(signal: AbortSignal): Promise<{ readonly identity: string }> {
    const { options } = this.#account;
    try {
      const { name } = await this.#api.whoWeAre(signal);
      if (options.mode === 'socket') {
        // An address for a socket that nobody opens: Slack gives it to whom it would take.
        const token = this.#appSecret.reveal();
        await this.#api.call('apps.connections.open', { token }, signal);
      }
      return { identity: `@${name}` };
    } catch (error) {
      if (error instanceof CallError && isFatal(error.failure)) throw unauthorized(error.failure);
      throw error;
    }
  }

  #serveRoute(): void {
    const { options, log, route } = this.#account;
    const handler = createWebhookHandler({
      signingSecret: this.#appSecret,
      log,
      answerMs: this.#timings.answerMs,
      isRunning: () => this.#isRunning,
      answer: (body) => answerOf(options, body),
    });
    route(options.webhookPath, handler, webhookGuard);
  }

  async #receive(inbox: Inbox, signal: AbortSignal): Promise<void> {
    const me = await this.#insist(signal);
    if (me === undefined) return;
    this.#me = me;
    this.health.known(`@${me.name}`);
    const inner = new AbortController();
    const both = AbortSignal.any([signal, inner.signal]);
    const takeDown = putUp(this.#appSecret, me.teamId, await this.#openDoor(me, inbox, both));
    this.#isRunning = true;
    const parts = [this.#check(both), ...this.#listenToSocket(both)];
    try {
      await Promise.all(parts);
    } finally {
      this.#isRunning = false;
      inner.abort();
      await Promise.allSettled(parts);
      takeDown();
    }
  }

  #listenToSocket(signal: AbortSignal): Promise<void>[] {
    const { options, log } = this.#account;
    if (options.mode !== 'socket') {
      log.info({}, 'Receiving Slack events by HTTP.');
      return [];
    }
    const parts = {
      api: this.#api,
      appToken: this.#appSecret,
      health: this.health,
      log,
      timings: this.#timings,
      answer: (body: unknown) => answerOf(options, body),
    };
    return [listen(parts, signal)];
  }

  async #openDoor(me: BotIdentity, inbox: Inbox, signal: AbortSignal) {
    const { log, accountId } = this.#account;
    const { backoffMinMs: minMs, backoffMaxMs: maxMs } = this.#timings;
    const backoff = { minMs, maxMs };
    const intake = new Intake({ health: this.health, log, backoff, signal });
    return await openDoor(this.#api, me, async (body) => {
      const parsed = this.#parse(body, me);
      if (parsed === undefined) return;
      const { event, place } = parsed;
      await intake.take(place.channelId, event.eventId, async () => {
        const kind = await this.rooms.kindOf(place, signal);
        await inbox.accept({ ...event, conversation: conversationOf(place, kind, accountId, me) });
        // It may have taken until after the stop.
        if (!signal.aborted) this.health.contact();
      });
    });
  }

  #parse(body: unknown, me: BotIdentity): Parsed | undefined {
    const { log, options } = this.#account;
    if (endsLogin(body)) this.#suspect();
    const isCommand = textField(body, 'command') !== undefined;
    if (isCommand && !options.slashCommand.enabled) return undefined;
    const { rooms } = this;
    const wroteIn = (channelId: string, threadId: string) => rooms.wroteIn(channelId, threadId);
    const parsed = parseBody(body, { me, now: Date.now(), wroteIn });
    if (parsed === undefined) log.info({ kind: nameOf(body) }, 'Skipped an event of no use.');
    return parsed;
  }

  /** Asks who we are until Slack says so, or the signal aborts (then undefined). */
  async #insist(signal: AbortSignal): Promise<BotIdentity | undefined> {
    const { backoffMinMs: minMs, backoffMaxMs: maxMs } = this.#timings;
    const backoff = new Backoff({ minMs, maxMs });
    while (!signal.aborted) {
      const me = await this.#ask(signal, (why, least) => {
        const waitMs = Math.max(least, backoff.next());
        this.health.lost(why);
        this.#account.log.warn({ why, waitMs, faults: backoff.faults }, 'Slack is not reached.');
        return waitMs;
      });
      if (me !== undefined) return me;
    }
    return undefined;
  }

  /** Asks who we are. Undefined after a fault, and after the wait `faulted` asked for. */
  async #ask(
    signal: AbortSignal,
    faulted: (why: string, leastMs: number) => number,
  ): Promise<BotIdentity | undefined> {
    try {
      return await this.#api.whoWeAre(signal);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      if (signal.aborted) return undefined;
      const { failure } = error;
      if (isFatal(failure)) throw unauthorized(failure);
      const least = failure.kind === 'limited' ? failure.retryAfterMs : 0;
      await pause(faulted(sentenceOf(failure), least), signal);
      return undefined;
    }
  }

  /**
   * Makes sure now and then that Slack still takes our login, and at once when Slack says that it does
   * not: neither a socket nor silence would tell.
   */
  async #check(signal: AbortSignal): Promise<void> {
    const isHttp = this.#account.options.mode === 'http';
    const { checkMs, backoffMinMs: minMs } = this.#timings;
    if (isHttp) this.health.contact();
    const backoff = new Backoff({ minMs, maxMs: checkMs });
    let waitMs = checkMs;
    while (!signal.aborted) {
      const woken = new AbortController();
      this.#suspect = () => woken.abort();
      await pause(waitMs, AbortSignal.any([signal, woken.signal]));
      if (signal.aborted) return;
      waitMs = checkMs;
      const me = await this.#ask(signal, (why) => {
        if (isHttp) this.health.lost(why);
        waitMs = backoff.next();
        return 0;
      });
      if (me === undefined) continue;
      backoff.reset();
      if (isHttp) this.health.contact();
    }
  }
}

async function answerButton(api: WebApi, event: Event, text: string, signal: AbortSignal) {
  const user = event.sender.id?.split(':').at(-1);
  if (event.kind !== 'button' || user === undefined) {
    throw wrongMessage('This is no button press.', 'Answer events of kind "button" only.');
  }
  await deliver(signal, async () => {
    const target = await targetOf(api, event.conversation, signal);
    const words = { text: render(text), parse: 'none' };
    await api.call('chat.postEphemeral', { ...target, user, ...words }, signal);
  });
}

function roomOf({ kind, id }: Event['conversation']): string {
  if (kind === 'direct') {
    throw wrongMessage('A direct chat cannot be left.', 'Leave rooms only.');
  }
  return id;
}

/**
 * Makes the channel of one Slack account. No network is touched before `run`, `send` and the like.
 *
 * Throws `slack.token_missing` and `slack.token_malformed`.
 *
 * @param timings For tests; the defaults suit everybody else.
 */
export async function createSlackChannel(
  account: ChannelAccount<SlackOptions>,
  timings: Partial<Timings> = {},
): Promise<Channel> {
  const all: Timings = { ...DEFAULT_TIMINGS, ...timings };
  const token = secretOf(account, 'botToken');
  const isHttp = account.options.mode === 'http';
  const appSecret = secretOf(account, isHttp ? 'signingSecret' : 'appToken');
  const api = await createWebApi(token, account.options.apiUrl, all);
  const connection = new Connection(account, api, all, appSecret);
  return {
    id: 'slack',
    maxFileBytes: MAX_FILE_BYTES,
    run: (inbox, signal) => connection.run(inbox, signal),
    async send(message, signal) {
      const receipt = await sendMessage(api, message, signal);
      const { id, threadId } = message.to;
      if (threadId !== undefined) connection.rooms.wrote(id, threadId);
      return receipt;
    },
    split,
    edit: (to, messageId, text, signal) => editMessage(api, to, messageId, text, signal),
    answerButton: (event, text, signal) => answerButton(api, event, text, signal),
    async lookup(idempotencyKey, signal, to) {
      const { userId } = await deliver(signal, () => connection.whoWeAre(signal));
      return await findMessage(api, userId, { idempotencyKey, to }, signal);
    },
    fetchMedia: (attachment, maxBytes, signal) => fetchMedia(api, attachment, maxBytes, signal),
    async leave(room, signal) {
      const channel = roomOf(room);
      await deliver(signal, () => api.call('conversations.leave', { channel }, signal));
    },
    status: () => connection.health.status(),
    probe: (signal) => connection.probe(signal),
  };
}
