/**
 * An in-process Telegram Bot API on 127.0.0.1, faithful enough that an unmodified client library
 * cannot tell.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Chat, UserFromGetMe } from 'grammy/types';
import { Faults } from './faults.ts';
import type { FakeTelegram, FakeTelegramOptions } from './controls.ts';
import { Network } from './network.ts';
import type { FakeTelegramUser, TelegramCall } from './records.ts';
import { createPeople } from './people.ts';
import { BotApiServer } from './server.ts';
import { Watch } from '../watch.ts';
import { WebhookSender } from './webhook-sender.ts';

function createBot(token: string, username: string): UserFromGetMe {
  return {
    id: Number(token.split(':')[0]),
    is_bot: true,
    first_name: 'Gate',
    username,
    can_join_groups: true,
    can_read_all_group_messages: true,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
    has_topics_enabled: false,
    allows_users_to_create_topics: false,
    can_manage_bots: false,
    supports_join_request_queries: false,
  };
}

class Fake {
  readonly network: Network;
  readonly webhook: WebhookSender;
  readonly faults: Faults = new Faults();
  readonly calls: TelegramCall[] = [];
  readonly watch: Watch = new Watch();
  readonly server: BotApiServer;

  constructor(options: FakeTelegramOptions) {
    const token =
      options.token ?? `70${Date.now() % 1e8}:AA${randomBytes(24).toString('base64url')}`;
    this.network = new Network(createBot(token, options.username ?? 'gate_bot'), token);
    this.webhook = new WebhookSender(this.network.updates, options.webhookRetryMs ?? 50);
    this.network.updates.onDrop(() => this.watch.changed());
    this.server = new BotApiServer({
      network: this.network,
      webhook: this.webhook,
      faults: this.faults,
      onCall: (call) => {
        this.calls.push(call);
        this.watch.changed();
      },
      onSettled: () => this.watch.changed(),
    });
  }
}

type Setup = Pick<FakeTelegram, 'addUser' | 'addGroup' | 'addTopic' | 'deliver' | 'callbackAnswer'>;

function createSetup(network: Network): Setup {
  return {
    addUser({ id = network.newId(), firstName, username, isBot = false, started = false } = {}) {
      const first_name = firstName ?? `User ${id}`;
      const name = username === undefined ? {} : { username };
      const user: FakeTelegramUser = { id, is_bot: isBot, first_name, ...name };
      network.users.set(id, user);
      network.addChat({ id, type: 'private', first_name, ...name }, started);
      return user;
    },
    addGroup(group = {}) {
      const { type = 'supergroup', title = 'A room', botIsMember = true } = group;
      const id = group.id ?? (type === 'group' ? 0 : -1_000_000_000_000) - network.newId();
      const name = group.username === undefined ? {} : { username: group.username };
      const forum = group.isForum === true ? { is_forum: true as const } : {};
      const chat: Chat =
        type === 'group'
          ? { id, type, title }
          : type === 'channel'
            ? { id, type, title, ...name }
            : { id, type, title, ...name, ...forum };
      const state = network.addChat(chat, true);
      // Message 1 of a forum is its general topic.
      if (group.isForum === true) state.nextMessageId = 2;
      if (!botIsMember) state.closedBecause = `Forbidden: bot is not a member of the ${type} chat`;
      return { id, type, title, ...name, ...forum };
    },
    addTopic(chat, by) {
      const state = network.chat(chat.id);
      const root = network.write(state, { from: by, text: 'A topic' });
      state.topics.add(root.message_id);
      return root.message_id;
    },
    deliver: (update) => network.updates.pushRaw(update),
    callbackAnswer: (id) => network.callbacks.get(id)?.answered,
  };
}

type Waits = Pick<FakeTelegram, 'sentTo' | 'waitForSent' | 'waitForCall' | 'waitForAcknowledged'>;

function createWaits({ network, calls, watch }: Fake): Waits {
  const called = (method: string) => calls.filter((call) => call.method === method);
  return {
    sentTo: ({ id }) => network.sent.filter((message) => message.chatId === id),
    async waitForSent(count, timeoutMs = 5000) {
      const what = () => `${count} messages from the bot (${network.sent.length} came)`;
      await watch.until(() => network.sent.length >= count, what, timeoutMs);
      return network.sent;
    },
    async waitForCall(method, count = 1, timeoutMs = 5000) {
      const what = () => `${count} calls of ${method} (${called(method).length} came)`;
      await watch.until(() => called(method).length >= count, what, timeoutMs);
      return called(method);
    },
    async waitForAcknowledged(timeoutMs = 5000) {
      await watch.until(
        () => network.updates.pending.length === 0,
        () => `${network.updates.pending.length} acknowledgements`,
        timeoutMs,
      );
    },
  };
}

/**
 * Starts a fake Telegram for one bot.
 *
 * @example
 * ```ts
 * const telegram = await fakeTelegram();
 * const anna = telegram.addUser({ firstName: 'Anna' });
 * telegram.userSends({ from: anna, text: 'hello' });
 * // a bot with token telegram.token and apiRoot telegram.url answers
 * const [answer] = await telegram.waitForSent(1);
 * await telegram.close();
 * ```
 */
export async function fakeTelegram(options: FakeTelegramOptions = {}): Promise<FakeTelegram> {
  const fake = new Fake(options);
  const { network, server, faults, webhook } = fake;
  await server.start();
  const people = createPeople(network);
  return {
    url: server.url,
    token: network.token,
    bot: network.bot,
    sent: network.sent,
    calls: fake.calls,
    get polls() {
      return network.updates.polls;
    },
    get downloads() {
      return server.downloads;
    },
    get unacknowledged() {
      return network.updates.pending.length;
    },
    ...createSetup(network),
    ...createWaits(fake),
    userSends: (message) => people.userSends(message),
    userEdits: (edit) => people.userEdits(edit),
    userPresses: (press) => people.userPresses(press),
    userReacts: (reaction) => people.userReacts(reaction),
    userPins: (pin) => people.userPins(pin),
    userAddsBot: (from, chat) => people.userAddsBot(from, chat),
    userRemovesBot: (from, chat) => people.userRemovesBot(from, chat),
    memberMoves: (chat, member, what) => people.memberMoves(chat, member, what),
    migrateGroup: (chat, by) => people.migrateGroup(chat, by),
    fail: (method, times, fault) => faults.add(method, times, fault),
    refuseMarkup: (times, why = 'Unclosed start tag at byte offset 0') => {
      network.markupRefusals.push(...Array.from({ length: times }, () => why));
    },
    clearFaults: () => faults.clear(),
    dropConnections: () => server.dropConnections(),
    stall: () => network.updates.stall(),
    revokeToken: () => {
      network.revoked = true;
      server.dropConnections();
    },
    redeliver: () => network.updates.repeat(),
    down: () => server.stop(),
    up: () => server.start(),
    close: async () => {
      await webhook.set(undefined);
      await server.stop();
    },
  };
}
