import type { Conversation } from '@portcullis/core';
import {
  type ChannelBench,
  type ChannelBenchTools,
  describeChannel,
  type FakeSlack,
  type FakeSlackChannel,
  type FakeSlackUser,
  fakeSlack,
  type SendFault,
  type SentMessage,
  type SlackFault,
} from '@portcullis/testkit';
import { expect } from 'vitest';
import { createSlackChannel } from '../src/index.ts';
import { FAST, PATIENT, place, testAccount } from './bench.ts';
import { serveRoutes } from './route-server.ts';

const FAULTS: Readonly<Record<Exclude<SendFault, 'unreachable'>, SlackFault>> = {
  'rate-limited': 429,
  'answer-lost': 'accept-then-reset',
  'server-fault': 500,
};

interface Cast {
  readonly people: Record<'first' | 'second', FakeSlackUser>;
  readonly machine: FakeSlackUser;
  readonly room: FakeSlackChannel;
}

/** People and places, all known before anything is delivered. */
function castOf(slack: FakeSlack): Cast {
  const people = {
    first: slack.addUser({ name: 'anna' }),
    second: slack.addUser({ name: 'ben' }),
  };
  const room = slack.addChannel({ members: Object.values(people) });
  return { people, machine: slack.addUser({ name: 'machine', bot: true }), room };
}

type PeopleMembers =
  | 'receive'
  | 'receiveOwn'
  | 'receiveFile'
  | 'receiveEdit'
  | 'receiveReaction'
  | 'receivePress'
  | 'receiveCommand'
  | 'receiveForward'
  | 'receiveInRoom'
  | 'identity'
  | 'rename';

/** A thread opens under a message that was there before the channel listened. */
const THREAD = '1700000000.000100';

function peopleOf(
  slack: FakeSlack,
  cast: Cast,
  isThere: () => boolean,
): Required<Pick<ChannelBench, PeopleMembers>> {
  const from = () => cast.people.first;
  const direct = () => slack.directMessages(from());
  return {
    receive: async (chat, text) => void slack.userSends({ from: cast.people[chat], text }),
    receiveOwn: async (text) => {
      const { userId: user, botId: bot_id, workspace } = slack.bot;
      const ts = '1700000000.000200';
      const own = { type: 'message', user, bot_id, team: workspace.id, text, ts };
      slack.deliver({ ...own, channel: direct().id, channel_type: 'im' });
    },
    receiveFile: async (bytes) => {
      const files = [{ name: 'a.bin', bytes: new Uint8Array(bytes) }];
      return { ref: slack.userSends({ from: from(), files }).fileIds[0] ?? '' };
    },
    receiveEdit: async (before, after) => {
      slack.userEdits(slack.userSends({ from: from(), text: before }), after);
    },
    receiveReaction: async (ts) =>
      slack.userReacts({ from: from(), place: { channelId: direct().id, ts }, emoji: '+1' }),
    receivePress: async (ts, value) =>
      void slack.userPresses({ from: from(), channelId: direct().id, ts, value }),
    // People see an error while nobody is there, and Slack does not repeat what they typed.
    receiveCommand: async (name, text) => {
      await expect.poll(isThere).toBe(true);
      slack.userCommands({ from: from(), command: `/${name}`, text });
    },
    receiveForward: async (text) => {
      const shared = { is_share: true, author_id: cast.people.second.id, text };
      const { id: user, teamId: team } = from();
      const message = { type: 'message', user, team, text: '', ts: '1700000000.000300' };
      slack.deliver({
        ...message,
        attachments: [shared],
        channel: direct().id,
        channel_type: 'im',
      });
    },
    receiveInRoom: async ({ text, mention, replyTo, inThread, byBot }) => {
      const whom = mention === 'us' ? slack.bot.userId : cast.people.second.id;
      const called = mention === undefined ? '' : `<@${whom}> `;
      const thread = replyTo ?? (inThread === true ? THREAD : undefined);
      slack.userSends({
        from: byBot === true ? cast.machine : from(),
        channel: cast.room,
        text: `${called}${text}`,
        ...(thread === undefined ? {} : { threadTs: thread }),
      });
    },
    identity: (chat) => cast.people[chat].id,
    rename: async (chat, name) => {
      cast.people[chat] = { ...cast.people[chat], name, realName: name };
    },
  };
}

function lastSent(slack: FakeSlack): SentMessage | undefined {
  const sent = slack.sent.at(-1);
  if (sent === undefined) return undefined;
  const { ts, shown, files, unfurls, pings, threadTs } = sent;
  const [file] = files;
  return {
    id: ts,
    // What a reader sees has no stars around bold words.
    text: shown.replaceAll('*', ''),
    preview: files.length === 0 && unfurls,
    pings,
    ...(file === undefined ? {} : { file }),
    ...(threadTs === undefined ? {} : { thread: threadTs }),
  };
}

async function openBench({ log }: ChannelBenchTools, isHttp: boolean): Promise<ChannelBench> {
  const slack = await fakeSlack({ ...PATIENT, pingMs: 100, echoes: false });
  const server = await serveRoutes();
  const account = testAccount(slack, { options: { mode: isHttp ? 'http' : 'socket' } });
  const channel = await createSlackChannel({ ...account, log }, FAST);
  server.serve(account.routes);
  if (isHttp) await slack.setRequestUrl(`${server.url}/events`);
  const cast = castOf(slack);
  const direct: Conversation = place(slack, slack.directMessages(cast.people.first).id, 'direct');
  const { token, app } = slack.bot;
  return {
    channel,
    secrets: [token, app.appToken, app.signingSecret, app.legacyToken],
    conversation: direct,
    goneConversation: place(slack, 'C0NOWHERE'),
    room: place(slack, cast.room.id),
    threads: true,
    ourName: 'gate_bot',
    pings: ['<!channel>', `<@${cast.people.second.id}>`, '@channel', '<!subteam^S0123|crew>'],
    ...peopleOf(slack, cast, () => channel.status?.().state === 'connected'),
    receiveForged: async (text) => {
      const event = { type: 'message', user: cast.people.first.id, text, ts: '1.1' };
      const callback = { type: 'event_callback', team_id: slack.workspace.id, event };
      // A socket has no route: there the forged request finds nobody.
      await fetch(`${server.url}/events`, {
        method: 'POST',
        body: JSON.stringify(callback),
        headers: {
          'content-type': 'application/json',
          'x-slack-request-timestamp': String(Math.floor(Date.now() / 1000)),
          'x-slack-signature': `v0=${'0'.repeat(64)}`,
        },
      });
    },
    redeliver: async () => slack.redeliver(slack.deliveries.at(-1)?.envelopeId ?? ''),
    downloads: () => slack.calls.filter(({ method }) => method === 'file').length,
    unacknowledged: () => slack.unacknowledged,
    sent: () => slack.sent.map(({ shown }) => shown),
    lastSent: () => lastSent(slack),
    failNextSend: async (fault) => {
      if (fault === 'unreachable') await slack.down();
      else slack.fail('chat.postMessage', 1, FAULTS[fault]);
    },
    heal: async () => {
      slack.clearFaults();
      await slack.up();
    },
    dropConnections: async () => slack.dropConnections(),
    // Requests of Slack's have no connection that could go silent.
    ...(isHttp ? {} : { stall: async () => slack.sockets.stall() }),
    revoke: async () => slack.revoke(token),
    connections: () => slack.sockets.open,
    close: async () => {
      await slack.close();
      await server.close();
    },
  };
}

describeChannel('slack by socket', (tools) => openBench(tools, false));
describeChannel('slack by http', (tools) => openBench(tools, true));
