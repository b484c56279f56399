/** Questions of the agent to the person it works for. */
import type { Event, OutboundMessage } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import type { Caller, QuestionItem } from '../../src/services.ts';
import { readSession, writeSession } from '../../src/session/sessions.ts';
import { type Harness, cli, direct, inRoom, openHarness, until } from './harness.ts';
import { auditCodes, callsNext, saysNext, sessionTools } from './session-tools.ts';

const OWNER = '7';
const GUEST = '42';
const OTHER = '43';

const CONFIG = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  tools: { profile: 'full' },
  commands: { ownerAllowFrom: [`telegram:${OWNER}`] },
  channels: {
    telegram: {
      dmPolicy: 'allowlist',
      allowFrom: [OWNER, GUEST, OTHER],
      groupPolicy: 'open',
      groups: { '*': { requireMention: false } },
    },
  },
};

let harness: Harness;

afterEach(async () => {
  // A turn that waits for an answer would keep the gateway for a while.
  await harness.gateway.stop('test', 20);
  await harness.close();
});

async function open(folder?: string): Promise<void> {
  harness = await openHarness({
    config: CONFIG,
    tools: sessionTools,
    ...(folder === undefined ? {} : { folder }),
  });
}

const ASKED = { question: 'Which *one*?', options: ['red', 'blue'] };

/** Has the agent ask the writer of `event`. Resolves with the message that asks. */
async function ask(event: Event, input: object = ASKED): Promise<OutboundMessage> {
  callsNext(harness.model, 'ask_user', input);
  await harness.network.deliver(event);
  return await prompt();
}

const find = (): OutboundMessage | undefined =>
  harness.network.sent.find(({ text }) => text.startsWith('**Question:**'));

async function prompt(): Promise<OutboundMessage> {
  await until(() => find() !== undefined, 'a question');
  const found = find();
  if (found === undefined) throw new Error('no question');
  await until(async () => {
    const sent = await harness.gateway.services.outbox.list({ state: 'sent', limit: 1000 });
    return sent.some(({ messageId }) => messageId === idOf(found));
  }, 'the receipt');
  return found;
}

function idOf(message: OutboundMessage): string {
  return String(harness.network.sent.indexOf(message) + 1);
}

let presses = 0;

async function press(
  person: string,
  message: OutboundMessage,
  index: number,
  more: Partial<Event> = {},
): Promise<void> {
  presses += 1;
  await harness.network.deliver({
    ...direct(person, ''),
    kind: 'button',
    eventId: `press:${String(presses)}`,
    messageId: idOf(message),
    button: { data: message.buttons?.flat()[index]?.data ?? '' },
    ...more,
  });
}

async function answered(conversation: string): Promise<string> {
  const count = () => harness.network.texts(conversation).filter((text) => text.startsWith('echo'));
  await until(() => count().length === 1, 'the end of the turn');
  return count()[0] ?? '';
}

describe('a question in a conversation', () => {
  test('is asked as plain text with a button for each option', async () => {
    await open();
    const { text, buttons, to } = await ask(direct(GUEST, 'choose'), {
      question: 'Which [one](https://evil.test)?\n/approve 1 allow-once',
      options: ['red', 'blue'],
    });
    expect(to.id).toBe(GUEST);
    expect(text).toContain('**Question:** Which \\[one\\]\\(https://evil.test\\)?');
    expect(text).toContain('1. red\n2. blue');
    expect(buttons?.map((row) => row.map(({ label }) => label))).toEqual([['red'], ['blue']]);
  });

  test('is answered by a button of the one who is asked, once', async () => {
    await open();
    const message = await ask(direct(GUEST, 'choose'));
    await press(GUEST, message, 1);
    await answered(GUEST);
    expect(harness.model.heard.at(-1)).toBe('The person answered: blue');
    await press(GUEST, message, 0);
    await until(() => harness.network.answered.length === 2, 'both presses');
    expect(harness.network.answered.map(([, said]) => said)).toEqual([
      'Answered: blue',
      'Answered: blue',
    ]);
    expect(await auditCodes(harness, /^(?:question|effect)\./u)).toEqual([
      'effect.ask',
      'question.pending',
      'question.answered',
      'effect.done',
    ]);
  });

  test.each([
    ['his words', 'green, please', 'green, please'],
    ['the number of an option', '2.', 'blue'],
    ['a number that is no option', '9', '9'],
  ])('is answered by the next message: %s', async (_, said, meant) => {
    await open();
    await ask(direct(GUEST, 'choose'));
    await harness.network.deliver(direct(GUEST, said));
    await answered(GUEST);
    expect(harness.model.heard).toEqual(['choose', `The person answered: ${meant}`]);
  });

  test('P24.03: is not answered by anybody else in the room, by message or by button', async () => {
    await open();
    const message = await ask(inRoom('-100', GUEST, 'choose'));
    const room = { conversation: message.to };
    await press(OTHER, message, 0, room);
    await harness.network.deliver(inRoom('-100', OTHER, 'red'));
    await harness.network.deliver(direct(GUEST, 'red, from elsewhere'));
    await until(() => harness.network.texts(GUEST).length === 1, 'the other conversation');
    expect(harness.model.heard).toEqual(['Person 42: choose', 'red, from elsewhere']);
    await harness.network.deliver(inRoom('-100', GUEST, 'blue'));
    await until(() => harness.model.heard.length === 4, 'both turns');
    expect(harness.model.heard.slice(2)).toEqual(['The person answered: blue', 'Person 43: red']);
  });

  test('is not answered under another message or by a made-up button', async () => {
    await open();
    const message = await ask(direct(GUEST, 'choose'));
    await press(GUEST, message, 0, { messageId: '999' });
    await press(GUEST, message, 0, { button: { data: `q:${'0'.repeat(32)}:0` } });
    await press(GUEST, message, 1);
    await answered(GUEST);
    expect(harness.network.answered.map(([, said]) => said)).toEqual([
      'This button does not count. Write your answer.',
      'Answered: blue',
    ]);
    expect(await auditCodes(harness, /^event\.button\.unbound$/u)).toHaveLength(1);
  });

  test('is over after its time, and the agent is told', async () => {
    await open();
    await ask(direct(GUEST, 'choose'));
    harness.clock.now += 30 * 60_000 + 1;
    await answered(GUEST);
    expect(harness.model.heard.at(-1)).toMatch(/^Nobody answered in time/u);
    expect(await auditCodes(harness, /^question\./u)).toEqual([
      'question.pending',
      'question.expired',
    ]);
  });

  test('is withdrawn with /stop, and the next message is a message again', async () => {
    await open();
    await ask(direct(GUEST, 'choose'));
    await harness.network.deliver(
      direct(GUEST, '/stop', { kind: 'command', command: { name: 'stop', args: '' } }),
    );
    await until(() => harness.network.texts(GUEST).includes('Stopped.'), 'the stop');
    await until(
      async () => (await auditCodes(harness, /^question\.cancelled$/u)).length === 1,
      'the end of the question',
    );
    await harness.network.deliver(direct(GUEST, 'blue'));
    expect(await answered(GUEST)).toBe('echo: blue');
  });

  test('survives a restart and is asked once', async () => {
    await open();
    await ask(direct(GUEST, 'choose'));
    const { folder } = harness;
    await harness.gateway.stop('restart', 20);
    await harness.store.close();
    await open(folder);
    await harness.network.deliver(direct(GUEST, 'blue'));
    await answered(GUEST);
    expect(harness.model.heard).toEqual(['The person answered: blue']);
    expect(harness.network.sent.filter(({ text }) => text.includes('Question'))).toEqual([]);
  });

  test('that would tell what others know is approved with what stands behind it, on record', async () => {
    await open();
    await harness.network.deliver(direct(GUEST, 'hi'));
    await until(() => harness.network.texts(GUEST).length === 1, 'an answer');
    await harness.store.transact(async (tx) => {
      const session = await readSession(tx, `agent:main:telegram:direct:${GUEST}`);
      if (session === undefined) throw new Error('no session');
      writeSession(tx, { ...session, flow: { u: 1, P: ['workspace'] } });
    });
    callsNext(harness.model, 'ask_user', ASKED);
    await harness.network.deliver(direct(GUEST, 'choose'));
    const { approvals } = harness.gateway.services;
    await until(async () => (await approvals.pending()).length === 1, 'an approval');
    const [item] = await approvals.pending();
    expect(item).toMatchObject({ code: 'flow.reply.private', tool: 'ask_user' });
    await approvals.resolve(cli, item?.id ?? '', 'allow-once');
    await prompt();
    expect(await auditCodes(harness, /^flow\.declassified$/u)).toHaveLength(1);
  });

  test('brings the label of the one who answers, no more', async () => {
    await open();
    await ask(direct(OWNER, 'choose'));
    await harness.network.deliver(direct(OWNER, 'blue'));
    await answered(OWNER);
    callsNext(harness.model, 'message', { text: 'hi', to: 'telegram:43' });
    saysNext(harness.model, 'done');
    await harness.network.deliver(direct(OWNER, 'tell him'));
    await until(() => harness.network.texts(OTHER).length === 1, 'a message without an approval');
  });

  test('may be asked ten times in a turn', async () => {
    await open();
    for (let asked = 0; asked < 11; asked += 1) {
      const question = `Which one, the ${String(asked)}th time?`;
      callsNext(harness.model, 'ask_user', { ...ASKED, question });
    }
    await harness.network.deliver(direct(GUEST, 'choose'));
    for (let asked = 1; asked <= 10; asked += 1) {
      await until(
        () => harness.network.sent.filter(({ text }) => text.includes('Question')).length === asked,
        'the next question',
      );
      await harness.network.deliver(direct(GUEST, 'blue'));
    }
    await answered(GUEST);
    expect(harness.model.heard.at(-1)).toContain('[question.too_many]');
  });
});

async function waiting(caller: Caller): Promise<readonly QuestionItem[]> {
  return await harness.gateway.services.questions.pending(caller);
}

describe('a question to an operator', () => {
  const writer: Caller = {
    id: 'operator:w',
    kind: 'operator',
    local: false,
    scopes: ['operator.write', 'operator.questions'],
  };
  const KEY = 'agent:main:main';

  async function askOver(caller: Caller): Promise<QuestionItem> {
    callsNext(harness.model, 'ask_user', ASKED);
    const { chat } = harness.gateway.services;
    await chat.send(caller, { sessionKey: KEY, message: 'choose', idempotencyKey: 'r1' });
    await until(async () => (await waiting(cli)).length === 1, 'a question');
    const [item] = await waiting(cli);
    if (item === undefined) throw new Error('no question');
    return item;
  }

  test('is listed and answered over the protocol, and told of', async () => {
    await open();
    const heard: string[] = [];
    harness.gateway.services.listen((notice) => {
      if (notice.type === 'question') heard.push(`${notice.phase} ${notice.question.state}`);
    });
    const item = await askOver(writer);
    expect(item).toMatchObject({ text: 'Which *one*?', options: ['red', 'blue'], sessionKey: KEY });
    await harness.gateway.services.questions.answer(writer, item.id, 'blue');
    expect(await harness.gateway.services.chat.wait('r1', 5000)).toBe('ok');
    expect(harness.model.heard.at(-1)).toBe('The person answered: blue');
    expect(heard).toEqual(['requested pending', 'resolved answered']);
    await expect(
      harness.gateway.services.questions.answer(writer, item.id, 'red'),
    ).rejects.toMatchObject({ code: 'question.already_resolved' });
  });

  test('is answered by the next message of the chat, whose own run ends at once', async () => {
    await open();
    await askOver(writer);
    const { chat } = harness.gateway.services;
    await chat.send(writer, { sessionKey: KEY, message: '1', idempotencyKey: 'r2' });
    expect(await chat.wait('r2', 5000)).toBe('ok');
    expect(await chat.wait('r1', 5000)).toBe('ok');
    expect(harness.model.heard).toEqual(['choose', 'The person answered: red']);
  });

  test('may be declined', async () => {
    await open();
    const item = await askOver(writer);
    await harness.gateway.services.questions.decline(writer, item.id);
    expect(await harness.gateway.services.chat.wait('r1', 5000)).toBe('ok');
    expect(harness.model.heard.at(-1)).toMatch(/^The person did not want to answer/u);
  });

  test('of every scope is not answered, listed or declined by one of less', async () => {
    await open();
    const item = await askOver(cli);
    const { chat, questions } = harness.gateway.services;
    expect(await waiting(writer)).toEqual([]);
    await expect(questions.answer(writer, item.id, 'red')).rejects.toMatchObject({
      code: 'question.not_found',
    });
    await chat.send(writer, { sessionKey: KEY, message: 'red', idempotencyKey: 'r2' });
    await questions.answer(cli, item.id, 'blue');
    expect(await chat.wait('r1', 5000)).toBe('ok');
    expect(await chat.wait('r2', 5000)).toBe('ok');
    expect(harness.model.heard).toEqual(['choose', 'The person answered: blue', 'red']);
  });

  test('is nobody’s to answer where a guest is asked elsewhere', async () => {
    await open();
    await ask(direct(GUEST, 'choose'));
    expect(await waiting(cli)).toEqual([]);
    await harness.network.deliver(direct(GUEST, 'blue'));
    await answered(GUEST);
  });
});
