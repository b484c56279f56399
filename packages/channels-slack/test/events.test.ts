import type { Event } from '@portcullis/core';
import type { FakeSlackChannel, FakeSlackUser } from '@portcullis/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseBody } from '../src/parse-event.ts';
import { type Bench, createBench, place, soon } from './bench.ts';

let bench: Bench;
let anna: FakeSlackUser;
let room: FakeSlackChannel;

beforeEach(async () => {
  bench = await createBench();
  anna = bench.slack.addUser({ name: 'anna' });
  room = bench.slack.addChannel({ members: [anna] });
  await bench.listen();
});
afterEach(() => bench.close());

async function next(): Promise<Event> {
  const [event] = await bench.waitForEvents(1);
  return event ?? expect.fail('no event');
}

/** A message of Anna's in the room, delivered with changes. */
function message(changes: Readonly<Record<string, unknown>>, body = {}): void {
  const { slack } = bench;
  const plain = { type: 'message', user: anna.id, team: slack.workspace.id, text: 'hi' };
  const here = { channel: room.id, channel_type: 'channel', ts: '1700000000.000100' };
  slack.deliver({ ...plain, ...here, ...changes }, body);
}

describe('where', () => {
  test.each([
    ['im', 'direct'],
    ['mpim', 'groupdm'],
    ['channel', 'channel'],
    ['group', 'channel'],
  ])('a conversation Slack calls %s is %s, whatever its id looks like', async (type, kind) => {
    for (const channel of ['C0AAA', 'D0AAA', 'G0AAA'])
      message({ channel, channel_type: type, ts: `1.${channel.length}` });
    const events = await bench.waitForEvents(3);
    expect(events.map(({ conversation }) => conversation.kind)).toEqual([kind, kind, kind]);
  });

  test('of what has no type Slack is asked once; what it does not know is a channel', async () => {
    const { slack } = bench;
    const place1 = slack.userSends({ from: anna, text: 'hello' });
    slack.userReacts({ from: anna, place: place1, emoji: 'eyes' });
    slack.userReacts({ from: anna, place: place1, emoji: 'eyes', removed: true });
    slack.deliver({
      type: 'reaction_added',
      user: anna.id,
      reaction: 'x',
      item: { type: 'message', channel: 'D0UNKNOWN', ts: '1.1' },
      event_ts: '1.2',
    });
    const events = await bench.waitForEvents(4);
    const kinds = events.map((event) => `${event.kind} ${event.conversation.kind} ${event.text}`);
    expect(kinds.toSorted()).toEqual([
      'message direct hello',
      'reaction channel :x:',
      'reaction direct :eyes:',
      'reaction direct removed :eyes:',
    ]);
    const asked = slack.calls.filter(({ method }) => method === 'conversations.info');
    expect(asked.map(({ parameters }) => parameters['channel'])).toEqual(['D0UNKNOWN']);
  });

  test('a type Slack has not today is asked for, never guessed', async () => {
    message({ channel_type: 'space' });
    expect((await next()).conversation.kind).toBe('channel');
    expect(bench.slack.calls.at(-1)?.method).toBe('conversations.info');
  });

  test('a thread is a place, its first message is not in it', async () => {
    message({ thread_ts: '1700000000.000100' });
    message({ ts: '1700000000.000200', thread_ts: '1700000000.000100' });
    const [root, answer] = await bench.waitForEvents(2);
    expect(root?.conversation).toEqual(place(bench.slack, room.id));
    expect(answer?.conversation.threadId).toBe('1700000000.000100');
    expect(answer?.replyTo).toBe('1700000000.000100');
  });
});

describe('P14.03: who', () => {
  test('somebody of another company matches nobody, in a shared channel and in a direct one', async () => {
    const { slack } = bench;
    const elsewhere = slack.addWorkspace({ name: 'Elsewhere' });
    const guest = slack.addUser({ workspace: elsewhere });
    const shared = slack.addChannel({ sharedWith: [elsewhere] });
    slack.userSends({ from: guest, channel: shared, text: 'hello' });
    slack.userSends({ from: anna, channel: shared, text: 'hello' });
    const [theirs, ours] = await bench.waitForEvents(2);
    expect(theirs?.sender.id).toBe(`${elsewhere.id}:${guest.id}`);
    expect(ours?.sender.id).toBe(anna.id);
    message({ user: guest.id, team: elsewhere.id, channel: 'D0X', channel_type: 'im' });
    expect((await bench.waitForEvents(3))[2]?.sender.id).toBe(`${elsewhere.id}:${guest.id}`);
  });

  test('whose company is not told is nobody in a shared channel', async () => {
    const shared = { is_ext_shared_channel: true };
    message({ team: undefined }, shared);
    bench.slack.deliver(
      {
        type: 'reaction_added',
        user: anna.id,
        reaction: 'x',
        item: { type: 'message', channel: room.id, ts: '1.1' },
        event_ts: '1.2',
      },
      shared,
    );
    const events = await bench.waitForEvents(2);
    expect(events.map(({ sender }) => sender)).toEqual([{}, {}]);
  });

  test('whoever acts is nobody unless it is told whose company they are of', async () => {
    const { slack } = bench;
    const me = { userId: 'U0BOT', botId: 'B0BOT', teamId: slack.workspace.id, name: 'bot' };
    const context = { me, now: 1, wroteIn: () => false };
    const command = { command: '/stop', channel_id: room.id, user_id: anna.id };
    const press = {
      type: 'block_actions',
      channel: { id: room.id },
      container: { message_ts: '1.1' },
      actions: [{ type: 'button', value: 'y', action_ts: '1.2' }],
    };
    const who = (body: object) => parseBody(body, context)?.event.sender;
    expect(who(command)).toEqual({});
    expect(who({ ...press, user: { id: anna.id } })).toEqual({});
    expect(who({ ...command, team_id: me.teamId })).toEqual({ id: anna.id });
    expect(who({ ...press, user: { id: anna.id, team_id: 'T0ELSE' } })).toEqual({
      id: `T0ELSE:${anna.id}`,
    });
  });

  test.each([
    ['a name in place of an id', { user: 'anna' }, {}],
    ['an id that is an object', { user: { id: 'U0AAAAAAA' } }, {}],
    ['a bot with its user', { bot_id: 'B0AAAAAAA' }, { isBot: true }],
    [
      'a classic bot',
      { user: undefined, bot_id: 'B0AAAAAAA', subtype: 'bot_message', username: 'Anna' },
      { id: 'B0AAAAAAA', isBot: true, name: 'Anna' },
    ],
    [
      'a webhook that calls itself a bot of no id',
      { user: undefined, subtype: 'bot_message' },
      { isBot: true },
    ],
    ["Slack's own account", { user: 'USLACKBOT' }, { id: 'USLACKBOT', isBot: true }],
  ])('%s', async (_, changes, sender) => {
    message(changes);
    const withUser = 'bot_id' in changes && !('user' in changes) ? { id: anna.id } : {};
    expect((await next()).sender).toEqual({ ...withUser, ...sender });
  });

  test('what we write ourselves is marked, by user and by bot', async () => {
    const { userId, botId } = bench.slack.bot;
    message({ user: userId });
    message({ user: undefined, bot_id: botId, ts: '1.2' });
    const events = await bench.waitForEvents(2);
    expect(events.map(({ sender }) => sender.isSelf)).toEqual([true, true]);
  });

  test("words that somebody else put into a message are nobody's", async () => {
    const words = { type: 'message', user: anna.id, text: 'changed', ts: '1.1' };
    message({
      subtype: 'message_changed',
      message: { ...words, edited: { user: 'U0ANOTHER', ts: '1.2' } },
      previous_message: words,
    });
    expect(await next()).toMatchObject({ kind: 'edit', text: 'changed', sender: {} });
    expect(bench.events[0]?.sender.id).toBeUndefined();
  });
});

describe('what was said', () => {
  test.each([
    ['a &lt;@U0BOT&gt; &amp;amp; &lt;!here&gt;', 'a <@U0BOT> &amp; <!here>'],
    [
      'see <https://a.example/?a=1&amp;b=2|this> and <https://b.example>',
      'see this (https://a.example/?a=1&b=2) and https://b.example',
    ],
    [
      '<mailto:a@b.example|a@b.example> in <#C0AAA|general> or <#C0BBB>',
      'a@b.example in #general or #C0BBB',
    ],
    ['<!here> <!subteam^S0AAA|@crew> <!date^1^{date}|today>', '@here @crew today'],
    ['<@U0OTHERSS|the boss> ok', '@U0OTHERSS ok'],
    ['1 < 2 <<<', '1 < 2 <<<'],
  ])('%s', async (raw, text) => {
    message({ text: raw });
    expect((await next()).text).toBe(text);
  });

  test('a mention is the markup of Slack, and typed markup is none', async () => {
    const us = bench.slack.bot.userId;
    message({ text: `<@${us}> and <@U0OTHERSS>` });
    message({ text: `&lt;@${us}&gt; @gate_bot`, ts: '1.2' });
    const [called, typed] = await bench.waitForEvents(2);
    expect(called).toMatchObject({
      text: '@gate_bot and @U0OTHERSS',
      facts: { nativeMention: true, mentionsOthers: true },
    });
    expect(typed?.facts).toBeUndefined();
  });

  test('a thread we wrote in is known as such, until the start is forgotten', async () => {
    const to = { ...place(bench.slack, room.id), threadId: '1700000000.000100' };
    message({ ts: '1.2', thread_ts: '1700000000.000100' });
    await bench.waitForEvents(1);
    await bench.channel.send({ to, text: 'I am here', idempotencyKey: 'k' }, soon());
    message({ ts: '1.3', thread_ts: '1700000000.000100' });
    const [before, after] = await bench.waitForEvents(2);
    expect([before?.facts, after?.facts]).toEqual([undefined, { botInThread: true }]);
  });

  test.each([
    'channel_join',
    'channel_topic',
    'message_deleted',
    'message_replied',
    'reminder_add',
  ])("%s is nobody's words", async (subtype) => {
    message({ subtype, message: { text: 'x' } });
    message({ ts: '1.9', text: 'words' });
    await bench.waitForEvents(1);
    await bench.slack.waitForAcknowledged();
    expect(bench.events.map(({ text }) => text)).toEqual(['words']);
  });

  test('a preview that appears is no edit, two edits are two', async () => {
    const { slack } = bench;
    const written = slack.userSends({ from: anna, channel: room, text: 'one' });
    slack.previewAppears(written);
    slack.userEdits(written, 'two');
    slack.previewAppears(written);
    slack.userEdits(written, 'three');
    await slack.waitForAcknowledged();
    expect(bench.events.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
      'message one',
      'edit two',
      'edit three',
    ]);
    expect(new Set(bench.events.map(({ eventId }) => eventId)).size).toBe(3);
  });

  test('files are references; those of other services are none', async () => {
    const files = [
      {
        id: 'F1',
        name: 'a.txt',
        mimetype: 'text/plain',
        size: 3,
        url_private: 'https://files.slack.com/a',
      },
      { id: 'F2AAA', file_access: 'check_file_info' },
      { id: 'F3', is_external: true, url_private: 'https://drive.example/x' },
    ];
    message({ subtype: 'file_share', text: '', files });
    expect((await next()).attachments).toEqual([
      { ref: 'https://files.slack.com/a', name: 'a.txt', mimeType: 'text/plain', size: 3 },
      { ref: 'F2AAA' },
    ]);
  });
});

describe('what was done', () => {
  test('coming into a room is a join of whoever invited us; others are members', async () => {
    const { slack } = bench;
    const fresh = slack.addChannel({ botIsMember: false });
    slack.userAddsBot(anna, fresh);
    slack.memberMoves(fresh, anna, 'joins');
    slack.memberMoves(fresh, anna, 'leaves');
    const events = await bench.waitForEvents(3);
    expect(events.map(({ kind, text, sender }) => [kind, text, sender.id])).toEqual([
      ['join', 'bot: joined', anna.id],
      ['member', `${anna.id}: joined`, anna.id],
      ['member', `${anna.id}: left`, anna.id],
    ]);
    expect(events[0]?.conversation).toEqual(place(slack, fresh.id));
    await bench.channel.leave?.(place(slack, fresh.id), soon());
    expect(slack.calls.at(-1)?.method).toBe('conversations.leave');
    const direct = bench.channel.leave?.(place(slack, 'D0AAA', 'direct'), soon());
    await expect(direct).rejects.toMatchObject({ outcome: 'failed' });
  });

  test('a pin names its message', async () => {
    const written = bench.slack.userSends({ from: anna, channel: room, text: 'keep' });
    bench.slack.userPins(anna, written);
    const [, pin] = await bench.waitForEvents(2);
    expect(pin).toMatchObject({ kind: 'pin', messageId: written.ts, sender: { id: anna.id } });
  });

  test.each([
    ['/stop', 'right now', { name: 'stop', args: 'right now' }, '/stop right now'],
    ['/openclaw', 'stop right now', { name: 'stop', args: 'right now' }, 'stop right now'],
    ['/Portcullis', '/Status', { name: 'status', args: '' }, '/Status'],
  ])('%s %s', async (command, text, parsed, words) => {
    const id = bench.slack.userCommands({ from: anna, channel: room, command, text });
    expect(await next()).toMatchObject({
      kind: 'command',
      command: parsed,
      text: words,
      sender: { id: anna.id },
      conversation: { kind: 'channel', id: room.id },
    });
    await bench.slack.waitForAcknowledged();
    const response = { response_type: 'ephemeral', text: 'On it.' };
    expect(bench.slack.delivery(id)?.response).toEqual(response);
  });

  test('a press is answered to whoever pressed, and to nobody else', async () => {
    const { slack, channel } = bench;
    const to = place(slack, room.id);
    const buttons = [[{ label: 'Yes', data: 'y' }]];
    const sent = await channel.send({ to, text: 'Sure?', buttons, idempotencyKey: 'k' }, soon());
    slack.userPresses({ from: anna, channelId: room.id, ts: sent.messageId, value: 'y' });
    const event = await next();
    expect(event).toMatchObject({ kind: 'button', sender: { id: anna.id }, conversation: to });
    await channel.answerButton?.(event, 'Done <!here>', soon());
    expect(slack.sent.at(-1)).toMatchObject({
      ephemeralTo: anna.id,
      shown: 'Done <!here>',
      pings: [],
    });
  });

  test('commands that are switched off are answered and go nowhere', async () => {
    const other = await createBench({ options: { slashCommand: { enabled: false } } });
    try {
      await other.listen();
      const from = other.slack.addUser();
      const id = other.slack.userCommands({ from, command: '/stop' });
      await other.slack.waitForAcknowledged();
      expect(other.slack.delivery(id)?.response).toMatchObject({
        text: expect.stringContaining('off'),
      });
      expect(other.events).toEqual([]);
    } finally {
      await other.close();
    }
  });
});
