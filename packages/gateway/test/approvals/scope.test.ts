/** Who is asked and may answer, how long an answer reaches, and how often it is used. */
import type { Event, Tool } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import type { ApprovalItem } from '../../src/services.ts';
import { type Harness, cli, direct, inRoom, openHarness, until } from '../pipeline/harness.ts';
import { tell } from '../pipeline/tell-tool.ts';

const OWNER = '7';
const HELPER = '8';
const GUEST = '42';
const ROOM = '-100';

const TELEGRAM = {
  dmPolicy: 'allowlist',
  allowFrom: [HELPER, GUEST, OWNER],
  groupPolicy: 'open',
  groups: { '*': { requireMention: false } },
};

/** Tells twice in one call. */
const tellTwice: Tool<{ to: string; text: string }> = {
  ...tell,
  name: 'tell_twice',
  run: async (input, { brokers }) => {
    await brokers.send?.send(input);
    await brokers.send?.send(input);
    return { text: 'told' };
  },
};

let harness: Harness;

afterEach(async () => {
  await harness.gateway.stop('test', 20);
  await harness.close();
});

async function open(telegram: object = {}, more: object = {}): Promise<void> {
  harness = await openHarness({
    config: {
      gateway: { mode: 'local' },
      session: { dmScope: 'per-channel-peer' },
      tools: { profile: 'full' },
      channels: { telegram: { ...TELEGRAM, ...telegram } },
      ...more,
    },
    tools: [tell as Tool, tellTwice as Tool],
  });
}

let calls = 0;

/** Lets somebody make the model call a tool. */
async function wants(event: Event, name = 'tell', text = 'psst'): Promise<void> {
  calls += 1;
  const id = `call-${String(calls)}`;
  harness.model.script.push(async function* () {
    yield { type: 'tool-call', id, name, input: { to: 'telegram:43', text } };
    yield { type: 'finish', reason: 'tool-calls', usage: {} };
  });
  await harness.network.deliver(event);
}

async function question(): Promise<ApprovalItem> {
  const { approvals } = harness.gateway.services;
  await until(async () => (await approvals.pending()).length === 1, 'a question');
  const [item] = await approvals.pending();
  if (item === undefined) throw new Error('no question');
  return item;
}

function approve(person: string, args: string): Event {
  return direct(person, `/approve ${args}`, { command: { name: 'approve', args } });
}

function prompts(conversation: string): readonly string[] {
  return harness.network.texts(conversation).filter((text) => text.startsWith('**Approval needed'));
}

describe('the approvers of a channel', () => {
  const own = { execApprovals: { approvers: [HELPER] } };

  test('are asked and answer what its conversations ask', async () => {
    await open(own);
    await wants(direct(GUEST, 'tell 43'));
    const { id } = await question();
    await until(() => prompts(HELPER).length === 1, 'the question');
    await harness.network.deliver(approve(HELPER, `${id} allow-once`));
    await until(() => harness.network.texts('43').length === 1, 'the message');
  });

  test('P01.11: are not asked what an operator asks, and may not answer it', async () => {
    const other = { commands: { ownerAllowFrom: [`telegram:${OWNER}`] } };
    await open(own, other);
    harness.model.script.push(async function* () {
      const input = { to: 'telegram:43', text: 'psst' };
      yield { type: 'tool-call', id: 'operator-call', name: 'tell', input };
      yield { type: 'finish', reason: 'tool-calls', usage: {} };
    });
    const { chat, approvals } = harness.gateway.services;
    const writer = { id: 'w', kind: 'operator', local: false, scopes: ['operator.write'] } as const;
    await chat.send(writer, { sessionKey: 'main', message: 'tell 43', idempotencyKey: 'one' });
    const { id } = await question();
    await until(() => prompts(OWNER).length === 1, 'the question to the owner');
    expect(prompts(HELPER)).toEqual([]);
    await harness.network.deliver(approve(HELPER, `${id} allow-once`));
    const refusal = 'You may not answer this approval.';
    await until(() => harness.network.texts(HELPER).includes(refusal), 'the refusal');
    expect((await approvals.get(id))?.state).toBe('pending');
  });

  test.each([
    ['of a channel without questions', { execApprovals: { enabled: false, approvers: [HELPER] } }],
    ['that are nobody', { execApprovals: { approvers: [] } }],
    ['that are everybody', { execApprovals: { approvers: ['*'] } }],
  ])('P01.11: %s approve nothing', async (_what, telegram) => {
    await open(telegram);
    await wants(direct(GUEST, 'tell 43'));
    const { id } = await question();
    await harness.network.deliver(approve(HELPER, `${id} allow-once`));
    await until(async () => {
      const lines = await harness.gateway.services.audit.log({ limit: 1000 });
      return lines.some(({ entry }) => entry['code'] === 'command.owner_only');
    }, 'the refusal');
    expect((await harness.gateway.services.approvals.get(id))?.state).toBe('pending');
    expect(harness.network.texts('43')).toEqual([]);
  });
});

describe('execApprovals.target', () => {
  test.each([
    ['dm', [HELPER]],
    ['channel', [ROOM]],
    ['both', [ROOM, HELPER]],
  ])('%s: the question of a room goes to %j', async (target, conversations) => {
    await open({ execApprovals: { approvers: [HELPER], target } });
    await wants(inRoom(ROOM, GUEST, 'tell 43'));
    await question();
    await until(() => conversations.every((each) => prompts(each).length === 1), 'the questions');
    const asked = harness.network.sent.filter(({ buttons }) => buttons !== undefined);
    expect(asked.map(({ to }) => to.id).toSorted()).toEqual([...conversations].toSorted());
  });

  test('channel: a button in the room counts for the approver alone', async () => {
    await open({ execApprovals: { approvers: [HELPER], target: 'channel' } });
    await wants(inRoom(ROOM, GUEST, 'tell 43'));
    const { id } = await question();
    await until(() => prompts(ROOM).length === 1, 'the question');
    const index = harness.network.sent.findIndex(({ buttons }) => buttons !== undefined);
    const messageId = String(index + 1);
    const data = harness.network.sent[index]?.buttons?.[0]?.[0]?.data ?? '';
    await until(async () => {
      const sent = await harness.gateway.services.outbox.list({ state: 'sent', limit: 100 });
      return sent.some((row) => row.messageId === messageId);
    }, 'the receipt');
    const press = (person: string, eventId: string): Promise<unknown> =>
      harness.network.deliver({
        ...inRoom(ROOM, person, ''),
        kind: 'button',
        eventId,
        messageId,
        button: { data },
      });
    await press(GUEST, 'button:1');
    await until(async () => {
      const lines = await harness.gateway.services.audit.log({ limit: 1000 });
      return lines.some(({ entry }) => entry['code'] === 'event.button.unbound');
    }, 'the refusal');
    expect((await harness.gateway.services.approvals.get(id))?.state).toBe('pending');
    await press(HELPER, 'button:2');
    await until(() => harness.network.texts('43').length === 1, 'the message');
  });
});

const OWNED = { commands: { ownerAllowFrom: [`telegram:${OWNER}`] } };

describe('a yes', () => {
  test('P01.06: to one message covers no second one, though it is the same', async () => {
    await open({}, OWNED);
    await wants(direct(GUEST, 'tell 43 twice'), 'tell_twice');
    const first = await question();
    const { approvals } = harness.gateway.services;
    await approvals.resolve(cli, first.id, 'allow-once');
    await until(() => harness.network.texts('43').length === 1, 'the first message');
    const second = await question();
    expect(second.id).not.toBe(first.id);
    expect((await approvals.get(first.id))?.state).toBe('used');
    await approvals.resolve(cli, second.id, 'deny');
    await until(() => harness.network.texts(GUEST).length === 1, 'the end');
    expect(harness.network.texts('43')).toEqual(['psst']);
  });

  test('leaves a line of its own where the flow of information asked', async () => {
    await open({}, OWNED);
    await wants(direct(GUEST, 'tell 43'));
    const { id, digest } = await question();
    await harness.gateway.services.approvals.resolve(cli, id, 'allow-once');
    await until(() => harness.network.texts('43').length === 1, 'the message');
    const lines = await harness.gateway.services.audit.log({ limit: 1000 });
    const line = lines.find(({ entry }) => entry['code'] === 'flow.declassified');
    expect(line?.entry).toMatchObject({ u: 1, sink: 'message', digest, approver: 'cli' });
  });
});

/** Has the guest's message allowed for good. */
async function always(): Promise<void> {
  await wants(direct(GUEST, 'tell 43'));
  const { id } = await question();
  await harness.network.deliver(approve(OWNER, `${id} allow-always`));
  await until(() => harness.network.texts('43').length === 1, 'the message');
  await until(() => harness.network.texts(GUEST).length === 1, 'the answer');
}

describe('allow-always of a message', () => {
  test('lets the session write to that receiver again, whatever it says', async () => {
    await open({}, OWNED);
    await always();
    await wants(direct(GUEST, 'tell 43 more'), 'tell', 'something else');
    await until(() => harness.network.texts('43').length === 2, 'the second message');
    const { approvals } = harness.gateway.services;
    expect(await approvals.grants()).toMatchObject([{ kind: 'flow', uses: 1 }]);
    expect(harness.network.texts(OWNER)).toContain('Allowed always by telegram:7.');
  });

  test.each([
    ['another guest', () => direct(HELPER, 'tell 43')],
    ['the same guest in a room', () => inRoom(ROOM, GUEST, 'tell 43')],
  ])('does not cover %s', async (_who, event) => {
    await open({}, OWNED);
    await always();
    await wants(event());
    expect((await question()).code).toContain('flow.message.');
    expect(harness.network.texts('43')).toHaveLength(1);
  });

  test('ends with the session, and when it is revoked', async () => {
    await open({}, OWNED);
    await always();
    const { approvals } = harness.gateway.services;
    await harness.network.deliver(direct(GUEST, '/new', { command: { name: 'new', args: '' } }));
    await until(async () => (await approvals.grants()).length === 0, 'the end of the grant');
    await wants(direct(GUEST, 'tell 43'));
    await approvals.resolve(cli, (await question()).id, 'allow-always');
    await until(() => harness.network.texts('43').length === 2, 'the message');
    const [grant] = await approvals.grants();
    expect(await approvals.revoke(cli, grant?.id ?? '')).toBe(true);
    await wants(direct(GUEST, 'tell 43'), 'tell', 'again');
    await question();
    expect(harness.network.texts('43')).toHaveLength(2);
  });
});
