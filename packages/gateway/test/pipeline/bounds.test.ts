// What one turn may do at most: circles, steps, calls, restarts, time.
import { PortcullisError, type Tool } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import {
  type Harness,
  type HarnessOptions,
  MemoryNetwork,
  ScriptedModel,
  direct,
  openHarness,
  until,
} from './harness.ts';
import { calls, linesOf, tool, untilAborted, waits } from './probe.ts';

const SORRY = 'Sorry, I could not answer that just now. Please try again in a while.';
const SESSION = 'agent:main:telegram:direct:42';
const CONFIG = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  tools: { profile: 'full' },
  commands: { ownerAllowFrom: ['telegram:42'] },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'] } },
};

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

async function open(
  tools: readonly Tool[],
  config: object = {},
  more: Partial<HarnessOptions> = {},
): Promise<void> {
  harness = await openHarness({ config: { ...CONFIG, ...config }, tools, ...more });
}

async function say(text: string): Promise<string> {
  const before = harness.network.sent.length;
  await harness.network.deliver(direct('42', text));
  await until(() => harness.network.sent.length > before, `an answer to ${text}`);
  return harness.network.texts('42').at(-1) ?? '';
}

const lines = (code: string) => linesOf(harness, code);

async function lastError(): Promise<string | undefined> {
  const page = await harness.gateway.services.chat.history(SESSION, { limit: 1 });
  return page.messages[0]?.errorMessage;
}

describe('a turn that goes in circles', () => {
  test('is told so, and ended when it goes on: the same call, the same outcome [P33.03]', async () => {
    let ran = 0;
    await open([
      tool('look', async () => {
        ran += 1;
        return { text: 'nothing new' };
      }),
    ]);
    for (let index = 0; index < 20; index += 1) harness.model.script.push(calls({ name: 'look' }));
    expect(await say('look')).toBe(SORRY);
    expect(ran).toBe(5);
    expect(harness.model.heard[6]).toBe(
      'Refused (turn.loop): The same call had the same outcome again and again. Do something else, or answer with what there is.',
    );
    expect(harness.model.requests).toHaveLength(9);
    expect(await lines('turn.loop')).toHaveLength(3);
    expect((await lines('turn.failed'))[0]).toMatchObject({ cause: 'turn.loop' });
    expect(await lastError()).toContain('went in circles');
  });

  test('of two calls that take turns is one too', async () => {
    let ran = 0;
    const answer = async (): Promise<{ text: string }> => {
      ran += 1;
      return { text: 'same' };
    };
    await open([tool('ping', answer), tool('pong', answer)]);
    for (let index = 0; index < 30; index += 1)
      harness.model.script.push(calls({ name: index % 2 === 0 ? 'ping' : 'pong' }));
    expect(await say('go')).toBe(SORRY);
    expect(ran).toBe(10);
    expect((await lines('turn.failed'))[0]).toMatchObject({ cause: 'turn.loop' });
  });

  test('is none while outcomes change, inputs differ, or other work lies between', async () => {
    let ran = 0;
    await open([
      tool('poll', async () => ({ text: `at ${String((ran += 1))} percent` })),
      tool('check', async () => ({ text: 'ok' })),
      tool('edit', async () => ({ text: 'done' })),
    ]);
    for (let index = 0; index < 7; index += 1) {
      harness.model.script.push(
        calls({ name: 'poll' }, { name: 'edit', input: { index } }, { name: 'check' }),
      );
    }
    expect(await say('work')).toContain('echo');
    expect(await lines('turn.loop')).toEqual([]);
  });

  test('is left alone where the operator says so, up to the last step', async () => {
    await open([tool('look', async () => ({ text: 'nothing new' }))], {
      tools: { profile: 'full', loopDetection: { enabled: false } },
    });
    for (let index = 0; index < 30; index += 1) harness.model.script.push(calls({ name: 'look' }));
    expect(await say('look')).toBe(SORRY);
    expect(harness.model.requests).toHaveLength(24);
    expect((await lines('turn.failed'))[0]).toMatchObject({ cause: 'turn.too_many_steps' });
  });
});

describe('the calls of a turn', () => {
  test('are bounded, and those beyond are not made', async () => {
    let ran = 0;
    await open([
      tool('count', async () => {
        ran += 1;
        return { text: String(ran) };
      }),
    ]);
    const many = Array.from({ length: 60 }, () => ({ name: 'count' }));
    harness.model.script.push(calls(...many), calls(...many));
    expect(await say('count')).toBe(SORRY);
    expect(ran).toBe(60);
    expect((await lines('turn.failed'))[0]).toMatchObject({ cause: 'turn.too_many_calls' });
  });

  test('each have an id of their own, so that what was allowed once is not allowed twice', async () => {
    let ran = 0;
    await open(
      [
        tool('fetch', async (_input, { brokers }) => {
          await brokers.send?.send({ text: 'psst', to: 'telegram:77' });
          ran += 1;
          return { text: 'sent' };
        }),
      ],
      { commands: { ownerAllowFrom: ['telegram:1'] } },
    );
    harness.model.script.push(
      calls({ name: 'fetch', id: 'call_0' }),
      calls({ name: 'fetch', id: 'call_0' }),
    );
    await harness.network.deliver(direct('42', 'tell them'));
    const { approvals } = harness.gateway.services;
    await until(async () => (await approvals.pending()).length === 1);
    const [first] = await approvals.pending();
    const cli = { id: 'cli', kind: 'cli', local: true, scopes: ['operator.admin'] } as const;
    await approvals.resolve(cli, first?.id ?? '', 'allow-once');
    await until(async () => (await approvals.pending()).some(({ id }) => id !== first?.id));
    expect(ran).toBe(1);
    const [second] = await approvals.pending();
    await approvals.resolve(cli, second?.id ?? '', 'deny');
    await until(() => harness.network.texts('42').length === 1);
    expect(ran).toBe(1);
  });
});

/** Stops the gateway in the middle of a request and opens another on the same state. */
async function again(tools: readonly Tool[], script: ScriptedModel): Promise<void> {
  const { folder, clock } = harness;
  await harness.gateway.stop('restart', 20);
  await harness.store.close();
  const network = new MemoryNetwork();
  harness = await openHarness({ config: CONFIG, tools, folder, clock, network, model: script });
}

describe('a restart', () => {
  test('neither forgets the circle nor the steps of a turn [P33.03]', async () => {
    const tools = [tool('look', async () => ({ text: 'nothing new' }))];
    await open(tools);
    for (let index = 0; index < 4; index += 1) harness.model.script.push(calls({ name: 'look' }));
    harness.model.script.push(waits());
    await harness.network.deliver(direct('42', 'look'));
    await until(() => harness.model.requests.length === 5);
    const model = new ScriptedModel();
    for (let index = 0; index < 30; index += 1) model.script.push(calls({ name: 'look' }));
    await again(tools, model);
    await until(() => harness.network.sent.length === 1);
    expect(harness.network.texts('42')).toEqual([SORRY]);
    // One more look, three refusals, and the end.
    expect(model.requests).toHaveLength(5);
    expect((await lines('turn.failed'))[0]).toMatchObject({ cause: 'turn.loop' });
  });

  test('again and again in one turn gives it up', async () => {
    await open([]);
    harness.model.script.push(waits());
    await harness.network.deliver(direct('42', 'hello'));
    await until(() => harness.model.requests.length === 1);
    for (let start = 2; start <= 10; start += 1) {
      const model = new ScriptedModel();
      model.script.push(waits());
      await again([], model);
      await until(() => model.requests.length === 1);
    }
    await again([], new ScriptedModel());
    await until(() => harness.network.sent.length === 1);
    expect(harness.network.texts('42')).toEqual([SORRY]);
    expect((await lines('turn.failed'))[0]).toMatchObject({ cause: 'turn.too_many_starts' });
  });
});

describe('a call that takes too long', () => {
  test('ends though its tool ignores the signal, and the turn goes on', async () => {
    let late: Promise<unknown> | undefined;
    const { promise: forever } = Promise.withResolvers<never>();
    await open(
      [
        tool('stuck', async (_input, { brokers, signal }) => {
          late = new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              resolve(
                brokers.send?.send({ text: 'too late' }).catch((error: unknown) => error) ?? 'none',
              );
            });
          });
          return await forever;
        }),
      ],
      { tools: { profile: 'full', timeouts: { stuck: 1 } } },
    );
    harness.model.script.push(calls({ name: 'stuck' }));
    await harness.network.deliver(direct('42', 'go'));
    const deadline = performance.now() + 9000;
    while (harness.network.sent.length === 0 && performance.now() < deadline) {
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
    expect(harness.model.heard[1]).toBe('The tool did not finish within 1 seconds. [tool.timeout]');
    expect(await late).toMatchObject({ code: 'tool.timeout' });
    expect(harness.network.texts('42')).not.toContain('too late');
    expect(await lines('tool.failed')).toHaveLength(1);
  }, 15_000);

  test('does not count the time an approver takes', async () => {
    await open(
      [
        tool('tell', async (_input, { brokers }) => {
          await brokers.send?.send({ text: 'psst', to: 'telegram:77' });
          return { text: 'told' };
        }),
      ],
      {
        commands: { ownerAllowFrom: ['telegram:1'] },
        tools: { profile: 'full', timeouts: { tell: 1 } },
        agents: { defaults: { timeoutSeconds: 1 } },
      },
    );
    harness.model.script.push(calls({ name: 'tell' }));
    await harness.network.deliver(direct('42', 'tell them'));
    const { approvals } = harness.gateway.services;
    await until(async () => (await approvals.pending()).length === 1);
    await new Promise((resolve) => {
      setTimeout(resolve, 1500);
    });
    const [asked] = await approvals.pending();
    const cli = { id: 'cli', kind: 'cli', local: true, scopes: ['operator.admin'] } as const;
    await approvals.resolve(cli, asked?.id ?? '', 'allow-once');
    await until(() => harness.network.texts('42').length === 1);
    expect(harness.model.heard[1]).toBe('told');
  });

  test('may say itself how long it takes', async () => {
    await open([
      tool(
        'short',
        async (_input, { signal }) => {
          return await untilAborted(signal);
        },
        { timeoutMs: 50 },
      ),
    ]);
    harness.model.script.push(calls({ name: 'short' }));
    await say('go');
    expect(harness.model.heard[1]).toContain('[tool.timeout]');
  });
});

test('a turn that takes too long is ended, whatever its tools do', async () => {
  await open(
    [
      tool('slow', async (_input, { signal }) => {
        return await untilAborted(signal);
      }),
    ],
    { agents: { defaults: { timeoutSeconds: 1 } } },
  );
  harness.model.script.push(calls({ name: 'slow' }));
  expect(await say('go')).toBe(SORRY);
  expect((await lines('turn.failed'))[0]).toMatchObject({ cause: 'turn.timeout' });
});

test('an error of a tool that names a code is told with it', async () => {
  await open([
    tool('broken', async () => {
      throw new PortcullisError('files.not_found', 'There is no such file.');
    }),
  ]);
  harness.model.script.push(calls({ name: 'broken' }));
  await say('go');
  expect(harness.model.heard[1]).toBe('There is no such file. [files.not_found]');
});
