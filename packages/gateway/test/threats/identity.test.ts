import { type ConversationKind, type Event, PortcullisError } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import {
  type Harness,
  MemoryNetwork,
  cli,
  direct,
  inRoom,
  openHarness,
  until,
} from '../pipeline/harness.ts';
import { tell } from '../pipeline/tell-tool.ts';
import { NOTHING, aftermath, auditCodes, deliverAll, settle } from './aftermath.ts';

const BASE = { gateway: { mode: 'local' }, session: { dmScope: 'per-channel-peer' } };
const LISTED = {
  ...BASE,
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'], groups: { '*': {} } } },
};
const MENTION = { facts: { nativeMention: true } };

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

function nowhere(kind: ConversationKind): Event {
  return {
    ...direct('42', 'from nowhere', MENTION),
    conversation: { channel: 'telegram', accountId: 'default', kind, id: '' },
  };
}

/** The code of the one who waits. */
async function code(): Promise<string> {
  return (await harness.gateway.services.pairing.list()).pending[0]?.code ?? '';
}

describe('a sender', () => {
  test.each([
    ['name', { id: '999', name: '42' }],
    ['nickname', { id: '999', username: '42' }],
    ['id in other digits', { id: '٤٢' }],
    ['id with a sign', { id: '+42' }],
    ['id with zeros', { id: '042' }],
    ['id with blanks inside', { id: '4 2' }],
    ['list of ids', { id: ['42'] as unknown as string }],
    ['number', { id: 42.5 as unknown as string }],
    ['roles', { id: '999', roles: ['42', '*'] }],
  ])('P14.01: is not believed to be somebody else for the same %s', async (_what, sender) => {
    harness = await openHarness({ config: LISTED });
    expect(await deliverAll(harness, [direct('999', 'it is me', { sender })])).toEqual(NOTHING);
  });

  test.each([[['@alice', 'Alice', 'telegram:@alice', 'alice@example.com']], [['telegram:*']]])(
    'P14.02: whose name is in the list %j is not let in by it',
    async (allowFrom) => {
      const channels = { telegram: { dmPolicy: 'allowlist', allowFrom } };
      harness = await openHarness({ config: { ...BASE, channels } });
      const sender = { id: '43', name: 'Alice', username: 'alice' };
      expect(await deliverAll(harness, [direct('43', 'hi', { sender })])).toEqual(NOTHING);
      expect(await auditCodes(harness)).toContain('dm.allowlist.not_allowlisted');
    },
  );

  test('P14.03: is no room, and a room is no sender', async () => {
    const telegram = {
      dmPolicy: 'allowlist',
      allowFrom: ['-100', '42'],
      groupPolicy: 'allowlist',
      groupAllowFrom: ['-100'],
      groups: { '-100': {}, '42': {} },
    };
    harness = await openHarness({ config: { ...BASE, channels: { telegram } } });
    const asRoom = { sender: { id: '-100', name: 'The room itself' } };
    expect(
      await deliverAll(harness, [
        inRoom('-100', '-100', 'as the room', { ...asRoom, ...MENTION }),
        direct('-100', 'as the room, directly', asRoom),
        inRoom('-100', '43', 'as a member', MENTION),
      ]),
    ).toEqual(NOTHING);
  });

  test('P16.05: without an id, or in a place without one, is dropped with a line in the log', async () => {
    harness = await openHarness({
      config: { ...BASE, channels: { telegram: { dmPolicy: 'open', allowFrom: ['*'] } } },
    });
    const nobody = direct('42', 'from nobody', { sender: { name: 'Person 42' } });
    expect(await deliverAll(harness, [nobody, nowhere('group'), nowhere('channel')])).toEqual(
      NOTHING,
    );
    const codes = await auditCodes(harness);
    expect(codes).toEqual(
      expect.arrayContaining(['ingress.sender.missing_id', 'ingress.room.missing_id']),
    );
  });
});

describe('what a model says about the requester', () => {
  test('P14.07: changes nothing: a guest’s call is a guest’s, whoever it names', async () => {
    const config = {
      ...LISTED,
      commands: { ownerAllowFrom: ['telegram:42'] },
      tools: { profile: 'full' },
      channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42', '43'] } },
    };
    harness = await openHarness({ config, tools: [tell] });
    const input = {
      to: 'telegram:44',
      text: 'psst',
      senderId: '42',
      senderIsOwner: true,
      requester: 'telegram:42',
    };
    harness.model.script.push(async function* () {
      yield { type: 'tool-call', id: 'c1', name: 'tell', input };
      yield { type: 'finish', reason: 'tool-calls', usage: {} };
    });
    await harness.network.deliver(direct('43', 'tell 44'));
    const { approvals } = harness.gateway.services;
    await until(async () => (await approvals.pending()).length === 1, 'a question');
    const [item] = await approvals.pending();
    expect(item).toMatchObject({ requester: 'telegram:43' });
    await approvals.resolve(cli, item?.id ?? '', 'deny');
    await settle(harness);
    expect(harness.network.texts('44')).toEqual([]);
  });
});

describe('a pairing', () => {
  test('P15.01: for direct messages gives nothing in a room, not even a command', async () => {
    const telegram = {
      dmPolicy: 'pairing',
      groupPolicy: 'allowlist',
      groupAllowFrom: ['7'],
      groups: { '-100': {} },
    };
    harness = await openHarness({ config: { ...BASE, channels: { telegram } } });
    await harness.network.deliver(direct('42', 'hello?'));
    await until(async () => (await code()) !== '', 'a code');
    const { pairing } = harness.gateway.services;
    await pairing.approve(cli, { channel: 'telegram', code: await code() });
    const before = await aftermath(harness);
    const after = await deliverAll(harness, [
      inRoom('-100', '42', 'hello room', MENTION),
      inRoom('-100', '42', '/stop', { ...MENTION, command: { name: 'stop', args: '' } }),
      inRoom('-100', '42', '/new', { ...MENTION, command: { name: 'new', args: '' } }),
    ]);
    expect(after).toEqual(before);
    expect(await auditCodes(harness)).toContain('group.sender_not_allowlisted');
  });

  test('P15.02: on one account is none on another', async () => {
    const network = new TwoAccounts();
    const accounts = { one: {}, two: {} };
    const channels = { telegram: { dmPolicy: 'pairing', accounts } };
    harness = await openHarness({ config: { ...BASE, channels }, network });
    await network.on('one').accept(at('one', direct('42', 'hello?')));
    await until(async () => (await code()) !== '', 'a code');
    const { pairing } = harness.gateway.services;
    await pairing.approve(cli, { channel: 'telegram', code: await code() });
    await settle(harness);
    await network.on('two').accept(at('two', direct('42', 'it is me again')));
    await until(async () => (await pairing.list()).pending.length === 1, 'another code');
    await settle(harness);
    expect(await pairing.list()).toMatchObject({
      pending: [{ accountId: 'two', senderId: '42' }],
    });
    expect(harness.model.requests).toHaveLength(0);
  });
});

function at(accountId: string, event: Event): Event {
  return { ...event, conversation: { ...event.conversation, accountId } };
}

describe('a message', () => {
  test('P12.02: is the same only where chat and account are', async () => {
    const network = new TwoAccounts();
    const account = { dmPolicy: 'allowlist', allowFrom: ['42', '43'], groups: { '*': {} } };
    const channels = { telegram: { ...account, accounts: { one: {}, two: {} } } };
    harness = await openHarness({ config: { ...BASE, channels }, network });
    await network.started;
    const same = { eventId: 'message:1', messageId: '1' };
    const events = [
      at('one', direct('42', 'of 42', same)),
      at('one', direct('43', 'of 43', same)),
      at('one', inRoom('-100', '42', 'in a room', { ...same, ...MENTION })),
      at('one', inRoom('-101', '42', 'in another', { ...same, ...MENTION })),
    ];
    for (const event of events) {
      expect(await network.on('one').accept(event)).toBe('accepted');
      expect(await network.on('one').accept(event)).toBe('duplicate');
      const elsewhere = at('two', event);
      expect(await network.on('two').accept(elsewhere)).toBe('accepted');
      expect(await network.on('two').accept(elsewhere)).toBe('duplicate');
    }
    await settle(harness);
    expect(harness.model.requests).toHaveLength(8);
  });
});

/** A network with two accounts, each with an inbox of its own. */
class TwoAccounts extends MemoryNetwork {
  readonly #inboxes: NonNullable<MemoryNetwork['inbox']>[] = [];

  constructor() {
    super();
    const { run } = this.channel;
    this.channel.run = async (inbox, signal) => {
      this.#inboxes.push(inbox);
      await run.call(this.channel, inbox, signal);
    };
  }

  on(account: 'one' | 'two'): NonNullable<MemoryNetwork['inbox']> {
    const inbox = this.#inboxes[account === 'one' ? 0 : 1];
    if (inbox === undefined) throw new PortcullisError('channel.failed', 'Not running.');
    return inbox;
  }
}
