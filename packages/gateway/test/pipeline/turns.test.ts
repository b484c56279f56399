import { PortcullisError, type Tool } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { type Harness, cli, direct, inRoom, openHarness, until } from './harness.ts';

const OPEN = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  tools: { profile: 'full' },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'], groups: { '*': {} } } },
};

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

function toolCall(name: string, input: unknown = {}) {
  return async function* () {
    yield { type: 'tool-call', id: 'call-1', name, input } as const;
    yield { type: 'finish', reason: 'tool-calls', usage: {} } as const;
  };
}

function noteTool(ran: unknown[], name = 'note'): Tool {
  return {
    name,
    description: 'Takes a note.',
    input: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
    inputSchema: { type: 'object' },
    effects: [],
    run: async (input) => {
      ran.push(input);
      return { text: 'noted' };
    },
  };
}

async function codes(): Promise<unknown[]> {
  const lines = await harness.gateway.services.audit.log({ limit: 1000 });
  return lines.map(({ entry }) => entry['code']);
}

describe('a tool call', () => {
  test('of a tool nobody offers is refused, recorded, and told to the model', async () => {
    harness = await openHarness({ config: OPEN });
    harness.model.script.push(toolCall('exec', { command: 'id' }));
    await harness.network.deliver(direct('42', 'run id'));
    await until(() => harness.network.sent.length === 1);
    expect(harness.model.heard[1]).toBe('Refused (tool.unknown): There is no tool of this name.');
    expect(await codes()).toContain('tool.unknown');
    expect(JSON.stringify(await harness.gateway.services.audit.log({ limit: 100 }))).not.toContain(
      '"exec"',
    );
  });

  test('of an offered and allowed tool runs once, its decision written before it', async () => {
    const ran: unknown[] = [];
    harness = await openHarness({ config: OPEN, tools: [noteTool(ran)] });
    harness.model.script.push(toolCall('note', { text: 'milk' }));
    await harness.network.deliver(direct('42', 'note milk'));
    await until(() => harness.network.sent.length === 1);
    expect(ran).toEqual([{ text: 'milk' }]);
    expect(harness.model.requests[0]?.tools.map(({ name }) => name)).toEqual(['note']);
    const seen = (await codes()).filter((code) => String(code).startsWith('tool.'));
    expect(seen).toEqual(['tool.allowed', 'tool.done']);
  });

  test('of an offered tool that policy denies does not run', async () => {
    const ran: unknown[] = [];
    const config = { ...OPEN, tools: { profile: 'full', deny: ['note'] } };
    harness = await openHarness({ config, tools: [noteTool(ran)] });
    harness.model.script.push(toolCall('note'));
    await harness.network.deliver(direct('42', 'note milk'));
    await until(() => harness.network.sent.length === 1);
    expect(ran).toEqual([]);
    expect(harness.model.requests[0]?.tools).toEqual([]);
    expect(harness.model.heard[1]).toContain('tool.deny.global');
  });

  test('asked for without end is stopped', async () => {
    harness = await openHarness({ config: OPEN });
    for (let index = 0; index < 30; index += 1)
      harness.model.script.push(toolCall('again', { index }));
    await harness.network.deliver(direct('42', 'loop'));
    await until(() => harness.network.sent.length === 1);
    expect(harness.network.texts('42')).toEqual([
      'Sorry, I could not answer that just now. Please try again in a while.',
    ]);
    expect(harness.model.requests).toHaveLength(24);
  });
});

describe('a turn that fails', () => {
  test('apologises without telling why, and tells the operator', async () => {
    harness = await openHarness({ config: OPEN });
    harness.model.script.push(async function* () {
      yield { type: 'text', delta: 'It is ' };
      throw new PortcullisError('model.rate_limited', 'The model server gpu-7.internal is busy.');
    });
    await harness.network.deliver(direct('42', 'hi'));
    await until(() => harness.network.sent.length === 1);
    expect(harness.network.texts('42')[0]).not.toContain('gpu-7');
    const { messages } = await harness.gateway.services.chat.history(
      'agent:main:telegram:direct:42',
      { limit: 10 },
    );
    expect(messages.at(-1)).toMatchObject({
      role: 'assistant',
      stopReason: 'error',
      errorMessage: 'The model server gpu-7.internal is busy.',
      content: [{ type: 'text', text: 'It is ' }],
    });
    await harness.network.deliver(direct('42', 'still there?'));
    await until(() => harness.network.texts('42').includes('echo: still there?'));
  });
});

describe('authority taken away', () => {
  test('P21.06: while a message waits keeps it from the model', async () => {
    const config = { ...OPEN, channels: { telegram: { dmPolicy: 'pairing' } } };
    harness = await openHarness({ config });
    const { pairing } = harness.gateway.services;
    await harness.network.deliver(direct('42', 'hello'));
    await until(async () => (await pairing.list()).pending.length === 1);
    const code = (await pairing.list()).pending[0]?.code ?? '';
    await pairing.approve(cli, { channel: 'telegram', code });
    const gate = Promise.withResolvers<void>();
    harness.model.script.push(async function* () {
      await gate.promise;
      yield { type: 'text', delta: 'first' };
      yield { type: 'finish', reason: 'stop', usage: {} };
    });
    await harness.network.deliver(direct('42', 'one'));
    await until(() => harness.model.requests.length === 1);
    await harness.network.deliver(direct('42', 'two'));
    await pairing.revoke(cli, { channel: 'telegram', senderId: '42' });
    gate.resolve();
    await until(async () => (await codes()).includes('turn.revoked'));
    expect(harness.model.requests).toHaveLength(1);
  });
});

describe('an edit', () => {
  test('of a message that waits is what gets answered', async () => {
    harness = await openHarness({ config: OPEN });
    const gate = Promise.withResolvers<void>();
    harness.model.script.push(async function* () {
      await gate.promise;
      yield { type: 'text', delta: 'first' };
      yield { type: 'finish', reason: 'stop', usage: {} };
    });
    await harness.network.deliver(direct('42', 'one'));
    await until(() => harness.model.requests.length === 1);
    const message = direct('42', 'wrogn');
    const messageId = message.messageId ?? '';
    await harness.network.deliver({ ...message, eventId: `message:42:${messageId}` });
    await harness.network.deliver({
      ...message,
      kind: 'edit',
      text: 'wrong',
      eventId: `edit:42:${messageId}:1`,
    });
    await until(
      async () => (await codes()).filter((code) => code === 'dm.allowlisted').length === 3,
    );
    gate.resolve();
    await until(() => harness.network.sent.length === 2);
    expect(harness.network.texts('42')).toEqual(['first', 'echo: wrong']);
    await harness.network.deliver({
      ...message,
      kind: 'edit',
      text: 'late',
      eventId: `edit:42:${messageId}:2`,
    });
    await until(async () => (await codes()).includes('event.edit.recorded'));
    expect(harness.model.requests).toHaveLength(2);
  });
});

describe('a restart', () => {
  test('answers what was accepted before it, and keeps what was said', async () => {
    harness = await openHarness({ config: OPEN });
    harness.model.script.push(async function* (_request, signal) {
      yield { type: 'text', delta: 'I will never' };
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    });
    await harness.network.deliver(direct('42', 'remember blue'));
    await until(() => harness.model.requests.length === 1);
    await harness.network.deliver(direct('42', 'and green'));
    const before = harness;
    const parked = before.gateway.stop('restart', 50);
    await parked;
    await before.store.close();
    harness = await openHarness({ config: OPEN, folder: before.folder, clock: before.clock });
    await until(() => harness.network.sent.length === 2);
    expect(harness.network.texts('42')).toEqual(['echo: remember blue', 'echo: and green']);
    expect(JSON.stringify(harness.model.requests[1])).toContain('remember blue');
  });
});

describe('files', () => {
  test('P19.01: that came with a room message are not fetched before it is admitted', async () => {
    const config = {
      ...OPEN,
      channels: { telegram: { groups: { '*': { requireMention: true } } } },
    };
    harness = await openHarness({ config });
    const fetched: string[] = [];
    harness.network.channel.fetchMedia = async ({ ref }) => {
      fetched.push(ref);
      return new TextEncoder().encode('tide table');
    };
    const attachments = [{ ref: 'file-1', name: 'tides.txt', mimeType: 'text/plain', size: 10 }];
    await harness.network.deliver(inRoom('-1', '42', 'look', { attachments }));
    await harness.network.deliver(
      inRoom('-1', '42', 'and now?', { attachments, facts: { nativeMention: true } }),
    );
    await until(() => harness.network.sent.length === 1);
    expect(fetched).toEqual(['file-1']);
    expect(JSON.stringify(harness.model.requests[0])).toContain('tide table');
  });
});
