import { type Conversation, DeliveryError, type OutboundMessage } from '@portcullis/core';
import type { DiscordFault, FakeDiscordChannel, FakeDiscordGuild } from '@portcullis/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { render, split } from '../src/format.ts';
import { type Bench, createBench, until } from './bench.ts';

let bench: Bench;
let guild: FakeDiscordGuild;
let channel: FakeDiscordChannel;
let sequence = 0;

beforeEach(async () => {
  bench = await createBench({}, { callMs: 200 });
  guild = bench.discord.addGuild();
  channel = bench.discord.addChannel(guild);
});
afterEach(() => bench.close());

const soon = () => AbortSignal.timeout(5000);
const base = { channel: 'discord', accountId: 'default' } as const;
const room = (): Conversation => ({ ...base, kind: 'channel', id: channel.id, guildId: guild.id });
const direct = (): Conversation => ({ ...base, kind: 'direct', id: bench.anna.id });

function send(message: Partial<OutboundMessage> & { readonly text: string }) {
  sequence += 1;
  const key = { idempotencyKey: `send-${sequence}` };
  return bench.channel.send({ to: room(), ...key, ...message }, soon());
}

async function failure(work: Promise<unknown>): Promise<DeliveryError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof DeliveryError)) throw new Error(`no failure: ${String(error)}`);
  return error;
}

const bodies = (operation: string) =>
  bench.discord.calls.filter((call) => call.operation === operation).map(({ body }) => body);

describe('a send', () => {
  test('is one request that notifies nobody, shows no preview and carries its number', async () => {
    const { messageId } = await send({ text: 'hello @everyone https://example.com' });
    expect(bodies('createMessage')).toEqual([
      {
        content: 'hello @everyone https://example.com',
        nonce: expect.stringMatching(/^[\w-]{25}$/u),
        enforce_nonce: true,
        flags: 4,
        allowed_mentions: { parse: [], replied_user: false },
      },
    ]);
    const nobody = { users: [], roles: [], everyone: false };
    expect(bench.discord.sent).toMatchObject([
      { messageId, pings: nobody, suppressesEmbeds: true },
    ]);
  });

  test('so is an edit', async () => {
    const { messageId } = await send({ text: 'one' });
    await bench.channel.edit?.(room(), messageId, 'two @everyone', soon());
    expect(bodies('updateMessage')).toEqual([
      {
        content: 'two @everyone',
        flags: 4,
        allowed_mentions: { parse: [], replied_user: false },
      },
    ]);
  });

  test('with the same key is the same message', async () => {
    const message = { text: 'once', idempotencyKey: 'the same' };
    expect(await send(message)).toEqual(await send(message));
    expect(bench.discord.sent).toHaveLength(1);
    expect(bench.channel.idempotentSend).toEqual({ withinMs: 60_000 });
  });

  test('answers a message, or says it anyway when that is gone', async () => {
    const asked = bench.discord.userSends({ from: bench.anna, channel, content: 'well?' });
    await send({ text: 'yes', replyTo: asked.messageId });
    await send({ text: 'no', replyTo: '55555555555555555' });
    expect(bench.discord.sent).toMatchObject([{ replyTo: asked.messageId }, { content: 'no' }]);
    expect(bench.discord.sent[0]?.pings.users).toEqual([]);
  });

  test('goes to a person through the channel Discord opens, which is asked for once', async () => {
    await send({ to: direct(), text: 'one' });
    await send({ to: direct(), text: 'two' });
    const { id } = bench.discord.directMessages(bench.anna);
    expect(bench.discord.sentTo({ id })).toHaveLength(2);
    expect(bodies('createDM')).toEqual([{ recipient_id: bench.anna.id }]);
  });

  test.each<[DiscordFault, string]>([
    ['reset', 'retry'],
    [500, 'retry'],
    ['accept-then-hang', 'retry'],
  ])('that channel not opened (%s) is nothing sent', async (fault, outcome) => {
    bench.discord.fail('createDM', 1, fault);
    expect(await failure(send({ to: direct(), text: 'x' }))).toMatchObject({ outcome });
    expect(bench.discord.sent).toEqual([]);
  });

  test('buttons come in rows of five, each with its data', async () => {
    const row = Array.from({ length: 7 }, (_, index) => ({
      label: `b${index}`,
      data: `d${index}`,
    }));
    await send({ text: 'choose', buttons: [row] });
    expect(bench.discord.sent[0]?.buttons.map((buttons) => buttons.length)).toEqual([5, 2]);
    expect(bench.discord.sent[0]?.buttons[1]?.[1]).toEqual({ label: 'b6', customId: 'd6' });
  });

  test.each([
    ['no words', { text: ' \n' }],
    ['too many words', { text: 'x'.repeat(2001) }],
    ['too much behind a button', { text: 'x', buttons: [[{ label: 'a', data: 'ä'.repeat(33) }]] }],
    [
      'too many rows',
      { text: 'x', buttons: Array.from({ length: 6 }, () => [{ label: 'a', data: 'b' }]) },
    ],
    ['no id', { text: 'x', to: { ...base, kind: 'channel', id: '../users/@me' } as const }],
    [
      'too large a file',
      {
        text: 'x',
        file: { name: 'a', mimeType: 'a/b', bytes: new Uint8Array(10 * 1024 * 1024 + 1) },
      },
    ],
  ])('with %s is refused before anything is sent', async (_name, message) => {
    const error = await failure(send(message));
    expect(error).toMatchObject({ outcome: 'failed', code: 'discord.message_invalid' });
    expect(bench.discord.calls).toEqual([]);
  });
});

describe('what became of it', () => {
  test.each<[DiscordFault, string, string, number]>([
    [429, 'retry', 'discord.rate_limited', 0],
    [{ retryAfter: 2, global: true }, 'retry', 'discord.rate_limited', 0],
    ['reset', 'unknown', 'discord.answer_lost', 0],
    ['hang', 'unknown', 'discord.answer_lost', 0],
    ['half-body', 'unknown', 'discord.answer_lost', 1],
    [500, 'unknown', 'discord.server_error', 0],
    [502, 'unknown', 'discord.server_error', 0],
    ['accept-then-500', 'unknown', 'discord.server_error', 1],
    ['accept-then-reset', 'unknown', 'discord.answer_lost', 1],
    ['accept-then-hang', 'unknown', 'discord.answer_lost', 1],
  ])('%j is %s', async (fault, outcome, code, arrived) => {
    bench.discord.fail('createMessage', 1, fault);
    expect(await failure(send({ text: 'x' }))).toMatchObject({ outcome, code });
    expect(bench.discord.sent).toHaveLength(arrived);
    expect(bodies('createMessage')).toHaveLength(1);
  });

  test('a pause Discord asked for is handed on', async () => {
    bench.discord.fail('createMessage', 1, { retryAfter: 3 });
    const { retryAfterMs } = await failure(send({ text: 'x' }));
    expect(retryAfterMs).toBeGreaterThanOrEqual(3000);
    expect(retryAfterMs).toBeLessThan(3500);
  });

  test('nobody there, nobody who wants it, no permission: for good', async () => {
    const { discord, anna } = bench;
    const locked = discord.addChannel(guild, { writable: false });
    discord.userBlocks(anna);
    const gone = { ...room(), id: '44444444444444444' };
    const answers = [
      await failure(send({ text: 'x', to: gone })),
      await failure(send({ text: 'x', to: direct() })),
      await failure(send({ text: 'x', to: { ...room(), id: locked.id } })),
    ];
    expect(answers).toMatchObject([
      { outcome: 'failed', code: 'discord.refused', details: { status: 404, code: 10_003 } },
      { outcome: 'failed', code: 'discord.forbidden', details: { status: 403, code: 50_007 } },
      { outcome: 'failed', code: 'discord.forbidden', details: { status: 403, code: 50_013 } },
    ]);
  });

  test('a refused connection is certainly nothing sent', async () => {
    await bench.discord.down();
    expect(await failure(send({ text: 'x' }))).toMatchObject({
      outcome: 'retry',
      code: 'discord.unreachable',
    });
    await bench.discord.up();
  });
});

describe('leaving', () => {
  test('a server, from any of its rooms; a person cannot be left', async () => {
    await bench.channel.leave?.(room(), soon());
    expect(bench.discord.calls.map(({ operation }) => operation)).toEqual(['leaveGuild']);
    const left = bench.channel.leave?.(direct(), soon()) ?? Promise.resolve();
    expect(await failure(left)).toMatchObject({ outcome: 'failed' });
  });
});

describe('formatting', () => {
  test.each([
    ['**bold** *italic* ~~gone~~ `code`', '**bold** *italic* ~~gone~~ `code`'],
    ['# One\n\n#### Four', '# One\n\n**Four**'],
    ['* item\n+ item', '- item\n- item'],
    ['[here](https://example.com/a_b)', '[here](<https://example.com/a_b>)'],
    ['a_b_c 2 * 3 ||spoiler||', String.raw`a\_b\_c 2 \* 3 \|\|spoiler\|\|`],
    ['<@123456> <@&1> <#1> <:a:1>', String.raw`\<@123456> \<@&1> \<#1> \<:a:1>`],
    ['> quote', String.raw`\> quote`],
    ['-# small', String.raw`\-# small`],
    ['see https://example.com/a_b_c', 'see https://example.com/a_b_c'],
    ['``a ` b``', '`` a ` b ``'],
    ['```ts\nlet a = 1;\n```', '```ts\nlet a = 1;\n```'],
    ['````\n```\n````', '```\n`\u200B``\n```'],
  ])('%j becomes %j', (markdown, wanted) => {
    expect(render(markdown)).toBe(wanted);
  });

  test('pieces fit with their escapes, and fences are closed in each', () => {
    const code = Array.from({ length: 300 }, (_, index) => `line ${index};`).join('\n');
    const stars = '*_~`|<'.repeat(600);
    const pieces = split(`${'word '.repeat(600)}\n\n\`\`\`js\n${code}\n\`\`\`\n\n${stars}`);
    expect(pieces.length).toBeGreaterThan(4);
    for (const piece of pieces) {
      expect(render(piece).length).toBeLessThanOrEqual(2000);
      expect((render(piece).match(/^```/gmu) ?? []).length % 2).toBe(0);
    }
    expect(pieces.join('\n')).toContain('line 299;');
  });
});

const press = async (customId: string) => {
  const { messageId } = await send({
    text: 'choose',
    buttons: [[{ label: 'Yes', data: 'yes:1' }]],
  });
  const { anna, discord } = bench;
  return discord.userPresses({ from: anna, channelId: channel.id, messageId, customId });
};

const pressed = () => bench.events.find(({ kind }) => kind === 'button');

describe('buttons and commands', () => {
  test('a press is acknowledged once it is stored, and answered for nobody else to see', async () => {
    const { promise: stored, resolve: store } = Promise.withResolvers<void>();
    bench.onAccept(({ kind }) => (kind === 'button' ? stored : Promise.resolve()));
    await bench.connect();
    const id = await press('yes:1');
    await until(() => bench.offered.some(({ kind }) => kind === 'button'), 'the press');
    expect(bench.discord.interactionAnswer(id)).toBeUndefined();
    store();
    await until(() => bench.discord.interactionAnswer(id) !== undefined, 'the acknowledgement');
    expect(bench.discord.interactionAnswer(id)).toMatchObject({ type: 6 });
    const event = pressed();
    expect(event).toMatchObject({
      eventId: `button:${id}`,
      sender: { id: bench.anna.id },
      button: { data: 'yes:1' },
      conversation: { id: channel.id, guildId: guild.id },
    });
    if (event === undefined) return;
    await bench.channel.answerButton?.(event, 'Allowed @everyone', soon());
    expect(bench.discord.sent.at(-1)).toMatchObject({
      content: 'Allowed @everyone',
      ephemeral: true,
      pings: { everyone: false },
    });
    // The key for answering is in no event: events are stored.
    expect(JSON.stringify(bench.events)).not.toContain('token');
  });

  test('a press from before a start cannot be answered, and says so', async () => {
    await bench.connect();
    await press('yes:1');
    await until(() => pressed() !== undefined, 'the press');
    await bench.renew();
    const event = pressed();
    if (event === undefined) throw new Error('no press');
    const answered = bench.channel.answerButton?.(event, 'x', soon()) ?? Promise.resolve();
    expect(await failure(answered)).toMatchObject({ code: 'discord.interaction_over' });
  });

  test('a command is received, acknowledged to whoever gave it, and brought as one', async () => {
    await bench.connect();
    const { discord, anna } = bench;
    const id = discord.userCommands({
      from: anna,
      channelId: channel.id,
      name: 'approve',
      args: 'ABC allow',
    });
    await until(() => discord.interactionAnswer(id) !== undefined, 'the acknowledgement');
    expect(discord.interactionAnswer(id)).toEqual({
      type: 4,
      content: 'Received.',
      ephemeral: true,
    });
    expect(bench.events.find(({ kind }) => kind === 'command')).toMatchObject({
      eventId: `command:${id}`,
      command: { name: 'approve', args: 'ABC allow' },
      text: '/approve ABC allow',
      sender: { id: anna.id },
    });
  });

  test.each([
    [undefined, 0],
    [false, 0],
    ['auto' as const, 0],
    [true, 1],
  ])('with commands.native %s, commands are registered %i times', async (native, times) => {
    const other = await createBench({ options: { commands: { native } } });
    await other.connect();
    if (times > 0) await other.discord.waitForCall('bulkSetApplicationCommands');
    const calls = other.discord.calls.filter(
      ({ operation }) => operation === 'bulkSetApplicationCommands',
    );
    expect(calls).toHaveLength(times);
    await other.close();
  });
});

const fetched = async (ref: string, maxBytes = 1000) =>
  await bench.channel.fetchMedia?.({ ref }, maxBytes, soon());

describe('files that come in', () => {
  const file = { name: 'a.txt', bytes: new Uint8Array(500), contentType: 'text/plain' };
  const received = async () => {
    await bench.connect();
    bench.discord.userSends({ from: bench.anna, channel, files: [file] });
    await until(() => bench.events.some(({ attachments }) => attachments !== undefined), 'it');
    const ref = bench.events.find(({ attachments }) => attachments !== undefined)?.attachments?.[0];
    if (ref === undefined) throw new Error('no file');
    return ref;
  };
  test('are references, without an address, and nothing is fetched by itself', async () => {
    const ref = await received();
    expect(ref).toMatchObject({ name: 'a.txt', mimeType: 'text/plain', size: 500 });
    expect(ref.ref).toMatch(/^\d+\/\d+\/\d+$/u);
    expect(bench.discord.downloads).toBe(0);
    expect((await fetched(ref.ref))?.length).toBe(500);
  });

  test('are refused above the limit, before they are fetched', async () => {
    const ref = await received();
    await expect(fetched(ref.ref, 499)).rejects.toMatchObject({ code: 'media.too_large' });
    expect(bench.discord.downloads).toBe(0);
  });

  test.each(['nonsense', '1/2/3', '12345678/../../users/@me/12345678', 'https://evil.example/x'])(
    '%s is no reference',
    async (ref) => {
      await expect(fetched(ref)).rejects.toMatchObject({ code: 'media.unavailable' });
      expect(bench.discord.calls).toEqual([]);
    },
  );

  test('of a message that is gone cannot be had', async () => {
    const { ref } = await received();
    const [, messageId = ''] = ref.split('/');
    bench.discord.userDeletes({ channelId: channel.id, messageId });
    await expect(fetched(ref)).rejects.toMatchObject({ code: 'discord.refused' });
    await expect(fetched(`${ref.slice(0, -1)}0`)).rejects.toBeInstanceOf(Error);
  });
});
