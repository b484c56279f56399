/**
 * `openclaw pairing`, answered by a fake operator.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { call, FakeOperator } from './call.ts';

const REQUEST = {
  requestId: 'ABCD2345',
  channel: 'telegram',
  accountId: 'default',
  senderId: '4242',
  createdAt: '2026-03-01T12:00:00.000Z',
  lastSeenAt: '2026-03-01T12:00:00.000Z',
  expiresAt: '2026-03-01T13:00:00.000Z',
};

const LISTS = {
  accounts: [],
  requests: [REQUEST],
  allowed: [{ channel: 'telegram', accountId: 'default', senderId: '7' }],
  broken: [],
  commandOwnerConfigured: false,
  limits: { pendingPerAccount: 3, ttlMs: 3_600_000 },
};

function operator(answers: Readonly<Record<string, unknown>> = {}): FakeOperator {
  return new FakeOperator({
    'channels.pairing.list': LISTS,
    'channels.pairing.approve': {
      requestId: 'ABCD2345',
      senderId: '4242',
      notification: 'not-requested',
      commandOwnerBootstrap: 'not-requested',
    },
    'channels.pairing.dismiss': { requestId: 'ABCD2345', senderId: '4242' },
    'channels.pairing.revoke': { senderId: '7', code: 'pairing.revoked' },
    ...answers,
  });
}

const made = (commandOwnerBootstrap: string) =>
  operator({
    'channels.pairing.approve': {
      requestId: 'ABCD2345',
      senderId: '4242',
      commandOwnerBootstrap,
    },
  });

const TWO_ACCOUNTS = {
  'channels.pairing.list': {
    ...LISTS,
    requests: [REQUEST, { ...REQUEST, accountId: 'work' }],
    allowed: [
      { channel: 'telegram', accountId: 'default', senderId: '7' },
      { channel: 'telegram', accountId: 'work', senderId: '7' },
    ],
  },
};

describe('pairing list', () => {
  test('shows who asks and who is in', async () => {
    const fake = operator();
    expect(await call(['pairing', 'list', 'telegram'], fake)).toEqual({
      code: 0,
      stdout: `Asking (1):
CODE      CHANNEL   ACCOUNT  SENDER  SINCE                 EXPIRES IN
ABCD2345  telegram  default  4242    2026-03-01 12:00:00Z  0 s

Let in (1):
CHANNEL   ACCOUNT  SENDER
telegram  default  7
`,
      stderr: '',
    });
    expect(fake.asked).toEqual([['channels.pairing.list', { channel: 'telegram' }]]);
    expect(fake.closed).toBe(true);
  });

  test('says when nobody asks, and which allow list cannot be read', async () => {
    const lists = { ...LISTS, requests: [], allowed: [], broken: ['/x/telegram-allowFrom.json'] };
    const fake = operator({ 'channels.pairing.list': lists });
    expect(await call(['pairing', 'list'], fake)).toEqual({
      code: 0,
      stdout: 'Nobody asks to be let in.\n',
      stderr:
        'Warning: /x/telegram-allowFrom.json cannot be read, so it lets nobody in. Repair or remove it.\n',
    });
  });

  test('gives a machine everything', async () => {
    const { stdout } = await call(['pairing', 'list', '--json'], operator());
    expect(JSON.parse(stdout)).toEqual({ ok: true, ...LISTS });
  });
});

describe('pairing approve', () => {
  test('finds the account by the code, in either case', async () => {
    const fake = operator();
    expect(await call(['pairing', 'approve', 'telegram', 'abcd2345'], fake)).toEqual({
      code: 0,
      stdout: 'telegram:4242 may talk to the agent now.\n',
      stderr: '',
    });
    expect(fake.asked[1]).toEqual([
      'channels.pairing.approve',
      {
        channel: 'telegram',
        accountId: 'default',
        requestId: 'ABCD2345',
        bootstrapCommandOwner: false,
      },
    ]);
  });

  test('refuses a code nobody has, without asking for it to be approved', async () => {
    const fake = operator();
    const { code, stderr } = await call(['pairing', 'approve', 'telegram', 'ZZZZ9999'], fake);
    expect(code).toBe(1);
    expect(stderr).toContain('Nobody on "telegram" has that code. [pairing.unknown_code]');
    expect(fake.asked.map(([method]) => method)).toEqual(['channels.pairing.list']);
    expect(fake.closed).toBe(true);
  });

  test('asks which account is meant when the code does not say', async () => {
    const argv = ['pairing', 'approve', 'telegram', 'ABCD2345'];
    const { code, stderr } = await call(argv, operator(TWO_ACCOUNTS));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'Error: That could be meant on more than one account. [pairing.ambiguous]\n  Name one with --account: default, work.\n',
    });
    const named = operator(TWO_ACCOUNTS);
    expect((await call([...argv, '--account', 'work'], named)).code).toBe(0);
    expect(named.asked[1]?.[1]).toMatchObject({ accountId: 'work' });
  });

  describe('--owner', () => {
    const argv = ['pairing', 'approve', 'telegram', 'ABCD2345', '--owner'];

    test('shows whom it would make the owner, and does so when confirmed', async () => {
      const fake = made('configured');
      const asked: string[] = [];
      const confirm = async (question: string) => {
        asked.push(question);
        return true;
      };
      const { code, stdout } = await call(argv, { doors: { ...fake.doors, confirm } });
      expect(asked).toEqual([
        'Make telegram:4242 the owner, who commands the agent and approves what it does?',
      ]);
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: 'telegram:4242 may talk to the agent now.\ntelegram:4242 is the owner now.\n',
      });
      expect(fake.asked[1]?.[1]).toMatchObject({ bootstrapCommandOwner: true });
    });

    test('approves nothing when declined', async () => {
      const fake = made('configured');
      const doors = { ...fake.doors, confirm: async () => false };
      const { code, stderr } = await call(argv, { doors });
      expect(code).toBe(1);
      expect(stderr).toContain('Nothing was approved. [usage.declined]');
      expect(fake.asked).toHaveLength(1);
    });

    test('needs --yes where nobody can confirm', async () => {
      const fake = made('configured');
      const { code, stderr } = await call(argv, fake);
      expect(code).toBe(1);
      expect(stderr).toContain('[usage.confirmation]\n  Run it on a terminal, or add --yes.\n');
      expect(fake.asked).toHaveLength(1);
      expect((await call([...argv, '--yes'], fake)).code).toBe(0);
    });

    test('says that there is an owner already', async () => {
      const { code, stderr } = await call([...argv, '--yes'], made('already-configured'));
      expect(code).toBe(0);
      expect(stderr).toBe(
        'Warning: There is an owner already, so no new one was made. See commands.ownerAllowFrom.\n',
      );
    });
  });
});

test('pairing reject refuses by code', async () => {
  const fake = operator();
  const { code, stdout } = await call(['pairing', 'reject', 'telegram', 'ABCD2345'], fake);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'telegram:4242 was refused.\n' });
  expect(fake.asked[1]).toEqual([
    'channels.pairing.dismiss',
    { channel: 'telegram', accountId: 'default', requestId: 'ABCD2345' },
  ]);
});

describe('pairing revoke', () => {
  test('shuts a sender out', async () => {
    const fake = operator();
    const { code, stdout } = await call(['pairing', 'revoke', 'telegram', '7'], fake);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'telegram:7 may no longer talk to the agent.\n',
    });
    expect(fake.asked[1]).toEqual([
      'channels.pairing.revoke',
      { channel: 'telegram', accountId: 'default', senderId: '7' },
    ]);
  });

  test('says when the sender was never let in', async () => {
    const { code, stderr } = await call(['pairing', 'revoke', 'telegram', '8'], operator());
    expect(code).toBe(1);
    expect(stderr).toContain('"8" was not let in by pairing on "telegram". [pairing.not_paired]');
  });

  test('asks which account is meant', async () => {
    const fake = operator(TWO_ACCOUNTS);
    const { code, stderr } = await call(['pairing', 'revoke', 'telegram', '7'], fake);
    expect(code).toBe(1);
    expect(stderr).toContain('[pairing.ambiguous]');
    expect(fake.asked).toHaveLength(1);
  });
});

describe('a code alone', () => {
  test('finds its network, and is approved or refused there', async () => {
    const fake = operator();
    expect((await call(['pairing', 'approve', 'abcd2345'], fake)).code).toBe(0);
    expect(
      (await call(['pairing', 'reject', 'ABCD2345', '--channel', 'telegram'], fake)).code,
    ).toBe(0);
    expect(fake.asked.filter(([method]) => method === 'channels.pairing.list')).toEqual([
      ['channels.pairing.list', {}],
      ['channels.pairing.list', { channel: 'telegram' }],
    ]);
    expect(fake.asked).toContainEqual([
      'channels.pairing.approve',
      expect.objectContaining({ channel: 'telegram', requestId: 'ABCD2345' }),
    ]);
  });

  test('that nobody has, and one that two have, are refused', async () => {
    const unknown = await call(['pairing', 'approve', 'ZZZZ9999'], operator());
    expect(unknown.stderr).toContain('Nobody has that code. [pairing.unknown_code]');
    const twice = await call(['pairing', 'approve', 'ABCD2345'], operator(TWO_ACCOUNTS));
    expect(twice.stderr).toContain('[pairing.ambiguous]');
  });
});
