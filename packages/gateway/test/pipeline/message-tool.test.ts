/** The tool `message`: where it may send, and to whom. */
import { afterEach, describe, expect, test } from 'vitest';

import { type Harness, cli, direct, inRoom, openHarness, until } from './harness.ts';
import { auditCodes, callsNext, sessionTools } from './session-tools.ts';

const OWNER = '7';
const GUEST = '42';

const CONFIG = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  tools: { profile: 'full' },
  commands: { ownerAllowFrom: [`telegram:${OWNER}`] },
  channels: {
    telegram: {
      dmPolicy: 'allowlist',
      allowFrom: [OWNER, GUEST],
      groupPolicy: 'open',
      groups: { '*': { requireMention: false } },
    },
  },
};

let harness: Harness;

afterEach(async () => {
  await harness.gateway.stop('test', 20);
  await harness.close();
});

async function open(config: object = {}): Promise<void> {
  harness = await openHarness({ config: { ...CONFIG, ...config }, tools: sessionTools });
}

/** What the tool tells the agent of whoever wrote `event`. */
async function send(
  event: Parameters<Harness['network']['deliver']>[0],
  input: object,
): Promise<string> {
  callsNext(harness.model, 'message', input);
  await harness.network.deliver(event);
  await until(() => harness.model.requests.length === 2, 'a result');
  return harness.model.heard[1] ?? '';
}

describe('the current conversation', () => {
  test('gets a message before the answer', async () => {
    await open();
    expect(await send(direct(GUEST, 'go'), { text: 'working on it' })).toBe(
      'The message is on its way.',
    );
    await until(() => harness.network.texts(GUEST).length === 2, 'both');
    expect(harness.network.texts(GUEST)[0]).toBe('working on it');
  });

  test('may be a room', async () => {
    await open();
    await send(inRoom('-100', GUEST, 'go'), { text: 'working on it' });
    await until(() => harness.network.texts('-100').length === 2, 'both');
  });

  test('of an operator takes no message beside the answer', async () => {
    await open();
    callsNext(harness.model, 'message', { text: 'hi' });
    const { chat } = harness.gateway.services;
    await chat.send(cli, { sessionKey: 'main', message: 'go', idempotencyKey: 'r1' });
    expect(await chat.wait('r1', 5000)).toBe('ok');
    expect(harness.model.heard[1]).toContain('[send.no_conversation]');
  });
});

describe('another receiver', () => {
  test('P21.01: is refused under the minimal profile, while the conversation is not', async () => {
    await open({ tools: { profile: 'minimal' } });
    expect(await send(direct(OWNER, 'go'), { text: 'x', to: `telegram:${GUEST}` })).toContain(
      'tool.message.reply_only',
    );
    callsNext(harness.model, 'message', { text: 'hi' });
    await harness.network.deliver(direct(OWNER, 'again'));
    await until(() => harness.network.texts(OWNER).includes('hi'), 'a reply');
    expect(harness.network.texts(GUEST)).toEqual([]);
  });

  test('may be a room, and nobody knows who reads there', async () => {
    await open();
    await send(direct(OWNER, 'go'), { text: 'hello all', to: 'telegram:group:-100' });
    await until(() => harness.network.texts('-100').length === 1, 'the message');
    expect(harness.network.sent.find(({ to }) => to.id === '-100')?.to.kind).toBe('group');
    // Asked by a guest it waits for an approver.
    callsNext(harness.model, 'message', { text: 'me too', to: 'telegram:channel:-200' });
    await harness.network.deliver(direct(GUEST, 'go'));
    const { approvals } = harness.gateway.services;
    await until(async () => (await approvals.pending()).length === 1, 'a question');
    expect((await approvals.pending())[0]).toMatchObject({
      code: 'flow.message.not_owner',
      subject: '{"accountId":"default","text":"me too","to":["telegram:channel:-200"]}',
    });
  });

  test.each([
    ['a channel that is not set up', { to: 'signal:1' }, 'send.unknown_peer'],
    ['no address', { to: 'everybody' }, 'send.unknown_peer'],
    [
      'an account that is not set up',
      { to: 'telegram:42', accountId: 'work' },
      'send.unknown_account',
    ],
  ])('is refused: %s', async (_, to, code) => {
    await open();
    expect(await send(direct(OWNER, 'go'), { text: 'x', ...to })).toContain(`[${code}]`);
    expect(await auditCodes(harness, /^effect\.(?:message|reply)$/u)).toEqual([]);
  });

  test('is written to from the account at hand, or the usual one', async () => {
    await open({
      channels: {
        telegram: {
          defaultAccount: 'home',
          dmPolicy: 'allowlist',
          allowFrom: [OWNER, GUEST],
          accounts: { home: {}, work: {} },
        },
      },
    });
    // Both accounts share the network in memory, which speaks for the last one that was started.
    const work = { channel: 'telegram', accountId: 'work', kind: 'direct', id: OWNER } as const;
    await send(direct(OWNER, 'go', { conversation: work }), { text: 'x', to: `telegram:${GUEST}` });
    await until(() => harness.network.texts(GUEST).length === 1, 'the message');
    expect(harness.network.sent.find(({ to }) => to.id === GUEST)?.to.accountId).toBe('work');
    callsNext(harness.model, 'message', { text: 'y', to: `telegram:${GUEST}` });
    const { chat } = harness.gateway.services;
    await chat.send(cli, { sessionKey: 'main', message: 'go', idempotencyKey: 'r1' });
    await until(() => harness.network.texts(GUEST).length === 2, 'the second message');
    expect(harness.network.sent.findLast(({ to }) => to.id === GUEST)?.to.accountId).toBe('home');
  });
});
