/**
 * People of the fake Slack: they write, edit, react, press, type commands, come and go.
 *
 * @module
 */
import type { FakeSlackPeople } from './controls.ts';
import type { ChannelState, Network, SlackMessage, StoredFile } from './network.ts';
import { calls } from './outgoing.ts';
import {
  changedEvent,
  commandPayload,
  deletedEvent,
  fileOf,
  memberEvent,
  mentionEvent,
  messageEvent,
  pinEvent,
  pressPayload,
  reactionEvent,
} from './payloads.ts';
import type { FakeSlackBot, FakeSlackUser, SlackDelivery, SlackPlace } from './records.ts';
import { Refusal } from './refusal.ts';
import { field } from './request.ts';

/** What people's deeds need. */
export interface PeopleParts {
  readonly network: Network;
  readonly bot: FakeSlackBot;
  /** `http://127.0.0.1:<port>` */
  readonly base: () => string;
  /** Hands a command or a press to an app. */
  readonly hand: (
    bot: FakeSlackBot,
    type: SlackDelivery['type'],
    payload: Readonly<Record<string, unknown>>,
  ) => string;
}

function subtypeOf({ subtype, broadcast, files }: Parameters<FakeSlackPeople['userSends']>[0]) {
  if (subtype !== undefined) return { subtype };
  if (broadcast === true) return { subtype: 'thread_broadcast' };
  return (files ?? []).length > 0 ? { subtype: 'file_share' } : {};
}

/** A classic integration has no user; a bot of today has both. */
function authorOf(from: FakeSlackUser, subtype: string | undefined) {
  return {
    ...(subtype === 'bot_message' ? {} : { user: from.id }),
    ...(from.botId === undefined ? {} : { bot_id: from.botId }),
    team: from.teamId,
  };
}

class People {
  readonly #parts: PeopleParts;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  place(channel: { readonly id: string } | undefined, from: FakeSlackUser): ChannelState {
    const { network, bot } = this.#parts;
    return channel === undefined ? network.direct(from.id, bot) : network.channel(channel.id);
  }

  announce(state: ChannelState, message: SlackMessage): void {
    const { network } = this.#parts;
    network.happens({ state, event: messageEvent(state, message, network) });
    for (const bot of network.bots) {
      const isCalled = state.members.has(bot.userId) && calls(bot, message);
      if (!isCalled || state.channel.type === 'im') continue;
      network.happens({ state, event: mentionEvent(state, message, network), only: bot.token });
    }
  }

  send(message: Parameters<FakeSlackPeople['userSends']>[0]): SlackPlace {
    const { network, base } = this.#parts;
    const { from, threadTs, text = '' } = message;
    const state = this.place(message.channel, from);
    state.members.add(from.id);
    const files: StoredFile[] = (message.files ?? []).map((file) =>
      network.addFile(file, state.channel.teamId),
    );
    const { subtype } = { subtype: undefined, ...subtypeOf(message) };
    const written = network.write(state, {
      ...authorOf(from, subtype),
      ...(subtype === undefined ? {} : { subtype }),
      text,
      ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
      ...(files.length === 0 ? {} : { files: files.map((file) => fileOf(file, base())) }),
    });
    this.announce(state, written);
    const fileIds = files.map(({ id }) => id);
    return { channelId: state.channel.id, ts: written.ts, fileIds };
  }

  found({ channelId, ts }: { readonly channelId: string; readonly ts: string }) {
    const { network } = this.#parts;
    const state = network.channel(channelId);
    return { state, message: network.message(state, ts) };
  }

  change(place: SlackPlace, change: (message: SlackMessage) => void): void {
    const { network } = this.#parts;
    const { state, message } = this.found(place);
    const before = structuredClone(message);
    change(message);
    network.happens({ state, event: changedEvent(state, before, message, network) });
  }

  react({ from, place, emoji, removed }: Parameters<FakeSlackPeople['userReacts']>[0]): void {
    const { network } = this.#parts;
    const { state, message } = this.found(place);
    const known = message.reactions.find(({ name }) => name === emoji);
    if (removed === true) known?.users.splice(known.users.indexOf(from.id), 1);
    else if (known === undefined) message.reactions.push({ name: emoji, users: [from.id] });
    else known.users.push(from.id);
    const reaction = { userId: from.id, name: emoji, removed: removed === true };
    network.happens({ state, event: reactionEvent(state, message, reaction, network) });
  }

  /** The bot a button belongs to is the one that wrote its message. */
  press({ from, channelId, ts, value }: Parameters<FakeSlackPeople['userPresses']>[0]): string {
    const { network, base, hand } = this.#parts;
    const { state, message } = this.found({ channelId, ts });
    const bot = network.bots.find(({ userId }) => userId === message.user);
    const elements = (message.blocks ?? []).flatMap((block) => {
      const found = field(block, 'elements');
      return Array.isArray(found) ? (found as readonly unknown[]) : [];
    });
    const button = elements.find((element) => field(element, 'value') === value);
    if (bot === undefined || typeof button !== 'object' || button === null) {
      throw new Refusal('message_not_found');
    }
    const payload = pressPayload(bot, state, from, {
      message,
      action: { ...button },
      actionTs: network.newTs(),
      responseUrl: `${base()}/response/${ts}`,
    });
    return hand(bot, 'interactive', payload);
  }

  moves(
    state: ChannelState,
    userId: string,
    inviter: string | undefined,
    what: 'joins' | 'leaves',
  ): void {
    const { network } = this.#parts;
    // Whoever goes does not hear of it; whoever comes does.
    if (what === 'joins') state.members.add(userId);
    else state.members.delete(userId);
    network.happens({ state, event: memberEvent(state, userId, inviter, what, network) });
  }
}

/** Makes what people can do. */
export function createPeople(parts: PeopleParts): FakeSlackPeople {
  const { network, base, hand } = parts;
  const people = new People(parts);
  return {
    userSends: (message) => people.send(message),
    userEdits: (place, text) =>
      people.change(place, (message) => {
        message.text = text;
        message.edited = { user: message.user ?? '', ts: network.newTs() };
      }),
    previewAppears: (place) =>
      people.change(place, (message) => {
        message.attachments = [{ id: 1, from_url: 'https://example.test/', title: 'A preview' }];
      }),
    userDeletes(place) {
      const { state, message } = people.found(place);
      state.messages.delete(message.ts);
      network.happens({ state, event: deletedEvent(state, message, network) });
    },
    userReacts: (reaction) => people.react(reaction),
    userPins(from, place) {
      const { state, message } = people.found(place);
      network.happens({ state, event: pinEvent(state, message, from.id, network) });
    },
    userCommands({ from, channel, command, text = '', bot = parts.bot }) {
      const state = people.place(channel, from);
      const responseUrl = `${base()}/response/${network.newTs()}`;
      const typed = { command, text, responseUrl };
      return hand(bot, 'slash_commands', commandPayload(bot, state, from, typed));
    },
    userPresses: (press) => people.press(press),
    memberMoves: (channel, user, what) =>
      people.moves(network.channel(channel.id), user.id, undefined, what),
    userAddsBot: (from, channel, bot = parts.bot) =>
      people.moves(network.channel(channel.id), bot.userId, from.id, 'joins'),
    userRemovesBot: (from, channel, bot = parts.bot) =>
      people.moves(network.channel(channel.id), bot.userId, from.id, 'leaves'),
  };
}
