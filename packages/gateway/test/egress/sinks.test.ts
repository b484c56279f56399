import { type ProcRequest, PortcullisError, type Tool } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import type { GatewayNotice } from '../../src/index.ts';
import { outboxTable } from '../../src/outbox/row.ts';
import { messagesTable } from '../../src/session/sessions.ts';
import { type Harness, direct, openHarness, until } from '../pipeline/harness.ts';

const TOKEN = 'canary-Xk29sL0qPz7Wv4Tn8Rb3';
const CONFIG = {
  gateway: { mode: 'local', auth: { token: TOKEN } },
  session: { dmScope: 'per-channel-peer' },
  commands: { ownerAllowFrom: ['telegram:42'] },
  tools: { profile: 'full', exec: { security: 'full', ask: 'off' } },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42', '43'] } },
};

let harness: Harness | undefined;

afterEach(async () => {
  await harness?.close();
  harness = undefined;
});

/** A tool that does what a test says, and keeps how each act ended. */
function acting(act: Tool['run']): { tool: Tool; codes: string[] } {
  const codes: string[] = [];
  const tool: Tool = {
    name: 'exec',
    description: 'Acts.',
    input: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
    inputSchema: { type: 'object' },
    effects: ['proc', 'send', 'files'],
    run: async (input, context) => {
      try {
        const result = await act(input, context);
        codes.push('done');
        return result;
      } catch (error) {
        if (!PortcullisError.is(error)) throw error;
        codes.push(error.code);
        return { text: `[${error.code}]`, isError: true };
      }
    },
  };
  return { tool, codes };
}

function say(...pieces: readonly string[]): void {
  harness?.model.script.push(async function* () {
    for (const delta of pieces) yield { type: 'text', delta };
    yield { type: 'finish', reason: 'stop', usage: {} };
  });
}

function call(input: unknown, text = ''): void {
  harness?.model.script.push(async function* () {
    if (text !== '') yield { type: 'text', delta: text };
    yield { type: 'tool-call', id: `call-${String(Math.random())}`, name: 'exec', input };
    yield { type: 'finish', reason: 'tool-calls', usage: {} };
  });
}

/** One turn of a person, to its answer. */
async function turn(text = 'go', sender = '42'): Promise<void> {
  const before = harness?.network.sent.length ?? 0;
  await harness?.network.deliver(direct(sender, text));
  await until(() => (harness?.network.sent.length ?? 0) > before, 'an answer');
}

async function blocked(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const lines = (await harness?.gateway.services.audit.log({ limit: 1000 })) ?? [];
  return lines
    .map(({ entry }) => entry as Readonly<Record<string, unknown>>)
    .filter(({ code, decision }) => [code, decision].includes('secret.egress_blocked'));
}

describe('P32.01 a secret of the gateway', () => {
  test('is not answered, live or at the end, and its message is not kept', async () => {
    harness = await openHarness({ config: CONFIG });
    const notices: GatewayNotice[] = [];
    harness.gateway.services.listen((notice) => notices.push(notice));
    say('The token is ', TOKEN.slice(0, 9), TOKEN.slice(9, 17), TOKEN.slice(17), ', keep it.');
    await turn();
    expect(harness.network.texts()).toEqual(['I have an answer, but I may not send it here.']);
    expect(await blocked()).toMatchObject([{ code: 'effect.reply_withheld' }]);
    const told = JSON.stringify(notices);
    expect(told).toContain('The token is ');
    for (let at = 0; at + 6 <= TOKEN.length; at += 1) {
      expect(told).not.toContain(TOKEN.slice(at, at + 6));
    }
    const { messages } = await harness.gateway.services.chat.history(
      'agent:main:telegram:direct:42',
      { limit: 10 },
    );
    expect(JSON.stringify(messages)).not.toContain(TOKEN);
  });

  test('is not answered in two turns', async () => {
    harness = await openHarness({ config: CONFIG });
    say(`First: ${TOKEN.slice(0, 13)}`);
    await turn();
    say(`Then: ${TOKEN.slice(13)}`);
    await turn();
    expect(harness.network.texts()).toEqual([
      `First: ${TOKEN.slice(0, 13)}`,
      'I have an answer, but I may not send it here.',
    ]);
  });

  test('is neither sent by a tool, nor shown in the transcript of the call', async () => {
    const { tool, codes } = acting(async (input, { brokers }) => {
      await brokers.send?.send({ text: String(input), to: 'telegram:43' });
      return { text: 'sent' };
    });
    harness = await openHarness({ config: CONFIG, tools: [tool] });
    const hex = Buffer.from(TOKEN).toString('hex');
    call(`Look: ${hex}`, `I will send ${hex}`);
    say('done');
    await turn();
    expect(codes).toEqual(['secret.egress_blocked']);
    expect(await blocked()).toMatchObject([{ broker: 'send', action: 'message', effect: 'deny' }]);
    const last = JSON.stringify(harness.model.requests.at(-1));
    expect(last).toContain('[secret]');
    expect(last).not.toContain(hex);
  });

  test.each<[string, Partial<ProcRequest>]>([
    ['the words', { command: `echo ${TOKEN}` }],
    ['a variable', { command: 'true', env: { NOTE: TOKEN } }],
    ['its input', { command: 'cat', input: Buffer.from(TOKEN).toString('base64') }],
  ])('does not reach a command by %s', async (_name, request) => {
    const { tool, codes } = acting(async (_input, { brokers }) => {
      const result = await brokers.proc?.run({ command: 'true', ...request });
      return { text: result?.output ?? '' };
    });
    harness = await openHarness({ config: CONFIG, tools: [tool] });
    call({});
    say('done');
    await turn();
    expect(codes).toEqual(['secret.egress_blocked']);
    expect(await blocked()).toMatchObject([{ broker: 'proc', action: 'run' }]);
  });

  test('may be written to the workspace and read back: it does not leave by that', async () => {
    const { tool, codes } = acting(async (_input, { brokers }) => {
      await brokers.files?.write('note.txt', Buffer.from(TOKEN));
      const { bytes } = (await brokers.files?.read('note.txt')) ?? {};
      return { text: Buffer.from(bytes ?? []).toString() };
    });
    harness = await openHarness({ config: CONFIG, tools: [tool] });
    call({});
    say('done');
    await turn();
    expect(codes).toEqual(['done']);
    expect(JSON.stringify(harness.model.requests.at(-1))).not.toContain(TOKEN);
  });

  test('is not put to an approver', async () => {
    const { tool, codes } = acting(async (input, { brokers }) => {
      await brokers.files?.write('AGENTS.md', Buffer.from(String(input)));
      return { text: 'written' };
    });
    harness = await openHarness({ config: CONFIG, tools: [tool] });
    call(`Remember ${TOKEN}`);
    say('done');
    await turn('remember this', '43');
    expect(codes).toEqual(['secret.egress_blocked']);
    expect(await harness.gateway.services.approvals.pending()).toEqual([]);
  });

  test('does not reach the model in what a person says, nor the transcript', async () => {
    harness = await openHarness({ config: CONFIG });
    await turn(`my token is ${TOKEN}`);
    expect(harness.model.heard).toEqual(['my token is [secret]']);
    expect(harness.network.texts()).toEqual(['echo: my token is [secret]']);
    const lines = await harness.gateway.services.audit.log({ limit: 100 });
    expect(lines.map(({ entry }) => entry['code'])).toContain('turn.secret_hidden');
    const rows = await harness.store.transact((tx) => tx.find(messagesTable));
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toContain(TOKEN);
  });

  test('stops at the outbox whoever writes it', async () => {
    harness = await openHarness({ config: CONFIG });
    const to = { channel: 'telegram', accountId: 'default', kind: 'direct', id: '43' } as const;
    const times = { createdAt: harness.clock.now, settledAt: 0, attempts: 0, part: 1, parts: 1 };
    await harness.store.transact((tx) => {
      const text = `The token: ${TOKEN}`;
      tx.put(outboxTable, 'left', { id: 'left', state: 'pending', to, text, ...times });
    });
    harness = await harness.restart();
    const { services } = harness.gateway;
    await until(async () => (await services.outbox.list({ state: 'failed' })).length > 0);
    expect(harness.network.sent).toEqual([]);
    expect(await services.outbox.list({ state: 'failed' })).toMatchObject([
      { preview: 'The token: [secret]', error: 'It holds a secret of this gateway.' },
    ]);
    expect(await blocked()).toMatchObject([{ kind: 'send', conversation: '43' }]);
  });
});
