/**
 * An in-process Discord on 127.0.0.1, REST and gateway, faithful enough that an unmodified client
 * library cannot tell.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { Watch } from '../watch.ts';
import type { FakeDiscord, FakeDiscordGateway, FakeDiscordOptions } from './controls.ts';
import { Faults } from './faults.ts';
import { Gateway } from './gateway.ts';
import { type GuildState, Network, timestamp } from './network.ts';
import { channelOf, fullMemberOf, guildCreateOf } from './payloads.ts';
import { createPeople } from './people.ts';
import type { DiscordCall, FakeDiscordChannel, FakeDiscordUser } from './records.ts';
import { ApiServer } from './server.ts';
import { Snowflakes } from './snowflake.ts';
import { openThread } from './threads.ts';

function freshToken(botId: string): string {
  const id = Buffer.from(botId).toString('base64url');
  return [id, randomBytes(4).toString('base64url'), randomBytes(28).toString('base64url')].join(
    '.',
  );
}

class Fake {
  readonly network: Network;
  readonly gateway: Gateway;
  readonly faults: Faults = new Faults();
  readonly calls: DiscordCall[] = [];
  readonly watch: Watch = new Watch();
  readonly server: ApiServer;

  constructor(options: FakeDiscordOptions) {
    const ids = new Snowflakes();
    const id = ids.next();
    const username = options.username ?? 'gate_bot';
    const bot = { id, username, global_name: null, bot: true };
    this.network = new Network(bot, options.token ?? freshToken(id), ids);
    this.gateway = new Gateway({
      network: this.network,
      heartbeatIntervalMs: options.heartbeatIntervalMs ?? 41_250,
      privilegedIntents: options.privilegedIntents ?? true,
      identifyBudget: options.identifyBudget ?? 1000,
      address: () => `ws://${this.server.host}`,
      onSession: () => this.watch.changed(),
    });
    this.server = new ApiServer({
      network: this.network,
      gateway: this.gateway,
      faults: this.faults,
      onCall: (call) => {
        this.calls.push(call);
        this.watch.changed();
      },
      onSettled: () => this.watch.changed(),
    });
  }
}

type Places = Pick<FakeDiscord, 'addChannel' | 'addThread' | 'addWebhook' | 'directMessages'>;

function createPlaces(network: Network): Places {
  return {
    addChannel(
      guild,
      { id = network.ids.next(), name = 'general', type = 0, writable = true } = {},
    ) {
      const channel: FakeDiscordChannel = { id, type, guild_id: guild.id };
      const state = network.addChannel(channel, { name });
      if (!writable) state.closedBecause = { number: 50013, message: 'Missing Permissions' };
      network.emit('CHANNEL_CREATE', channelOf(state), guild.id);
      return channel;
    },
    addThread(parent, { by, name = 'A thread', isPrivate = false }) {
      const terms = { by, name, isPrivate };
      const { id } = openThread(network, network.channel(parent.id), terms);
      return network.channel(id).channel;
    },
    addWebhook(channel, name = 'A webhook') {
      network.channel(channel.id);
      const id = network.ids.next();
      return { id, username: name, global_name: null, bot: true, webhook_id: id };
    },
    directMessages: (user) => network.direct(user).channel,
  };
}

type Setup = Pick<FakeDiscord, 'addUser' | 'addGuild' | 'addRole' | 'addMember'>;

function createSetup(network: Network): Setup {
  return {
    addUser({ id = network.ids.next(), username, globalName, bot = false } = {}) {
      const name = username ?? `user_${id.slice(-6)}`;
      const user: FakeDiscordUser = { id, username: name, global_name: globalName ?? null, bot };
      network.users.set(id, user);
      return user;
    },
    addGuild({ id = network.ids.next(), name = 'A server' } = {}) {
      const guild: GuildState = {
        id,
        name,
        joinedAt: timestamp(),
        roles: new Map(),
        members: new Map(),
        botIsMember: true,
      };
      network.guilds.set(id, guild);
      network.member(guild, network.bot);
      network.emit('GUILD_CREATE', guildCreateOf(network, guild, false), id);
      return { id, name };
    },
    addRole(guild, { name = 'A role', ofBot = false } = {}) {
      const role = { id: network.ids.next(), name };
      const state = network.guild(guild.id);
      state.roles.set(role.id, { ...role, ofBot });
      if (ofBot) {
        const self = network.member(state, network.bot);
        self.roles = [...self.roles, role.id];
      }
      const snapshot = guildCreateOf(network, state, false);
      const created = snapshot.roles.find(({ id }) => id === role.id);
      network.emit('GUILD_ROLE_CREATE', { guild_id: guild.id, role: created }, guild.id);
      return role;
    },
    addMember(guild, user, { nick, roles = [] } = {}) {
      const state = network.guild(guild.id);
      const isNew = !state.members.has(user.id);
      const member = network.member(state, user);
      member.nick = nick ?? null;
      member.roles = roles.map(({ id }) => id);
      const event = isNew ? 'GUILD_MEMBER_ADD' : 'GUILD_MEMBER_UPDATE';
      network.emit(event, { ...fullMemberOf(member), guild_id: guild.id }, guild.id);
    },
  };
}

function createGatewayControls({ gateway, network }: Fake): FakeDiscordGateway {
  return {
    get intents() {
      return gateway.intents;
    },
    get memberRequests() {
      return gateway.memberRequests;
    },
    get connections() {
      return gateway.connectionCount;
    },
    get identifies() {
      return gateway.identifies;
    },
    get resumes() {
      return gateway.resumes;
    },
    drop: () => gateway.eachConnection((connection) => connection.cut()),
    closeWith: (code) => gateway.eachConnection((connection) => connection.close(code)),
    requestReconnect: () => gateway.eachConnection((connection) => connection.requestReconnect()),
    invalidateSessions() {
      gateway.forgetSessions();
      gateway.eachConnection((connection) => connection.invalidate());
    },
    withholdAcks(withhold = true) {
      gateway.acksHeartbeats = !withhold;
    },
    withholdEvents(withhold = true) {
      gateway.withholdEvents(withhold);
    },
    stall: () => gateway.eachConnection((connection) => connection.stall()),
    messagesAfter: (sessionId, sequence) => gateway.messagesAfter(sessionId, sequence),
    redeliver({ channelId, messageId }) {
      const state = network.channel(channelId);
      const data = network.dispatched(state, network.message(state, messageId));
      network.emit('MESSAGE_CREATE', data, state.channel.guild_id);
    },
    deliver: (event, data) => network.emit(event, data),
  };
}

type Waits = Pick<
  FakeDiscord,
  'sentTo' | 'fileOf' | 'reactionsOn' | 'waitForSession' | 'waitForSent' | 'waitForCall'
>;

function createWaits({ network, gateway, calls, watch }: Fake): Waits {
  const called = (operation: string) => calls.filter((call) => call.operation === operation);
  return {
    fileOf({ channelId, messageId }) {
      const { attachments } = network.message(network.channel(channelId), messageId);
      return attachments[0]?.id ?? '';
    },
    sentTo: ({ id }) => network.sent.filter(({ channelId }) => channelId === id),
    reactionsOn({ channelId, messageId }) {
      const message = network.message(network.channel(channelId), messageId);
      const own = (message.reactions ?? []).filter(({ me }) => me);
      return own.map(({ emoji }) => emoji.name ?? '');
    },
    async waitForSession(timeoutMs = 5000) {
      await watch.until(
        () => gateway.isConnected,
        () => 'a session of the bot',
        timeoutMs,
      );
    },
    async waitForSent(count, timeoutMs = 5000) {
      const what = () => `${count} messages from the bot (${network.sent.length} came)`;
      await watch.until(() => network.sent.length >= count, what, timeoutMs);
      return network.sent;
    },
    async waitForCall(operation, count = 1, timeoutMs = 5000) {
      const what = () => `${count} calls of ${operation} (${called(operation).length} came)`;
      await watch.until(() => called(operation).length >= count, what, timeoutMs);
      return called(operation);
    },
  };
}

/**
 * Starts a fake Discord for one bot.
 *
 * @example
 * ```ts
 * const discord = await fakeDiscord();
 * const anna = discord.addUser({ username: 'anna' });
 * // a client with `rest: { api: discord.url }` logs in with discord.token
 * await discord.waitForSession();
 * discord.userSends({ from: anna, content: 'hello' });
 * const [answer] = await discord.waitForSent(1);
 * await discord.close();
 * ```
 */
export async function fakeDiscord(options: FakeDiscordOptions = {}): Promise<FakeDiscord> {
  const fake = new Fake(options);
  const { network, server, faults } = fake;
  await server.start();
  const people = createPeople(network, () => `http://${server.host}`);
  return {
    url: `http://${server.host}/api`,
    token: network.token,
    bot: network.bot,
    sent: network.sent,
    calls: fake.calls,
    get downloads() {
      return network.downloads;
    },
    gateway: createGatewayControls(fake),
    ...createSetup(network),
    ...createPlaces(network),
    ...createWaits(fake),
    interactionAnswer: (id) => network.interactions.get(id)?.answer,
    userSends: (message) => people.userSends(message),
    userEdits: (edit) => people.userEdits(edit),
    previewAppears: (place) => people.previewAppears(place),
    userDeletes: (place) => people.userDeletes(place),
    userReacts: (reaction) => people.userReacts(reaction),
    userPresses: (press) => people.userPresses(press),
    userCommands: (command) => people.userCommands(command),
    userForwards: (forward) => people.userForwards(forward),
    userBlocks: (user) => people.userBlocks(user),
    removesBot: (guild) => people.removesBot(guild),
    fail: (operation, times, fault) => faults.add(operation, times, fault),
    revoke() {
      network.revoked = true;
      fake.gateway.eachConnection((connection) => connection.close(4004));
    },
    clearFaults: () => faults.clear(),
    dropConnections: () => server.dropConnections(),
    down: () => server.stop(),
    up: () => server.start(),
    close: () => server.stop(),
  };
}
