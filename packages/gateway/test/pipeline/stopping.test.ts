// Whoever stops a turn, by whatever door, stops what it is doing: nothing keeps running, and it is
// written down how it ended.
import { readFileSync, readdirSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import type { Brokers, Json } from '@portcullis/core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { callMethod } from '../../src/index.ts';
import { type Harness, cli, direct, openHarness, until } from './harness.ts';
import { calls, linesOf, tool, untilAborted, waits } from './probe.ts';

const KEY = 'agent:main:telegram:direct:42';
const CONFIG = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  commands: { ownerAllowFrom: ['telegram:1'] },
  flow: { mode: 'off' },
  tools: {
    profile: 'full',
    exec: { security: 'full', ask: 'off' },
    web: { fetch: { ssrfPolicy: { dangerouslyAllowPrivateNetwork: true } } },
  },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42', '1'] } },
};

let harness: Harness;
let silent: Server;
/** Connections that were opened to the silent server, and those that were closed again. */
const reached = { opened: 0, closed: 0 };

beforeAll(async () => {
  silent = createServer(() => undefined);
  silent.on('connection', (socket) => {
    reached.opened += 1;
    socket.on('close', () => (reached.closed += 1));
    socket.on('error', () => undefined);
  });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
});

afterAll(() => {
  silent.closeAllConnections();
  silent.close();
});

afterEach(async () => {
  await harness.close();
});

/** Whether a program with this argument runs. */
function isAlive(argument: string): boolean {
  return readdirSync('/proc').some((entry) => {
    if (!/^\d+$/u.test(entry)) return false;
    try {
      return readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0').includes(argument);
    } catch {
      return false;
    }
  });
}

let sleeps = 0;

/** Something a turn does until it is stopped. */
interface Work {
  /** Begins it and resolves when it is at work. */
  begin(): Promise<void>;
  /** Whether anything of it still goes on. */
  goesOn(): Promise<boolean>;
}

/** A turn whose only tool uses the brokers like this. */
async function openWith(
  use: (brokers: Brokers) => Promise<unknown>,
  more: object = {},
): Promise<void> {
  const act = tool('act', async (_input, { brokers }) => {
    await use(brokers);
    return { text: 'done' };
  });
  harness = await openHarness({ config: { ...CONFIG, ...more }, tools: [act] });
  harness.model.script.push(calls({ name: 'act' }));
  await harness.network.deliver(direct('42', 'go'));
}

const WORKS: Readonly<Record<string, () => Work>> = {
  'a command with children of its own': () => {
    sleeps += 2;
    const [first, second] = [`${String(4900 + sleeps)}.25`, `${String(4901 + sleeps)}.25`];
    return {
      begin: async () => {
        await openWith((brokers) =>
          Promise.resolve(brokers.proc?.run({ command: `sleep ${first} & sleep ${second}; wait` })),
        );
        await until(() => isAlive(first) && isAlive(second), 'the command and its child');
      },
      goesOn: async () => isAlive(first) || isAlive(second),
    };
  },
  'a request to a server that does not answer': () => {
    const before = { ...reached };
    return {
      begin: async () => {
        const { port } = silent.address() as AddressInfo;
        await openWith((brokers) =>
          Promise.resolve(brokers.net?.fetch({ url: `http://127.0.0.1:${String(port)}/` })),
        );
        await until(() => reached.opened > before.opened, 'the connection');
      },
      goesOn: async () => reached.closed === before.closed,
    };
  },
  'an answer of the model': () => {
    let aborted = false;
    return {
      begin: async () => {
        harness = await openHarness({ config: CONFIG });
        harness.model.script.push(async function* (_request, signal) {
          signal.addEventListener('abort', () => (aborted = true));
          yield { type: 'text', delta: 'I will never' };
          await untilAborted(signal);
        });
        await harness.network.deliver(direct('42', 'go'));
        await until(() => harness.steps.includes('model.first-delta'), 'the first words');
      },
      goesOn: async () => !aborted,
    };
  },
};

const wire = async (
  method: 'chat.abort' | 'sessions.abort' | 'sessions.reset' | 'sessions.delete',
  params: Record<string, Json>,
) => await callMethod(harness.gateway.services, cli, method, params as never);
const command = async (name: string) =>
  await harness.network.deliver(direct('42', `/${name}`, { command: { name, args: '' } }));

/** Every door through which a turn is stopped, and how the turn ends by it. */
const DOORS: Readonly<
  Record<string, { readonly stop: () => Promise<unknown>; readonly code: string }>
> = {
  '/stop in the chat': { stop: () => command('stop'), code: 'turn.aborted' },
  '/new in the chat': { stop: () => command('new'), code: 'turn.aborted' },
  'chat.abort': { stop: () => wire('chat.abort', { sessionKey: KEY }), code: 'turn.aborted' },
  'sessions.abort': { stop: () => wire('sessions.abort', { key: KEY }), code: 'turn.aborted' },
  'sessions.reset': { stop: () => wire('sessions.reset', { key: KEY }), code: 'turn.aborted' },
  'sessions.delete': { stop: () => wire('sessions.delete', { key: KEY }), code: 'turn.aborted' },
  'the stop of the gateway': {
    stop: () => harness.gateway.stop('test', 50),
    code: 'gateway.stopped',
  },
};

describe.each(Object.entries(WORKS))('%s', (_name, make) => {
  test.each(Object.entries(DOORS))('ends by %s', async (_door, { stop, code }) => {
    const work = make();
    await work.begin();
    expect(await work.goesOn()).toBe(true);
    await stop();
    await until(async () => !(await work.goesOn()), 'the end');
    await until(async () => (await linesOf(harness, code)).length === 1, 'the line about it');
    expect(harness.network.texts('42').filter((text) => text.startsWith('echo'))).toEqual([]);
  });
});

/** A turn that waits for an approver. */
async function asked(): Promise<void> {
  await openWith(
    (brokers) => Promise.resolve(brokers.send?.send({ text: 'psst', to: 'telegram:77' })),
    { flow: { mode: 'enforce' } },
  );
  await until(
    async () => (await harness.gateway.services.approvals.pending()).length === 1,
    'the question',
  );
}

describe('a question to an approver', () => {
  const forGood = Object.entries(DOORS).filter(([name]) => !name.startsWith('the stop'));

  test.each(forGood)('is taken back by %s', async (_door, { stop, code }) => {
    await asked();
    const [item] = await harness.gateway.services.approvals.pending();
    await stop();
    await until(async () => (await linesOf(harness, code)).length === 1, 'the end of the turn');
    const { approvals } = harness.gateway.services;
    expect(await approvals.pending()).toEqual([]);
    expect((await approvals.get(item?.id ?? ''))?.state).toBe('cancelled');
    expect(harness.network.texts('77')).toEqual([]);
  });

  test('waits on over a stop of the gateway, for the turn that begins again', async () => {
    await asked();
    await harness.gateway.stop('test', 50);
    expect(await harness.gateway.services.approvals.pending()).toHaveLength(1);
  });
});

describe('a turn that was stopped', () => {
  test('keeps what was said, and the session answers the next message', async () => {
    harness = await openHarness({ config: CONFIG });
    harness.model.script.push(waits());
    await harness.network.deliver(direct('42', 'go'));
    await until(() => harness.steps.includes('model.first-delta'));
    await command('stop');
    await until(() => harness.network.texts('42').includes('Stopped.'));
    await harness.network.deliver(direct('42', 'still there?'));
    await until(() => harness.network.texts('42').includes('echo: still there?'));
    const { messages } = await harness.gateway.services.chat.history(KEY, { limit: 10 });
    expect(messages[1]).toMatchObject({
      stopReason: 'aborted',
      content: [{ type: 'text', text: 'I will never' }],
    });
  });

  test('does not wait for a tool that ignores it for longer than a few seconds', async () => {
    const stuck = tool('stuck', async () => await new Promise(() => undefined));
    harness = await openHarness({ config: CONFIG, tools: [stuck] });
    harness.model.script.push(calls({ name: 'stuck' }));
    await harness.network.deliver(direct('42', 'go'));
    await until(() => harness.steps.includes('tool.after-commit'));
    await command('stop');
    await harness.network.deliver(direct('42', 'still there?'));
    const answered = (): boolean => harness.network.texts('42').includes('echo: still there?');
    const deadline = performance.now() + 9000;
    while (!answered() && performance.now() < deadline) {
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
    expect(answered()).toBe(true);
    expect(await linesOf(harness, 'turn.aborted')).toHaveLength(1);
  }, 15_000);
});
