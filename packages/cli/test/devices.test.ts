/**
 * `openclaw devices`, answered by a fake operator.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { call, FakeOperator } from './call.ts';

const REQUEST = {
  requestId: 'r1',
  deviceId: 'abcdef0123456789',
  displayName: 'Firefox',
  browserOrigin: 'https://gate.example',
  scopes: ['operator.read', 'operator.write'],
  ts: 0,
};

const DEVICE = {
  deviceId: 'abcdef0123456789',
  displayName: 'Firefox',
  scopes: ['operator.read', 'operator.write'],
  approvedAtMs: 0,
  connected: true,
};

function operator(pending: readonly unknown[] = [REQUEST]): FakeOperator {
  return new FakeOperator({
    'device.pair.list': { pending, paired: [DEVICE] },
    'device.pair.approve': { requestId: 'r1', device: DEVICE },
    'device.pair.reject': { requestId: 'r1', deviceId: DEVICE.deviceId },
    'device.pair.remove': { deviceId: DEVICE.deviceId },
  });
}

const { displayName: _, ...unnamed } = REQUEST;

test('devices list shows who asks and who is in', async () => {
  expect(await call(['devices', 'list'], operator())).toEqual({
    code: 0,
    stdout: `Asking (1):
REQUEST  DEVICE   FROM                  SINCE                 ASKS FOR
r1       Firefox  https://gate.example  1970-01-01 00:00:00Z  operator.read operator.write

Let in (1):
DEVICE            NAME     STATE      SINCE                 MAY
abcdef0123456789  Firefox  connected  1970-01-01 00:00:00Z  operator.read operator.write
`,
    stderr: '',
  });
  const { stdout } = await call(['devices', 'list', '--json'], operator());
  expect(JSON.parse(stdout)).toEqual({ ok: true, pending: [REQUEST], paired: [DEVICE] });
});

describe('devices approve', () => {
  test('approves the request that is named, without a question', async () => {
    const fake = operator([REQUEST, { ...REQUEST, requestId: 'r2' }]);
    const { code, stdout } = await call(['devices', 'approve', 'r1'], fake);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Firefox is let in: operator.read operator.write.\n',
    });
    expect(fake.asked[1]).toEqual(['device.pair.approve', { requestId: 'r1' }]);
  });

  test('approves the only request once it was shown and confirmed', async () => {
    const fake = operator([unnamed]);
    const asked: string[] = [];
    const confirm = async (question: string) => {
      asked.push(question);
      return true;
    };
    const { code } = await call(['devices', 'approve'], { doors: { ...fake.doors, confirm } });
    expect(code).toBe(0);
    expect(asked).toEqual([
      'Let in abcdef012345 from https://gate.example, which asks for operator.read operator.write?',
    ]);
  });

  test.each([
    { name: 'nobody can confirm', pending: [REQUEST], argv: [], says: '[usage.confirmation]' },
    {
      name: 'none asks',
      pending: [],
      argv: [],
      says: 'No device asks to be let in. [device.ambiguous]',
    },
    {
      name: 'several ask',
      pending: [REQUEST, unnamed],
      argv: ['--yes'],
      says: 'More than one device asks to be let in. [device.ambiguous]',
    },
    {
      name: 'the request is gone',
      pending: [REQUEST],
      argv: ['r9'],
      says: 'There is no request "r9". [device.unknown_request]',
    },
  ])('approves nothing when $name', async ({ pending, argv, says }) => {
    const fake = operator(pending);
    const { code, stderr } = await call(['devices', 'approve', ...argv], fake);
    expect(code).toBe(1);
    expect(stderr).toContain(says);
    expect(fake.asked).toHaveLength(1);
  });

  test('approves nothing when declined', async () => {
    const fake = operator();
    const doors = { ...fake.doors, confirm: async () => false };
    const { code, stderr } = await call(['devices', 'approve'], { doors });
    expect(code).toBe(1);
    expect(stderr).toContain('No device was let in. [usage.declined]');
    expect(fake.asked).toHaveLength(1);
  });
});

test('devices reject and remove name what they shut out', async () => {
  const fake = operator();
  expect((await call(['devices', 'reject', 'r1'], fake)).stdout).toBe('Firefox was refused.\n');
  expect((await call(['devices', 'remove', 'abcdef0123456789'], fake)).stdout).toBe(
    'abcdef0123456789 may no longer connect.\n',
  );
  expect(fake.asked.slice(1)).toEqual([
    ['device.pair.reject', { requestId: 'r1' }],
    ['device.pair.remove', { deviceId: 'abcdef0123456789' }],
  ]);
});
