/**
 * Messages that operators send themselves, from the decision to the network.
 */
import { DeliveryError } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import type { Caller, MessageRequest } from '../../src/services.ts';
import { cli, type Harness, openHarness } from '../pipeline/harness.ts';

const SECRET = 'k7Qm2xV9bT4wZ8pL1nR6sD3fJ5';
const CONFIG = {
  gateway: { mode: 'local', auth: { mode: 'token', token: SECRET } },
  commands: { ownerAllowFrom: ['telegram:7'] },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['7', '42'] } },
};
const WRITER: Caller = {
  id: 'operator:1',
  kind: 'operator',
  local: false,
  scopes: ['operator.read', 'operator.write'],
};

let harness: Harness;

afterEach(() => harness.close());

async function open(more: object = {}): Promise<void> {
  harness = await openHarness({ config: { ...CONFIG, ...more } });
  await harness.network.started;
}

function send(request: Partial<MessageRequest> = {}, caller: Caller = cli) {
  return harness.gateway.services.messages.send(caller, {
    to: 'telegram:42',
    text: 'Dinner is ready.',
    idempotencyKey: 'k1',
    ...request,
  });
}

async function audited(): Promise<readonly object[]> {
  const lines = await harness.gateway.services.audit.log({ last: true, limit: 50 });
  return lines.map(({ entry }) => entry as object);
}

describe('sending', () => {
  test('reaches the network, is written down without its text, and tells the id it got', async () => {
    await open();
    const sent = await send({ replyTo: '9' });
    expect(sent).toMatchObject({
      channel: 'telegram',
      accountId: 'default',
      conversationId: '42',
      repeated: false,
      parts: 1,
      items: [{ state: 'sent', messageId: '1' }],
    });
    expect(harness.network.sent).toMatchObject([
      { to: { kind: 'direct', id: '42' }, text: 'Dinner is ready.', replyTo: '9' },
    ]);
    const lines = await audited();
    expect(lines).toContainEqual(
      expect.objectContaining({ action: 'message', principal: 'cli', conversation: '42' }),
    );
    expect(JSON.stringify(lines)).not.toContain('Dinner');
  });

  test('takes a file along, known by its hash: the same key with other bytes is another message', async () => {
    await open();
    Object.assign(harness.network.channel, { maxFileBytes: 100 });
    const file = { name: 'a.txt', mimeType: 'text/plain', bytes: Buffer.from('hello') };
    expect(await send({ file })).toMatchObject({ items: [{ state: 'sent' }] });
    expect(harness.network.sent).toMatchObject([{ text: 'Dinner is ready.', file }]);
    expect((await send({ file })).repeated).toBe(true);
    const other = { ...file, bytes: Buffer.from('other') };
    await expect(send({ file: other })).rejects.toMatchObject({ code: 'send.key_reused' });
    expect(await audited()).toContainEqual(
      expect.objectContaining({
        action: 'message',
        fileBytes: 5,
        fileSha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
      }),
    );
  });

  test('of a file goes nowhere that it must not', async () => {
    await open();
    const file = { name: 'a.txt', mimeType: 'text/plain', bytes: Buffer.from(SECRET) };
    await expect(send({ file })).rejects.toMatchObject({ code: 'send.no_files' });
    Object.assign(harness.network.channel, { maxFileBytes: 10 });
    await expect(send({ file })).rejects.toMatchObject({ code: 'files.too_large' });
    Object.assign(harness.network.channel, { maxFileBytes: 100 });
    await expect(send({ file })).rejects.toMatchObject({
      details: { code: 'secret.egress_blocked' },
    });
    expect(harness.network.sent).toEqual([]);
  });

  test('goes to a topic of a room', async () => {
    await open();
    await send({ to: 'telegram:group:-100', topicId: '5' });
    expect(harness.network.sent[0]?.to).toMatchObject({ kind: 'group', id: '-100', topicId: '5' });
  });

  test('a rehearsal is decided and sends nothing', async () => {
    await open();
    const rehearsed = await send({ rehearse: true });
    expect(rehearsed).toMatchObject({ parts: 1, items: [], decision: { effect: 'allow' } });
    expect(harness.network.sent).toEqual([]);
    expect(await harness.gateway.services.outbox.list()).toEqual([]);
  });

  test('what the network does not take is told', async () => {
    await open();
    harness.network.failures.push(new DeliveryError('failed', 'x.blocked', 'The bot was blocked.'));
    expect(await send()).toMatchObject({
      items: [{ state: 'failed', error: 'The bot was blocked.' }],
    });
  });
});

describe('a repeat', () => {
  test('is not sent again, however often and wherever it comes from', async () => {
    await open();
    await send();
    expect(await send()).toMatchObject({ repeated: true, items: [{ messageId: '1' }] });
    harness = await harness.restart();
    expect(await send()).toMatchObject({ repeated: true });
    expect(harness.network.sent).toEqual([]);
  });

  test('two at the same time are one', async () => {
    await open();
    await Promise.all([send(), send()]);
    expect(harness.network.sent).toHaveLength(1);
  });

  test('under the key of another message is refused', async () => {
    await open();
    await send();
    await expect(send({ text: 'Something else.' })).rejects.toMatchObject({
      code: 'send.key_reused',
    });
    await expect(send({ to: 'telegram:7' })).rejects.toMatchObject({ code: 'send.key_reused' });
    expect(harness.network.sent).toHaveLength(1);
  });
});

describe('refusals', () => {
  test('who may only write does not speak to others in the name of the bot', async () => {
    await open();
    await expect(send({}, WRITER)).rejects.toMatchObject({
      code: 'send.denied',
      details: { code: 'flow.message.not_owner' },
    });
    expect(harness.network.sent).toEqual([]);
    expect(await audited()).toContainEqual(
      expect.objectContaining({ effect: 'deny', code: 'flow.message.not_owner' }),
    );
  });

  test('a secret of the gateway does not leave, whoever wrote it', async () => {
    await open();
    await expect(send({ text: `the token is ${SECRET}` })).rejects.toMatchObject({
      code: 'send.denied',
      details: { code: 'secret.egress_blocked' },
    });
    expect(harness.network.sent).toEqual([]);
  });

  test('a secret in pieces does not leave either', async () => {
    await open();
    const half = SECRET.length / 2;
    const pieces = [SECRET.slice(0, half - 2), SECRET.slice(half - 2, -2)];
    const outcomes = [];
    for (const [index, text] of pieces.entries()) {
      outcomes.push(
        await send({ text, idempotencyKey: `k${String(index)}` }).catch(() => 'refused'),
      );
    }
    expect(outcomes).toContain('refused');
  });

  test('what the budget does not hold is refused, and counted together with the agent', async () => {
    await open({ budgets: { channel: { messagesPerDay: 1 } } });
    await send();
    await expect(send({ idempotencyKey: 'k2' })).rejects.toMatchObject({
      code: 'budget.exhausted',
    });
    expect(harness.network.sent).toHaveLength(1);
  });

  test.each([
    [{ to: 'signal:42' }, 'send.unknown_peer'],
    [{ to: 'nowhere' }, 'send.unknown_peer'],
    [{ accountId: 'other' }, 'send.unknown_account'],
  ])('%j is refused with %s', async (request, code) => {
    await open();
    await expect(send(request)).rejects.toMatchObject({ code });
  });
});
