/**
 * An in-process Slack on 127.0.0.1 (Web API, Socket Mode and Events API), faithful enough that an
 * unmodified client library cannot tell.
 *
 * @module
 */
import { Watch } from '../watch.ts';
import type { FakeSlack, FakeSlackOptions } from './controls.ts';
import { Courier } from './courier.ts';
import { Faults } from './faults.ts';
import { post } from './http-post.ts';
import { type Happening, Network } from './network.ts';
import { eventCallback } from './payloads.ts';
import { createPeople } from './people.ts';
import type { FakeSlackApp, FakeSlackBot, FakeSlackUser, SlackCall } from './records.ts';
import { Refusal } from './refusal.ts';
import { SlackServer } from './server.ts';
import { Sockets } from './sockets.ts';

/** How long an address may take to answer Slack's challenge, milliseconds. */
const CHALLENGE_MS = 3000;

class Fake {
  readonly network: Network;
  readonly faults: Faults = new Faults();
  readonly calls: SlackCall[] = [];
  readonly watch: Watch = new Watch();
  readonly couriers: Map<string, Courier> = new Map();
  readonly sockets: Sockets;
  readonly server: SlackServer;
  readonly bot: FakeSlackBot;
  readonly #options: FakeSlackOptions;

  constructor(options: FakeSlackOptions) {
    this.#options = options;
    this.network = new Network(options.echoes ?? true);
    const changed = () => this.watch.changed();
    this.sockets = new Sockets(
      (id) => this.courier(id),
      this.faults,
      options.pingMs ?? 5000,
      changed,
    );
    this.server = new SlackServer({
      network: this.network,
      sockets: this.sockets,
      faults: this.faults,
      onCall: (call) => {
        this.calls.push(call);
        changed();
      },
      onSettled: changed,
    });
    this.bot = this.install(this.addApp('gate_bot'), this.addWorkspace('Home'));
    this.network.onHappening((happening) => this.#publish(happening));
  }

  courier(appId: string): Courier {
    const known = this.couriers.get(appId);
    if (known === undefined) throw new Refusal('app_not_found');
    return known;
  }

  get parcels() {
    return [...this.couriers.values()].flatMap(({ parcels }) => parcels);
  }

  /** How many deliveries are not acknowledged. */
  get open(): number {
    return this.parcels.filter(({ state }) => state !== 'acknowledged').length;
  }

  addWorkspace(name: string) {
    const domain = name.toLowerCase().replaceAll(/[^a-z0-9]+/gu, '-');
    const workspace = { id: this.network.newId('T'), name, domain };
    this.network.workspaces.set(workspace.id, workspace);
    return workspace;
  }

  addApp(name: string): FakeSlackApp {
    const { network } = this;
    const id = network.newId('A');
    const app: FakeSlackApp = {
      id,
      name,
      appToken: network.newSecret(`xapp-1-${id}-1-`),
      signingSecret: network.newSecret(''),
      legacyToken: network.newSecret(''),
    };
    network.apps.set(id, app);
    const { ackTimeoutMs = 3000, retries = 3, retryMs = 50 } = this.#options;
    const times = { ackTimeoutMs, retries, retryMs };
    this.couriers.set(id, new Courier(app, times, () => this.watch.changed()));
    return app;
  }

  install(app: FakeSlackApp, workspace: FakeSlackBot['workspace']): FakeSlackBot {
    const { network } = this;
    const token = network.newSecret('xoxb-');
    const bot = { app, workspace, token, userId: network.newId('U'), botId: network.newId('B') };
    network.bots.push(bot);
    return bot;
  }

  tell(
    bot: FakeSlackBot,
    { state, event }: Omit<Happening, 'state'> & { readonly state?: Happening['state'] },
    changes: Readonly<Record<string, unknown>> = {},
  ): string {
    const event_id = this.network.newId('Ev');
    const payload = { ...eventCallback(bot, state, event), event_id, ...changes };
    const lane = state?.channel.id ?? String(event['channel'] ?? '');
    return this.courier(bot.app.id).take('events_api', payload, lane);
  }

  #publish(happening: Happening): void {
    const { state, only } = happening;
    for (const bot of this.network.bots) {
      const hears = only === undefined ? state.members.has(bot.userId) : only === bot.token;
      if (hears) this.tell(bot, happening);
    }
  }
}

type Setup = Pick<
  FakeSlack,
  'addWorkspace' | 'addApp' | 'install' | 'addUser' | 'addChannel' | 'directMessages'
>;

function createSetup(fake: Fake): Setup {
  const { network } = fake;
  return {
    addWorkspace: ({ name = 'Another' } = {}) => fake.addWorkspace(name),
    addApp: ({ name = 'another_bot' } = {}) => fake.addApp(name),
    install: (app, workspace) => fake.install(app, workspace),
    addUser({ name, realName, workspace = fake.bot.workspace, bot = false } = {}) {
      const id = network.newId('U');
      const user: FakeSlackUser = {
        id,
        teamId: workspace.id,
        name: name ?? `user_${id.toLowerCase()}`,
        realName: realName ?? name ?? `User ${id}`,
        ...(bot ? { botId: network.newId('B') } : {}),
      };
      network.users.set(id, user);
      return user;
    },
    addChannel(options = {}) {
      const { name = 'general', type = 'channel', members = [], bot = fake.bot } = options;
      const { botIsMember = true, archived = false, sharedWith = [] } = options;
      // Private channels of today have ids like public ones.
      const channel = {
        id: network.newId(type === 'mpim' ? 'G' : 'C'),
        teamId: bot.workspace.id,
        name,
        type,
        sharedWith: sharedWith.map(({ id }) => id),
      };
      const ids = members.map(({ id }) => id);
      network.addChannel(channel, botIsMember ? [bot.userId, ...ids] : ids, archived);
      return channel;
    },
    directMessages: (user, bot = fake.bot) => network.direct(user.id, bot).channel,
  };
}

type Waits = Pick<
  FakeSlack,
  'sentTo' | 'waitForSocket' | 'waitForSent' | 'waitForCall' | 'waitForAcknowledged'
>;

function createWaits(fake: Fake): Waits {
  const { network, calls, watch, sockets } = fake;
  const called = (method: string) => calls.filter((call) => call.method === method);
  return {
    sentTo: ({ id }) => network.sent.filter(({ channelId }) => channelId === id),
    async waitForSocket(timeoutMs = 5000) {
      await watch.until(
        () => sockets.open > 0,
        () => 'a socket of the app',
        timeoutMs,
      );
    },
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
        () => fake.open === 0,
        () => `${fake.open} acknowledgements`,
        timeoutMs,
      );
    },
  };
}

type Deliveries = Pick<
  FakeSlack,
  'setRequestUrl' | 'deliver' | 'redeliver' | 'delivery' | 'revoke' | 'reactionsOn'
>;

async function answersChallenge(app: FakeSlackApp, url: string): Promise<boolean> {
  const challenge = 'a-challenge-of-slack';
  const payload = { token: app.legacyToken, challenge, type: 'url_verification' };
  const retry = { num: 0, reason: undefined };
  const request = { url, type: 'events_api', payload, retry } as const;
  const answer = await post(app, request, AbortSignal.timeout(CHALLENGE_MS));
  if (!answer.ok) return false;
  const body = answer.body as { readonly challenge?: unknown } | string | undefined;
  return body === challenge || (typeof body === 'object' && body.challenge === challenge);
}

function createDeliveries(fake: Fake): Deliveries {
  const find = (envelopeId: string) =>
    fake.parcels.find((parcel) => parcel.envelopeId === envelopeId);
  return {
    async setRequestUrl(url, app = fake.bot.app) {
      if (url !== undefined && !(await answersChallenge(app, url))) return false;
      fake.courier(app.id).setUrl(url);
      return true;
    },
    deliver: (event, changes) => fake.tell(fake.bot, { event: { ...event } }, changes),
    redeliver(envelopeId) {
      const parcel = find(envelopeId);
      if (parcel !== undefined) fake.courier(parcel.appId).again(parcel);
    },
    delivery: (envelopeId) => find(envelopeId),
    revoke(token) {
      fake.network.revoked.add(token);
      const app = [...fake.network.apps.values()].find(({ appToken }) => appToken === token);
      if (app !== undefined) fake.sockets.end(app.id);
    },
    reactionsOn({ channelId, ts }) {
      const { network, bot } = fake;
      const { reactions } = network.message(network.channel(channelId), ts);
      return reactions.filter(({ users }) => users.includes(bot.userId)).map(({ name }) => name);
    },
  };
}

/**
 * Starts a fake Slack with one workspace and one app installed in it.
 *
 * @example
 * ```ts
 * const slack = await fakeSlack();
 * const anna = slack.addUser({ name: 'anna' });
 * // a client with `slackApiUrl: slack.url` uses slack.bot.token and slack.app.appToken
 * await slack.waitForSocket();
 * slack.userSends({ from: anna, text: 'hello' });
 * const [answer] = await slack.waitForSent(1);
 * await slack.close();
 * ```
 */
export async function fakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  const fake = new Fake(options);
  const { network, server, sockets, faults, bot } = fake;
  await server.start();
  const people = createPeople({
    network,
    bot,
    base: () => `http://${server.host}`,
    hand: (whose, type, payload) => fake.courier(whose.app.id).take(type, payload, 'people'),
  });
  return {
    url: `http://${server.host}/api/`,
    workspace: bot.workspace,
    app: bot.app,
    bot,
    sent: network.sent,
    calls: fake.calls,
    get deliveries() {
      return fake.parcels;
    },
    get unacknowledged() {
      return fake.open;
    },
    sockets,
    ...people,
    ...createSetup(fake),
    ...createWaits(fake),
    ...createDeliveries(fake),
    fail: (method, times, fault) => faults.add(method, times, fault),
    clearFaults: () => faults.clear(),
    dropConnections: () => server.dropConnections(),
    down: () => server.stop(),
    up: () => server.start(),
    close: async () => {
      for (const courier of fake.couriers.values()) courier.close();
      await server.stop();
    },
  };
}
