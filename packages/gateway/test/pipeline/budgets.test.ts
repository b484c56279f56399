// Budgets through the running gateway: what is refused, what people hear, what survives.
import { type ModelEvent, PortcullisError } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { type Harness, type HarnessOptions, cli, direct, openHarness, until } from './harness.ts';
import { calls, linesOf, tool, waits } from './probe.ts';

const CONFIG = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  tools: { profile: 'full' },
  commands: { ownerAllowFrom: ['telegram:1'] },
  channels: { telegram: { dmPolicy: 'open', allowFrom: ['*'] } },
};
/** 14 November 2023, 22:13:20 UTC: the hour ends in 47 minutes, the day in 107. */
const NOON = 1_700_000_000_000;

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

async function open(budgets: object, more: Partial<HarnessOptions> = {}): Promise<void> {
  harness = await openHarness({ config: { ...CONFIG, budgets }, ...more });
}

function says(text: string, usage: { inputTokens?: number; outputTokens?: number } = {}) {
  return async function* (): AsyncIterable<ModelEvent> {
    yield { type: 'text', delta: text };
    yield { type: 'finish', reason: 'stop', usage };
  };
}

async function say(sender: string, text: string): Promise<void> {
  const before = harness.network.sent.length;
  await harness.network.deliver(direct(sender, text));
  await until(() => harness.network.sent.length > before, `an answer to ${text}`);
}

const lines = (code: string) => linesOf(harness, code);

async function used(path: string, subject?: string): Promise<number | undefined> {
  const items = await harness.gateway.services.budgets.list();
  return items.find((each) => each.path === path && each.subject === subject)?.used;
}

describe('tokens', () => {
  const path = 'budgets.sender.tokensPerDay';

  test('are counted as the provider counted them, for each sender apart', async () => {
    await open({ sender: { tokensPerDay: 50_000 } });
    harness.model.script.push(says('one', { inputTokens: 900, outputTokens: 100 }), says('two'));
    await say('42', 'hello');
    expect(await used(path, 'telegram:42')).toBe(1000);
    await say('43', 'hello');
    expect(await used(path, 'telegram:42')).toBe(1000);
    expect(await used(path, 'telegram:43')).toBeGreaterThan(100);
    expect(harness.model.requests[0]?.maxOutputTokens).toBe(8192);
  });

  test('that are used up are said once, and no model is asked until the day is over', async () => {
    await open({ sender: { tokensPerDay: 2000 } });
    harness.model.script.push(says('one', { inputTokens: 1500, outputTokens: 300 }));
    await say('42', 'hello');
    await say('42', 'more');
    expect(harness.network.texts('42')[1]).toBe(
      'Your daily allowance for answers is used up. It is renewed at 00:00 UTC, in about 2 hours.',
    );
    await harness.network.deliver(direct('42', 'please'));
    await until(async () => (await lines('budget.exhausted')).length === 2);
    await say('43', 'somebody else');
    expect(harness.network.texts('42')).toHaveLength(2);
    expect(harness.model.requests).toHaveLength(2);
    const page = await harness.gateway.services.chat.history('agent:main:telegram:direct:42', {
      limit: 1,
    });
    expect(page.messages[0]?.errorMessage).toContain(
      '(budgets.sender.tokensPerDay: 1800 of 2000 used, renewed at 2023-11-15T00:00:00.000Z)',
    );
    expect((await lines('budget.exhausted'))[0]).toMatchObject({
      kind: 'budget',
      principal: 'telegram:42',
      path,
      limit: 2000,
      used: 1800,
      freesAt: 1_700_006_400_000,
    });
    harness.clock.now = 1_700_006_400_000;
    await say('42', 'a new day');
    expect(harness.network.texts('42')[2]).toBe('echo: a new day');
  });

  test('are still used up after a restart', async () => {
    await open({ sender: { tokensPerDay: 2000 } });
    harness.model.script.push(says('one', { inputTokens: 1500, outputTokens: 300 }));
    await say('42', 'hello');
    harness = await harness.restart();
    await say('42', 'more');
    expect(harness.network.texts('42')[0]).toContain('is used up');
    expect(harness.model.requests).toHaveLength(0);
  });

  test('bound the answer that is asked for', async () => {
    await open({ global: { tokensPerDay: 3000 } });
    await say('42', 'hello');
    const most = harness.model.requests[0]?.maxOutputTokens ?? 0;
    expect(most).toBeGreaterThan(2000);
    expect(most).toBeLessThan(3000);
  });

  test('cannot be spent twice by sessions side by side', async () => {
    await open({ global: { tokensPerDay: 3000 } });
    const gate = Promise.withResolvers<void>();
    for (let index = 0; index < 4; index += 1) {
      harness.model.script.push(async function* () {
        await gate.promise;
        yield { type: 'text', delta: 'late' };
        yield { type: 'finish', reason: 'stop', usage: { inputTokens: 1400, outputTokens: 1500 } };
      });
    }
    for (const sender of ['1', '2', '3', '4']) await harness.network.deliver(direct(sender, 'hi'));
    await until(async () => (await lines('budget.exhausted')).length === 3);
    gate.resolve();
    await until(() => harness.network.texts().includes('late'));
    expect(harness.model.requests).toHaveLength(1);
    expect(await used('budgets.global.tokensPerDay', '*')).toBe(2900);
  });

  test('of a request that no model read are given back; of one that broke off they are not', async () => {
    await open({ sender: { tokensPerDay: 50_000 } });
    harness.model.script.push(
      // oxlint-disable-next-line require-yield
      async function* () {
        throw new PortcullisError('model.unreachable', 'No server there.');
      },
      async function* () {
        yield { type: 'text', delta: 'word '.repeat(300) };
        throw new PortcullisError('model.interrupted', 'It broke off.');
      },
    );
    await say('42', 'hello');
    expect(await used(path, 'telegram:42')).toBe(0);
    await say('42', 'again');
    expect(await used(path, 'telegram:42')).toBeGreaterThan(500);
    expect(await used(path, 'telegram:42')).toBeLessThan(2000);
  });
});

describe('cost', () => {
  const path = 'budgets.global.costPerDay';
  const tariffs = [{ id: 'test/scripted', cost: { input: 3, output: 15 } }];

  test('is counted by the price of a million tokens', async () => {
    await open({ global: { costPerDay: 1 } }, { tariffs });
    harness.model.script.push(says('one', { inputTokens: 100_000, outputTokens: 10_000 }));
    await say('42', 'hello');
    expect(await used(path, '*')).toBeCloseTo(0.45, 9);
  });

  test('of a model that nobody priced is refused, and only the owner hears which key to set', async () => {
    await open({ global: { costPerDay: 1 } });
    await say('42', 'hello');
    expect(harness.network.texts('42')).toEqual([
      'I may not answer: there is a limit on costs, and what this would cost is not known. Please tell the owner.',
    ]);
    await say('1', 'hello');
    expect(harness.network.texts('1')[0]).toContain('budgets.global.costPerDay');
    expect(harness.model.requests).toEqual([]);
    const { messages } = await harness.gateway.services.chat.history(
      'agent:main:telegram:direct:1',
      {
        limit: 5,
      },
    );
    expect(messages.at(-1)?.errorMessage).toContain('Set cost.input and cost.output');
    expect(messages.at(-1)?.errorMessage).toContain('test/scripted');
  });

  test('bounds the answer by the money left', async () => {
    await open({ global: { costPerDay: 0.03 } }, { tariffs });
    await say('42', 'hello');
    expect(harness.model.requests[0]?.maxOutputTokens).toBeLessThan(2000);
  });
});

describe('tool calls', () => {
  test('over the budget are refused one by one, and the model is told when they are renewed', async () => {
    let ran = 0;
    const note = tool('note', async () => {
      ran += 1;
      return { text: 'noted' };
    });
    await open({ agent: { toolCallsPerHour: 2 } }, { tools: [note] });
    harness.model.script.push(calls({ name: 'note' }, { name: 'note' }, { name: 'note' }));
    await say('42', 'three notes');
    expect(ran).toBe(2);
    expect(harness.model.heard[1]).toBe(
      'Refused (budget.exhausted): A budget does not hold what this would spend. It is renewed at 2023-11-14T23:00:00.000Z.',
    );
    expect(await lines('budget.exhausted')).toHaveLength(2);
    expect(await used('budgets.agent.toolCallsPerHour', 'main')).toBe(2);
  });
});

describe('messages', () => {
  test('that are used up refuse a turn before a model is paid for it', async () => {
    await open({ sender: { messagesPerHour: 2 } });
    await say('42', 'one');
    await say('42', 'two');
    await say('42', 'three');
    expect(harness.network.texts('42')[2]).toBe(
      'Your hourly allowance of messages is used up. It is renewed at 23:00 UTC, in 47 minutes.',
    );
    expect(harness.model.requests).toHaveLength(2);
    harness.clock.now = NOON + 3_600_000;
    await say('42', 'four');
    expect(harness.network.texts('42')[3]).toBe('echo: four');
  });

  test('count every part of an answer, and an answer that was paid for goes out whole', async () => {
    await open({ channel: { messagesPerDay: 2 } });
    harness.model.script.push(says(`${'word '.repeat(1700)}`));
    await harness.network.deliver(direct('42', 'long'));
    await until(() => harness.network.sent.length === 3);
    expect(await used('budgets.channel.messagesPerDay', 'telegram')).toBe(3);
  });

  test('of a turn that said nothing are given back', async () => {
    await open({ sender: { messagesPerHour: 5 } });
    harness.model.script.push(says(''));
    await harness.network.deliver(direct('42', 'quiet'));
    await until(async () => (await lines('turn.answered')).length === 1);
    expect(await used('budgets.sender.messagesPerHour', 'telegram:42')).toBe(0);
  });

  test('of a turn cut off by a restart are set aside once', async () => {
    await open({ sender: { messagesPerHour: 5 } });
    harness.model.script.push(waits());
    await harness.network.deliver(direct('42', 'hello'));
    await until(() => harness.model.requests.length === 1);
    await harness.gateway.stop('restart', 50);
    await harness.store.close();
    const { folder, clock } = harness;
    harness = await openHarness({
      config: { ...CONFIG, budgets: { sender: { messagesPerHour: 5 } } },
      folder,
      clock,
    });
    await until(() => harness.network.sent.length === 1);
    expect(await used('budgets.sender.messagesPerHour', 'telegram:42')).toBe(1);
  });

  test('of a tool count too, and are refused with nothing sent', async () => {
    const tell = tool('tell', async (_input, { brokers }) => {
      await brokers.send?.send({ text: 'from the tool' });
      return { text: 'told' };
    });
    await open({ sender: { messagesPerHour: 2 } }, { tools: [tell] });
    harness.model.script.push(calls({ name: 'tell' }, { name: 'tell' }), says('done'));
    await harness.network.deliver(direct('1', 'tell me twice'));
    await until(() => harness.network.texts('1').includes('done'));
    expect(harness.network.texts('1')).toEqual(['from the tool', 'done']);
    expect(harness.model.heard[1]).toContain('[budget.exhausted]');
  });

  test('of a question to the person count too', async () => {
    const ask = tool('ask_user', async (_input, { brokers }) => {
      await brokers.ask?.ask({ text: 'Which one?' });
      return { text: 'asked' };
    });
    await open({ sender: { messagesPerHour: 1 } }, { tools: [ask] });
    harness.model.script.push(calls({ name: 'ask_user' }), says('done'));
    await say('42', 'choose');
    expect(harness.network.texts('42')).toEqual(['done']);
    expect(harness.model.heard[1]).toContain('[budget.exhausted]');
  });

  test('to an operator are no messages of a channel', async () => {
    await open({ global: { messagesPerHour: 0 } });
    const { chat } = harness.gateway.services;
    const { runId } = await chat.send(cli, {
      sessionKey: 'main',
      message: 'hello',
      idempotencyKey: 'run-1',
    });
    expect(await chat.wait(runId, 5000)).toBe('ok');
  });
});

test('what nobody limits is not counted', async () => {
  await open({});
  await say('42', 'hello');
  expect(await harness.gateway.services.budgets.list()).toEqual([]);
  expect(harness.model.requests[0]).not.toHaveProperty('maxOutputTokens');
});

test('operators without a device are one sender, however often they connect', async () => {
  await open({ sender: { tokensPerDay: 100_000 } });
  const { chat } = harness.gateway.services;
  for (const id of ['operator:c1', 'operator:c2']) {
    const caller = { ...cli, id, kind: 'operator' as const, local: false };
    harness.model.script.push(says('ok', { inputTokens: 100, outputTokens: 10 }));
    const { runId } = await chat.send(caller, {
      sessionKey: 'main',
      message: 'hello',
      idempotencyKey: id,
    });
    expect(await chat.wait(runId, 5000)).toBe('ok');
  }
  expect(await used('budgets.sender.tokensPerDay', 'operator')).toBe(220);
});
