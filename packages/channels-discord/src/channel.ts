/**
 * The Discord channel of one account: puts the other files of this package together.
 *
 * @module
 */
import { Health, pause } from '@portcullis/channel-kit';
import {
  type Channel,
  type ChannelAccount,
  type Inbox,
  PortcullisError,
  type Secret,
} from '@portcullis/core';
import { type Api, createApi } from './api.ts';
import { DEFAULT_API_URL, type DiscordOptions } from './config.ts';
import { CallError, isUnauthorized, notUnderstood, unauthorized } from './errors.ts';
import { split } from './format.ts';
import { Gateway, insist } from './gateway.ts';
import type { Identity } from './identity.ts';
import { Intake } from './intake.ts';
import { Interactions, registerCommands } from './interactions.ts';
import { type Link, linkMaker, type LinkParts } from './link.ts';
import { fetchMedia } from './media.ts';
import { fields, idOf, Places } from './places.ts';
import { Position } from './position.ts';
import {
  editMessage,
  leaveRoom,
  MAX_FILE_BYTES,
  NONCE_MEMORY_MS,
  type Sending,
  sendMessage,
  showTyping,
} from './send.ts';
import { DEFAULT_TIMINGS, type Timings } from './timings.ts';

/** How long what is under way may take when the channel stops, milliseconds. */
const SETTLE_MS = 500;

function tokenOf(account: ChannelAccount<DiscordOptions>): Secret {
  const token = account.secret('token');
  if (token === undefined) {
    throw new PortcullisError('discord.token_missing', 'The Discord account has no bot token.', {
      hint: 'Set channels.discord.token or the variable DISCORD_BOT_TOKEN.',
    });
  }
  if (!/^[\w-]{10,100}\.[\w-]{4,20}\.[\w-]{20,120}$/u.test(token.reveal())) {
    throw new PortcullisError(
      'discord.token_malformed',
      'The bot token does not have the form of a Discord token.',
      { hint: 'Copy the token of the bot without the word "Bot": three parts with dots between.' },
    );
  }
  return token;
}

async function whoWeAre(api: Api, signal: AbortSignal): Promise<Identity> {
  const { id: rawId, username } = fields(
    await api.call({ method: 'get', path: '/users/@me' }, signal),
  );
  const id = idOf(rawId);
  if (id === undefined || typeof username !== 'string') throw notUnderstood();
  return { id, username };
}

/** Asks Discord whose token it is. Throws `discord.unauthorized`, `discord.call_failed`. */
async function probe(api: Api, signal: AbortSignal): Promise<{ readonly identity: string }> {
  try {
    const { username } = await whoWeAre(api, signal);
    return { identity: `@${username}` };
  } catch (error) {
    if (error instanceof CallError && isUnauthorized(error.failure)) throw unauthorized();
    throw error;
  }
}

function isListedBy({ guilds }: DiscordOptions): (guildId: string) => boolean {
  return (guildId) =>
    guilds === undefined || Object.hasOwn(guilds, guildId) || Object.hasOwn(guilds, '*');
}

interface ConnectionParts {
  readonly account: ChannelAccount<DiscordOptions>;
  readonly api: Api;
  readonly token: Secret;
  readonly open: (parts: LinkParts) => Link;
  readonly interactions: Interactions;
  readonly timings: Timings;
}

class Connection {
  readonly #parts: ConnectionParts;
  readonly health: Health = new Health();
  /** What is known about channels; of a channel that never ran, nothing. */
  places: Places;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.places = new Places(parts.api, '');
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
    const { account, api, token, open, interactions, timings } = this.#parts;
    const { log, accountId, options } = account;
    const { health } = this;
    const common = { api, health, log, timings, signal };
    const me = await insist(common, () => whoWeAre(api, signal));
    if (me === undefined) return;
    health.known(`@${me.username}`);
    const position = new Position(account.credentials, log, timings);
    await position.load(me.id);
    const places = new Places(api, me.id);
    this.places = places;
    interactions.start(signal);
    if (options.commands?.native === true) {
      void registerCommands(api, options.applicationId ?? me.id, log, signal);
    }
    const isListed = isListedBy(options);
    const intake = new Intake({
      ...common,
      accountId,
      me,
      inbox,
      places,
      position,
      interactions,
      isListed,
    });
    log.info({ identity: me.username }, 'Connecting to Discord.');
    const gateway = new Gateway({
      ...common,
      open,
      token,
      me: me.id,
      options,
      intake,
      places,
      position,
    });
    try {
      await gateway.run();
    } finally {
      const settled = new AbortController();
      await Promise.race([intake.drained(), pause(SETTLE_MS, settled.signal)]);
      settled.abort();
      await position.flush();
    }
  }
}

/** The host that keeps files beside Discord's own: that of an API server of one's own. */
function ownFileHost({ apiUrl }: DiscordOptions): string | undefined {
  return apiUrl === DEFAULT_API_URL ? undefined : new URL(apiUrl).host;
}

/**
 * Makes the channel of one Discord account. No network is touched before `run` or `send`.
 *
 * Throws `discord.token_missing` and `discord.token_malformed`.
 *
 * @param timings For tests; the defaults suit everybody else.
 */
export async function createDiscordChannel(
  account: ChannelAccount<DiscordOptions>,
  timings: Partial<Timings> = {},
): Promise<Channel> {
  const all: Timings = { ...DEFAULT_TIMINGS, ...timings };
  const token = tokenOf(account);
  const [rest, ws] = await Promise.all([import('@discordjs/rest'), import('@discordjs/ws')]);
  const api = createApi(rest, token, account.options.apiUrl, all);
  const interactions = new Interactions(api, account.log);
  const open = linkMaker(ws);
  const connection = new Connection({ account, api, token, open, interactions, timings: all });
  const sending = (): Sending => ({ api, places: connection.places });
  const ownHost = ownFileHost(account.options);
  return {
    id: 'discord',
    run: (inbox, signal) => connection.run(inbox, signal),
    send: (message, signal) => sendMessage(sending(), message, signal),
    split,
    edit: (to, messageId, text, signal) => editMessage(sending(), { to, messageId, text }, signal),
    typing: (to, signal) => showTyping(sending(), to, signal),
    answerButton: (event, text, signal) => interactions.answer(event, text, signal),
    maxFileBytes: MAX_FILE_BYTES,
    idempotentSend: { withinMs: NONCE_MEMORY_MS },
    fetchMedia: (attachment, maxBytes, signal) =>
      fetchMedia(api, ownHost, attachment, maxBytes, signal),
    leave: (room, signal) => leaveRoom(sending(), room, signal),
    status: () => connection.health.status(),
    probe: (signal) => probe(api, signal),
  };
}
