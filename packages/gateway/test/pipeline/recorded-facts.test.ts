/**
 * What the audit log keeps of an event: enough to decide it again, and no text.
 *
 * @module
 */
import { replay } from '@portcullis/policy/explain';
import { afterEach, expect, test } from 'vitest';

import { direct, type Harness, inRoom, openHarness, until } from './harness.ts';

const CONFIG = {
  channels: {
    telegram: {
      botToken: 'x',
      dmPolicy: 'allowlist',
      allowFrom: ['42'],
      groups: { '-5': { topics: { '7': { requireMention: false } } } },
    },
  },
};

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

async function readAdmissions() {
  const lines = await harness.gateway.services.audit.log({ limit: 1000 });
  return lines.filter(({ kind }) => kind === 'admit');
}

async function admissions(count: number) {
  await until(async () => (await readAdmissions()).length >= count);
  return await readAdmissions();
}

test('ids, flags and names of commands, and nothing a person wrote', async () => {
  harness = await openHarness({ config: CONFIG });
  const { network } = harness;
  const command = { name: 'status', args: 'of my secret plans' };
  const conversation = {
    channel: 'telegram',
    accountId: 'default',
    kind: 'group',
    id: '-5',
  } as const;
  await network.deliver(direct('42', 'secret plans'));
  await network.deliver(
    inRoom('-5', '42', 'secret plans', {
      conversation: { ...conversation, topicId: '7' },
      sender: { id: '42', name: 'Secret Name', username: 'secret_name', roles: ['r1'] },
      facts: { nativeMention: true, replyToBot: false },
    }),
  );
  await network.deliver(direct('42', '/status of my secret plans', { kind: 'command', command }));
  const odd = { name: 'a secret text', args: '' };
  await network.deliver(direct('42', 'secret', { kind: 'command', command: odd }));
  await network.deliver(direct('43', 'secret', { sender: { id: '43', isBot: true } }));
  const lines = await admissions(5);
  expect(JSON.stringify(lines).toLowerCase()).not.toContain('secret');
  const facts = lines.map(({ entry }) => [entry['event'], entry['command'], entry['given']]);
  expect(facts).toEqual([
    ['message', undefined, {}],
    [
      'message',
      undefined,
      { topicId: '7', roles: ['r1'], facts: { nativeMention: true, replyToBot: false } },
    ],
    ['command', 'status', {}],
    ['command', undefined, {}],
    ['message', undefined, { isBot: true }],
  ]);
});

test('a log is decided again as it was, and otherwise under another config', async () => {
  harness = await openHarness({ config: CONFIG });
  const { network } = harness;
  await network.deliver(direct('42', 'hello'));
  await network.deliver(direct('43', 'hello'));
  await network.deliver(inRoom('-5', '42', 'hello', { facts: { nativeMention: true } }));
  await network.deliver(inRoom('-6', '42', 'hello'));
  await admissions(4);
  const lines = await harness.gateway.services.audit.log({ limit: 1000 });
  expect(replay(lines, CONFIG)).toMatchObject({
    lines: [],
    counts: { opens: 0, closes: 0, same: 4, undecidable: 0 },
  });
  const { telegram } = CONFIG.channels;
  const other = { channels: { telegram: { ...telegram, allowFrom: ['43'] } } };
  expect(replay(lines, other).lines.map(({ outcome, now }) => [outcome, now?.code])).toEqual([
    ['closes', 'dm.allowlist.not_allowlisted'],
    ['opens', 'dm.allowlisted'],
    ['closes', 'group.sender_not_allowlisted'],
  ]);
});
