import { DeliveryError } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { type Harness, cli, direct, inRoom, openHarness, until } from './harness.ts';

const CONFIG = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  channels: { telegram: { dmPolicy: 'pairing', groups: { '*': { requireMention: true } } } },
};

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

async function codeFor(sender: string): Promise<string> {
  const { pending } = await harness.gateway.services.pairing.list('telegram');
  return pending.find(({ senderId }) => senderId === sender)?.code ?? '';
}

async function letIn(sender: string): Promise<void> {
  await harness.network.deliver(direct(sender, 'hello?'));
  await until(async () => (await codeFor(sender)) !== '', 'a pairing code');
  const decision = await harness.gateway.services.pairing.approve(cli, {
    channel: 'telegram',
    code: await codeFor(sender),
  });
  expect(decision.code).toBe('pairing.approved');
}

describe('a stranger', () => {
  test('P13.05: gets one code however often he writes, and nothing reaches the model', async () => {
    harness = await openHarness({ config: CONFIG });
    for (const text of ['hi', 'hello', 'anybody?'])
      await harness.network.deliver(direct('42', text));
    await until(() => harness.network.sent.length > 0);
    await harness.network.deliver(direct('42', 'last'));
    await until(
      async () => (await harness.gateway.services.outbox.list({ state: 'pending' })).length === 0,
    );
    expect(harness.network.sent).toHaveLength(1);
    expect(harness.network.sent[0]?.text).toContain(await codeFor('42'));
    expect(harness.model.requests).toHaveLength(0);
  });

  test('is answered after approval, and is told of it', async () => {
    harness = await openHarness({ config: CONFIG });
    await letIn('42');
    await harness.network.deliver(direct('42', 'what now?'));
    await until(() => harness.network.texts('42').includes('echo: what now?'));
    expect(harness.network.texts('42').at(-2)).toBe('You are approved and can write to me now.');
  });

  test('P14.01: with an approved name is still a stranger', async () => {
    harness = await openHarness({ config: CONFIG });
    await letIn('42');
    await harness.network.deliver(
      direct('43', 'it is me', { sender: { id: '43', name: 'Person 42', username: '42' } }),
    );
    await until(async () => (await codeFor('43')) !== '');
    expect(harness.model.requests).toHaveLength(0);
  });
});

describe('sessions', () => {
  test('P24.01: two senders never share history', async () => {
    harness = await openHarness({ config: CONFIG });
    await letIn('42');
    await letIn('43');
    await harness.network.deliver(direct('42', 'my secret is blue'));
    await until(() => harness.network.texts('42').includes('echo: my secret is blue'));
    await harness.network.deliver(direct('43', 'what is the secret?'));
    await until(() => harness.network.texts('43').includes('echo: what is the secret?'));
    expect(JSON.stringify(harness.model.requests.at(-1))).not.toContain('blue');
    const { sessions } = await harness.gateway.services.sessions.list();
    expect(sessions.map(({ key }) => key).toSorted()).toEqual([
      'agent:main:telegram:direct:42',
      'agent:main:telegram:direct:43',
    ]);
  });

  test('messages of one sender are answered in order', async () => {
    harness = await openHarness({ config: CONFIG });
    await letIn('42');
    const texts = Array.from({ length: 20 }, (_, index) => `number ${String(index)}`);
    for (const text of texts) await harness.network.deliver(direct('42', text));
    await until(() => harness.network.texts('42').includes('echo: number 19'));
    expect(harness.network.texts('42').slice(-20)).toEqual(texts.map((text) => `echo: ${text}`));
  });

  test('P12.01: a redelivered message is answered once', async () => {
    harness = await openHarness({ config: CONFIG });
    await letIn('42');
    const event = direct('42', 'once');
    expect(await harness.network.deliver(event)).toBe('accepted');
    expect(await harness.network.deliver(event)).toBe('duplicate');
    await until(() => harness.network.texts('42').includes('echo: once'));
    expect(await harness.network.deliver(event)).toBe('duplicate');
    expect(harness.model.requests).toHaveLength(1);
  });
});

describe('a room', () => {
  test('is ignored without a mention and answered with one, knowing what was said before', async () => {
    harness = await openHarness({ config: CONFIG });
    await harness.network.deliver(inRoom('-100', '42', 'lunch at noon?'));
    await harness.network.deliver(
      inRoom('-100', '43', 'what did they say?', { facts: { nativeMention: true } }),
    );
    await until(() => harness.network.sent.length === 1);
    expect(harness.network.sent[0]?.to.id).toBe('-100');
    expect(harness.model.requests).toHaveLength(1);
    expect(harness.model.heard[0]).toContain('lunch at noon?');
    expect(harness.model.heard[0]).toContain('Person 43: what did they say?');
  });

  test('that is not listed is left', async () => {
    const telegram = { groups: { allowlist: ['-100'] } };
    harness = await openHarness({ config: { ...CONFIG, channels: { telegram } } });
    const join = { kind: 'join' as const, text: '', eventId: 'join:1' };
    await harness.network.deliver(inRoom('-200', '42', '', join));
    await until(() => harness.network.left.length === 1);
    expect(harness.network.left).toEqual(['-200']);
  });
});

describe('sending', () => {
  test('a send that certainly failed is tried again', async () => {
    harness = await openHarness({ config: CONFIG });
    await letIn('42');
    harness.network.failures.push(new DeliveryError('retry', 'test.busy', 'Busy.'));
    await harness.network.deliver(direct('42', 'again'));
    await until(() => harness.network.texts('42').includes('echo: again'));
    await until(async () => (await harness.gateway.services.outbox.list()).length === 0);
    expect(harness.network.texts('42').filter((text) => text === 'echo: again')).toHaveLength(1);
  });

  test('a send whose answer was lost is reported and not repeated', async () => {
    harness = await openHarness({ config: CONFIG });
    await letIn('42');
    await until(() => harness.network.sent.length === 2);
    harness.network.failures.push(
      new DeliveryError('unknown', 'test.lost', 'The answer was lost.'),
    );
    await harness.network.deliver(direct('42', 'perhaps'));
    const { outbox } = harness.gateway.services;
    await until(async () => (await outbox.list({ state: 'unknown' })).length === 1);
    expect(harness.network.texts('42')).not.toContain('echo: perhaps');
    const [item] = await outbox.list({ state: 'unknown' });
    await outbox.retry(cli, item?.id ?? '');
    await until(() => harness.network.texts('42').includes('echo: perhaps'));
    await expect(outbox.drop(cli, item?.id ?? '')).rejects.toMatchObject({
      code: 'outbox.wrong_state',
    });
  });

  test('a channel whose connection is lost comes back by itself', async () => {
    harness = await openHarness({ config: CONFIG });
    await harness.network.started;
    harness.network.crash?.();
    await until(() => harness.network.runs === 2);
    expect(harness.gateway.services.channels()[0]).toMatchObject({
      channel: 'telegram',
      restarts: 1,
    });
  });
});

describe('commands', () => {
  test('a paired sender can stop and start anew; a stranger only gets a code', async () => {
    harness = await openHarness({ config: CONFIG });
    await letIn('42');
    harness.model.script.push(async function* (_request, signal) {
      yield { type: 'text', delta: 'thinking ' };
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    });
    await harness.network.deliver(direct('42', 'think hard'));
    await until(() => harness.model.requests.length === 1);
    const stop = { kind: 'command' as const, command: { name: 'stop', args: '' } };
    await harness.network.deliver(direct('42', '/stop', stop));
    await until(() => harness.network.texts('42').includes('Stopped.'));
    const reset = { kind: 'command' as const, command: { name: 'new', args: '' } };
    await harness.network.deliver(direct('42', '/new', reset));
    await until(() => harness.network.texts('42').includes('This conversation starts anew.'));
    await harness.network.deliver(direct('43', '/stop', stop));
    await until(() => harness.network.texts('43').length === 1);
    expect(harness.network.texts('43')[0]).toContain('pairing code');
  });
});

describe('the audit log', () => {
  test('tells of every decision without any text, and verifies', async () => {
    harness = await openHarness({ config: CONFIG });
    await letIn('42');
    await harness.network.deliver(direct('42', 'confidential words'));
    await until(() => harness.network.texts('42').includes('echo: confidential words'));
    await until(async () => (await harness.gateway.services.outbox.list()).length === 0);
    const lines = await harness.gateway.services.audit.log({ limit: 1000 });
    expect(JSON.stringify(lines)).not.toContain('confidential');
    expect(JSON.stringify(lines)).not.toContain((await codeFor('42')) || 'no code is left');
    const codes = lines.map(({ entry }) => entry['code']);
    for (const code of [
      'gateway.started',
      'dm.pairing.unknown_sender',
      'pairing.created',
      'pairing.approved',
      'dm.paired',
      'turn.begun',
      'turn.answered',
      'outbox.sending',
      'outbox.sent',
    ]) {
      expect(codes).toContain(code);
    }
    const verdict = await harness.gateway.services.audit.verify();
    expect(verdict).toMatchObject({ ok: true, lines: lines.length });
  });
});
