import { App, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeSlack, type FakeSlackUser, fakeSlack } from '../src/index.ts';

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

let slack: FakeSlack;
let anna: FakeSlackUser;
let stop: (() => Promise<unknown>) | undefined;

beforeEach(async () => {
  slack = await fakeSlack({ ackTimeoutMs: 200, retryMs: 10 });
  anna = slack.addUser({ name: 'anna' });
});
afterEach(async () => {
  await stop?.();
  stop = undefined;
  await slack.close();
});

/** Slack's own framework, unmodified, over a socket. */
async function openApp() {
  const clientOptions = { slackApiUrl: slack.url };
  const receiver = new SocketModeReceiver({
    appToken: slack.app.appToken,
    logger: quiet,
    // Also the pause before it connects again.
    clientPingTimeout: 300,
    installerOptions: { clientOptions },
  });
  const app = new App({
    token: slack.bot.token,
    receiver,
    clientOptions,
    logger: quiet,
    deferInitialization: true,
  });
  await app.init();
  stop = () => app.stop();
  return app;
}

test("Slack's framework hears people over a socket and answers", async () => {
  const app = await openApp();
  const heard: unknown[] = [];
  app.message(async ({ message, say }) => {
    heard.push(message);
    await say({ text: 'hello <@U0AAAAAAAA> &amp; others', thread_ts: message.ts });
  });
  await app.start();
  const room = slack.addChannel({ members: [anna] });
  const place = slack.userSends({ from: anna, channel: room, text: 'good morning' });
  const [sent] = await slack.waitForSent(1);
  await slack.waitForAcknowledged();
  expect(heard[0]).toMatchObject({
    type: 'message',
    channel: room.id,
    channel_type: 'channel',
    user: anna.id,
    team: slack.workspace.id,
    text: 'good morning',
    ts: place.ts,
  });
  expect(sent).toMatchObject({
    channelId: room.id,
    threadTs: place.ts,
    shown: 'hello @U0AAAAAAAA & others',
    pings: ['U0AAAAAAAA'],
    unfurls: true,
  });
});

test('a mention is told twice, an edit and a preview are both changes', async () => {
  const app = await openApp();
  const heard: string[] = [];
  app.use(async ({ body, next }) => {
    const { event } = body as { event: { type: string; subtype?: string; message?: object } };
    heard.push([event.type, event.subtype, 'edited' in (event.message ?? {})].join(' '));
    await next();
  });
  await app.start();
  const room = slack.addChannel();
  const place = slack.userSends({ from: anna, channel: room, text: `<@${slack.bot.userId}> hi` });
  slack.previewAppears(place);
  slack.userEdits(place, 'hi');
  await expect.poll(() => heard.length).toBe(4);
  expect(heard).toEqual([
    'message  false',
    'app_mention  false',
    'message message_changed false',
    'message message_changed true',
  ]);
});

test('commands and buttons carry their answer in the acknowledgement', async () => {
  const app = await openApp();
  app.command('/ask', async ({ ack, command }) => ack(`you asked ${command.text}`));
  app.action('yes', async ({ ack }) => ack());
  await app.start();
  const { channel } = await app.client.conversations.open({ users: anna.id });
  const posted = await app.client.chat.postMessage({
    channel: channel?.id ?? '',
    text: 'sure?',
    blocks: [
      {
        type: 'actions',
        elements: [
          {
            type: 'button',
            action_id: 'yes',
            text: { type: 'plain_text', text: 'Yes' },
            value: 'y',
          },
        ],
      },
    ],
  });
  const asked = slack.userCommands({ from: anna, command: '/ask', text: 'why' });
  const press = { from: anna, channelId: posted.channel ?? '', ts: posted.ts ?? '', value: 'y' };
  const pressed = slack.userPresses(press);
  await slack.waitForAcknowledged();
  expect(slack.delivery(asked)?.response).toEqual({ text: 'you asked why' });
  expect(slack.delivery(pressed)?.payload).toMatchObject({
    type: 'block_actions',
    user: { id: anna.id },
    actions: [{ action_id: 'yes', value: 'y' }],
  });
  expect(slack.sent[0]?.buttons).toEqual([[{ label: 'Yes', value: 'y' }]]);
});

test('three steps upload a file', async () => {
  const app = await openApp();
  const room = slack.addChannel();
  await app.client.files.uploadV2({
    channel_id: room.id,
    filename: 'a.txt',
    file: Buffer.from('contents'),
    initial_comment: 'see',
  });
  expect(slack.sent).toMatchObject([
    { channelId: room.id, text: 'see', files: [{ name: 'a.txt' }] },
  ]);
  expect(new TextDecoder().decode(slack.sent[0]?.files[0]?.bytes)).toBe('contents');
});

test('a connection that is refreshed is followed by another, and nothing is missed', async () => {
  const app = await openApp();
  const heard: unknown[] = [];
  app.message(async ({ message }) => void heard.push('text' in message ? message.text : undefined));
  await app.start();
  slack.userSends({ from: anna, text: 'before' });
  await slack.waitForAcknowledged();
  slack.sockets.refresh();
  slack.userSends({ from: anna, text: 'after' });
  await slack.waitForAcknowledged();
  expect(heard).toEqual(['before', 'after']);
  expect(slack.sockets.made).toBe(2);
});

test("Slack's framework takes our signature over HTTP, and refuses another's", async () => {
  const receiver = new HTTPReceiver({
    signingSecret: slack.app.signingSecret,
    logger: quiet,
    processBeforeResponse: true,
  });
  const clientOptions = { slackApiUrl: slack.url };
  const app = new App({
    token: slack.bot.token,
    receiver,
    clientOptions,
    logger: quiet,
    deferInitialization: true,
  });
  await app.init();
  const heard: unknown[] = [];
  app.message(async ({ context, body }) => void heard.push([context.retryNum, body.event_id]));
  const server = await app.start(0);
  stop = () => app.stop();
  const { port } = server.address() as { port: number };
  const url = `http://127.0.0.1:${port}/slack/events`;
  const stranger = slack.addApp();
  expect(await slack.setRequestUrl(url, stranger)).toBe(false);
  expect(await slack.setRequestUrl(url)).toBe(true);
  const { channelId } = slack.userSends({ from: anna, text: 'hello' });
  await slack.waitForAcknowledged();
  const [first] = slack.deliveries;
  slack.redeliver(first?.envelopeId ?? '');
  await expect.poll(() => heard.length).toBe(2);
  const id = first?.payload['event_id'];
  expect(heard).toEqual([
    [undefined, id],
    [1, id],
  ]);
  expect(first?.payload).toMatchObject({ event: { channel: channelId, channel_type: 'im' } });
});
