/** Approvers who are asked, and answer, in their own conversation. */
import type { Event, OutboundMessage, Tool } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import type { ApprovalItem } from '../../src/services.ts';
import { type Harness, cli, direct, inRoom, openHarness, until } from './harness.ts';
import { tell } from './tell-tool.ts';

const OWNER = '7';
const SECOND = '8';
const GUEST = '42';
const STRANGER = '99';

const CONFIG = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  tools: { profile: 'full' },
  commands: { ownerAllowFrom: [`telegram:${OWNER}`, 'discord:123456789', '*'] },
  execApprovals: { approvers: [`telegram:${SECOND}`, `telegram:${OWNER}`] },
  channels: {
    telegram: {
      dmPolicy: 'allowlist',
      allowFrom: [OWNER, SECOND, GUEST],
      groupPolicy: 'open',
      groups: { '*': { requireMention: false } },
    },
  },
};

let harness: Harness;
/** The beginning of the digest of what was asked last: buttons carry it. */
let bound = '';

afterEach(async () => {
  // A turn that waits for an answer would keep the gateway for a while.
  await harness.gateway.stop('test', 20);
  await harness.close();
});

async function open(config: object = CONFIG): Promise<void> {
  harness = await openHarness({ config, tools: [tell as Tool] });
}

/** Has the guest ask for a message to 43. Resolves with the question. */
async function ask(text = 'psst'): Promise<ApprovalItem> {
  harness.model.script.push(async function* () {
    yield { type: 'tool-call', id: 'call-1', name: 'tell', input: { to: 'telegram:43', text } };
    yield { type: 'finish', reason: 'tool-calls', usage: {} };
  });
  await harness.network.deliver(direct(GUEST, 'tell 43'));
  const { approvals } = harness.gateway.services;
  await until(async () => (await approvals.pending()).length === 1, 'a question');
  const [item] = await approvals.pending();
  if (item === undefined) throw new Error('no question');
  bound = item.digest.slice(0, 12);
  return item;
}

/** The message with buttons that `person` got, and its id on the network. */
async function prompt(person: string): Promise<{ id: string; message: OutboundMessage }> {
  const find = () =>
    harness.network.sent.findIndex(({ to, buttons }) => to.id === person && buttons !== undefined);
  await until(() => find() >= 0, `a question to ${person}`);
  const message = harness.network.sent[find()];
  if (message === undefined) throw new Error('no message');
  const id = String(find() + 1);
  // A button counts once the network's receipt is written down.
  await until(async () => {
    const sent = await harness.gateway.services.outbox.list({ state: 'sent', limit: 1000 });
    return sent.some(({ messageId }) => messageId === id);
  }, 'the receipt');
  return { id, message };
}

let presses = 0;

/** `person` presses a button under message `messageId` of the conversation `chat`. */
async function press(
  person: string,
  messageId: string,
  data: string,
  more: Partial<Event> = {},
): Promise<string> {
  presses += 1;
  const eventId = `button:${String(presses)}`;
  await harness.network.deliver({
    ...direct(person, ''),
    kind: 'button',
    eventId,
    messageId,
    button: { data },
    ...more,
  });
  return eventId;
}

async function codes(): Promise<readonly unknown[]> {
  const lines = await harness.gateway.services.audit.log({ limit: 1000 });
  return lines.map(({ entry }) => entry['code']);
}

async function unboundCount(): Promise<number> {
  const lines = await harness.gateway.services.audit.log({ limit: 1000 });
  const unbound = lines.filter(({ entry }) => entry['code'] === 'event.button.unbound');
  return unbound.reduce((sum, { entry }) => sum + Number(entry['count'] ?? 1), 0);
}

describe('a question', () => {
  test('reaches every approver once, in his own conversation, with exactly what would happen', async () => {
    await open();
    const { id, digest } = await ask('pss`t');
    const { message } = await prompt(OWNER);
    await prompt(SECOND);
    expect(harness.network.sent.map(({ to }) => to.id).toSorted()).toEqual([OWNER, SECOND]);
    expect(message.to.kind).toBe('direct');
    expect(message.text.split('\n')).toEqual([
      '**Approval needed: send a message to somebody else.**',
      'Tool `tell` of agent `main`, asked for by `telegram:42` in `agent:main:telegram:direct:42`.',
      'Why I ask: Somebody other than the owner would make the assistant write to others. (`flow.message.not_owner`)',
      expect.stringMatching(
        /^What stands behind it: `This session has read nothing private\. The least trusted thing in it is from a trusted person: a message of telegram:42, at \S+Z\. It now wants to write to telegram:43\.`$/u,
      ),
      'Exactly this would happen:',
      '```json',
      '{',
      '  "accountId": "default",',
      '  "text": "pss`t",',
      '  "to": [',
      '    "telegram:43"',
      '  ]',
      '}',
      '```',
      `SHA-256 of all this: \`${digest}\``,
      `Answer within 30 minutes. By text: \`/approve ${id} allow-once\` or \`/approve ${id} allow-always\` or \`/approve ${id} deny\`. Always means: to this receiver or address, whatever is sent, from this session, until it starts anew. Take it back with \`openclaw approvals grants list\`.`,
    ]);
    expect(message.buttons).toEqual([
      [
        { label: 'Allow once', data: `ap:${id}:${bound}:y` },
        { label: 'Allow always', data: `ap:${id}:${bound}:a` },
        { label: 'Deny', data: `ap:${id}:${bound}:n` },
      ],
    ]);
    for (const { data } of message.buttons?.[0] ?? []) {
      expect(Buffer.byteLength(data)).toBeLessThanOrEqual(64);
    }
  });

  test('P34.01: cannot leave its code block or hide in it', async () => {
    await open();
    await ask('```\n**Approved.**\u202e\u200b\u001b[2J');
    const { text } = (await prompt(OWNER)).message;
    expect(text.match(/```/gu)).toHaveLength(2);
    expect(text).toContain(
      '"text": "\\u0060\\u0060\\u0060\\n**Approved.**\\u202e\\u200b\\u001b[2J"',
    );
  });

  test('that is long takes several messages and leaves nothing out', async () => {
    await open();
    const long = Array.from({ length: 900 }, (_, index) => `word${String(index)}`).join(' ');
    await ask(long);
    await prompt(OWNER);
    const texts = harness.network.texts(OWNER);
    expect(texts.length).toBeGreaterThan(3);
    const shown = texts.map((text) => /```json\n([^]*?)\n```/u.exec(text)?.[1] ?? '').join('');
    expect(shown).toContain(long);
    expect(texts[0]).toContain(`(part 1 of ${String(texts.length)})`);
    const asking = harness.network.sent.filter(({ buttons }) => buttons !== undefined);
    expect(asking.map(({ to }) => to.id).toSorted()).toEqual([OWNER, SECOND]);
    const last = harness.network.sent.findLast(({ to }) => to.id === OWNER);
    expect(last?.buttons?.[0]?.[0]?.label).toBe('Allow once');
  });

  test('P34.01: that is too long to be shown can be denied by a button, not allowed', async () => {
    await open();
    const { id } = await ask('x'.repeat(30_000));
    const { id: messageId, message } = await prompt(OWNER);
    expect(message.text).not.toContain('xxx');
    expect(message.text).toContain(`\`openclaw approvals show ${id}\``);
    expect(message.buttons).toEqual([[{ label: 'Deny', data: `ap:${id}:${bound}:n` }]]);
    await press(OWNER, messageId, `ap:${id}:${bound}:y`);
    await until(async () => (await unboundCount()) === 1, 'the refusal');
    await harness.network.deliver(approve(OWNER, `${id} allow-once`));
    const unread =
      'That was too long to be shown here. Read it and answer it on the machine or on the control page.';
    await until(() => harness.network.texts(OWNER).includes(unread), 'the refusal of the command');
    expect((await harness.gateway.services.approvals.get(id))?.state).toBe('pending');
  });

  test('P34.01: spells out runs of blanks and everything without a shape, or is not shown', async () => {
    await open();
    await ask(`rm -rf \u001b[2K\r\u202e\u200b\u3164\u00a0${' '.repeat(40)}payload\n    kept`);
    const { text } = (await prompt(OWNER)).message;
    const blanks = '\\u0020'.repeat(40);
    expect(text).toContain(
      `"text": "rm -rf \\u001b[2K\\r\\u202e\\u200b\\u3164\\u00a0${blanks}payload\\n\\u0020\\u0020\\u0020\\u0020kept"`,
    );
    expect(JSON.parse(/```json\n([^]*?)\n```/u.exec(text)?.[1] ?? '')).toMatchObject({
      text: `rm -rf \u001b[2K\r\u202e\u200b\u3164\u00a0${' '.repeat(40)}payload\n    kept`,
    });
  });

  test('P34.01: padded with 4,000 blanks is not shown in part, and cannot be allowed there', async () => {
    await open();
    await ask(`rm -rf${' '.repeat(4000)}payload`);
    const { message } = await prompt(OWNER);
    expect(message.text).not.toContain('rm -rf');
    expect(message.buttons?.flat().map(({ label }) => label)).toEqual(['Deny']);
  });

  test('is not asked on a network where that is switched off', async () => {
    const telegram = { ...CONFIG.channels.telegram, execApprovals: { enabled: false } };
    await open({ ...CONFIG, channels: { telegram } });
    await ask();
    expect(harness.network.sent).toEqual([]);
  });
});

describe('a button', () => {
  test('pressed by an approver under his own message answers the question', async () => {
    await open();
    const { id } = await ask();
    const { id: messageId } = await prompt(SECOND);
    const pressed = await press(SECOND, messageId, `ap:${id}:${bound}:y`);
    await until(() => harness.network.texts('43').length === 1, 'the message');
    expect(harness.network.texts('43')).toEqual(['psst']);
    expect(harness.network.answered).toEqual([[pressed, 'Allowed once by telegram:8.']]);
    const item = await harness.gateway.services.approvals.get(id);
    expect(item).toMatchObject({ state: 'used', resolvedBy: 'telegram:8' });
    expect(await codes()).toContain('control.button');
  });

  test('that denies ends it', async () => {
    await open();
    const { id } = await ask();
    await press(OWNER, (await prompt(OWNER)).id, `ap:${id}:${bound}:n`);
    await until(() => harness.network.texts(GUEST).length === 1, 'an answer');
    expect(harness.model.heard[1]).toContain('[exec.approval.denied]');
    expect(harness.network.texts('43')).toEqual([]);
  });

  test('pressed second learns who was first, and changes nothing', async () => {
    await open();
    const { id } = await ask();
    const [first, second] = [await prompt(OWNER), await prompt(SECOND)];
    await press(OWNER, first.id, `ap:${id}:${bound}:n`);
    await until(() => harness.network.answered.length === 1, 'the first answer');
    const late = await press(SECOND, second.id, `ap:${id}:${bound}:y`);
    await until(() => harness.network.answered.length === 2, 'the second answer');
    expect(harness.network.answered[1]).toEqual([late, 'Denied by telegram:7.']);
    const item = await harness.gateway.services.approvals.get(id);
    expect(item).toMatchObject({ state: 'denied', resolvedBy: 'telegram:7' });
    expect(harness.network.texts('43')).toEqual([]);
  });

  test('P17.02: replayed after its use allows nothing again', async () => {
    await open();
    const { id } = await ask();
    const { id: messageId } = await prompt(OWNER);
    await press(OWNER, messageId, `ap:${id}:${bound}:y`);
    await until(() => harness.network.texts('43').length === 1, 'the message');
    await press(OWNER, messageId, `ap:${id}:${bound}:y`);
    await until(async () => (await unboundCount()) === 1, 'the refusal');
    expect(harness.network.texts('43')).toEqual(['psst']);
  });

  test.each([
    ['the guest who asks', GUEST, {}],
    ['a stranger', STRANGER, {}],
    ['a bot with an approver’s id', OWNER, { sender: { id: OWNER, isBot: true } }],
    ['somebody without an id', OWNER, { sender: {} }],
  ])(
    'P01.11, P15.04, P17.02: forged by %s changes nothing and is not answered',
    async (_who, person, more) => {
      await open();
      const { id } = await ask();
      const { id: messageId } = await prompt(OWNER);
      await press(person, messageId, `ap:${id}:${bound}:y`, more);
      // A command of the owner behind it: when that is answered, the forgery was decided.
      await harness.network.deliver(
        direct(OWNER, '/whoami', { command: { name: 'whoami', args: '' } }),
      );
      await until(
        () => harness.network.texts(OWNER).includes('You are telegram:7, the owner.'),
        'the command',
      );
      await until(async () => {
        const lines = await harness.gateway.services.audit.log({ limit: 1000 });
        return lines.some(({ entry }) => entry['event'] === 'button');
      }, 'the decision');
      expect((await harness.gateway.services.approvals.get(id))?.state).toBe('pending');
      expect(harness.network.answered).toEqual([]);
      expect(harness.network.texts('43')).toEqual([]);
    },
  );

  test.each([
    ['under another message', (id: string) => ({ data: `ap:${id}:${bound}:y`, message: '9999' })],
    ['of an unknown question', () => ({ data: `ap:${'0'.repeat(32)}:${bound}:y` })],
    ['with an answer nobody knows', (id: string) => ({ data: `ap:${id}:${bound}:x` })],
    ['for something else', (id: string) => ({ data: `ap:${id}:${'0'.repeat(12)}:y` })],
    ['with a longer word', (id: string) => ({ data: `ap:${id}:${bound}:yes` })],
    ['of another kind', () => ({ data: 'else' })],
  ])('P17.02: %s is bound to nothing, even for the owner', async (_what, forge) => {
    await open();
    const { id } = await ask();
    const { id: messageId } = await prompt(OWNER);
    const { data, message = messageId } = { message: undefined, ...forge(id) };
    await press(OWNER, message, data);
    await until(async () => (await unboundCount()) === 1, 'the refusal');
    expect((await harness.gateway.services.approvals.get(id))?.state).toBe('pending');
  });

  test('P17.02: is bound to the conversation it was sent to', async () => {
    await open();
    const { id } = await ask();
    const { id: messageId } = await prompt(OWNER);
    const { conversation } = inRoom('-100', OWNER, '');
    await press(OWNER, messageId, `ap:${id}:${bound}:y`, { conversation });
    await until(async () => (await unboundCount()) === 1, 'the refusal');
    expect((await harness.gateway.services.approvals.get(id))?.state).toBe('pending');
  });

  test('P17.02: is too late after half an hour', async () => {
    await open();
    const { id } = await ask();
    const { id: messageId } = await prompt(OWNER);
    harness.clock.now += 30 * 60_000 + 1;
    await press(OWNER, messageId, `ap:${id}:${bound}:y`);
    await until(() => harness.network.answered.length === 1, 'a word');
    expect(harness.network.answered[0]?.[1]).toContain('Too late');
    expect(harness.network.texts('43')).toEqual([]);
  });
});

function approve(person: string, args: string): Event {
  return direct(person, `/approve ${args}`, { command: { name: 'approve', args } });
}

const USAGE = 'Say `/approve <id> allow-once`, `allow-always` where it is offered, or `deny`.';

describe('/approve', () => {
  test('of an approver who is not the owner answers', async () => {
    await open();
    const { id } = await ask();
    await harness.network.deliver(approve(SECOND, `${id} allow-once`));
    await until(() => harness.network.texts('43').length === 1, 'the message');
    await until(() => harness.network.texts(SECOND).includes('Allowed once by telegram:8.'));
    await harness.network.deliver(approve(OWNER, `${id} deny`));
    await until(() => harness.network.texts(OWNER).includes('Allowed once by telegram:8.'));
  });

  test.each([
    ['yes', USAGE],
    ['allow-once now', USAGE],
  ])('does not take %s', async (words, said) => {
    await open();
    const { id } = await ask();
    await harness.network.deliver(approve(OWNER, `${id} ${words}`));
    await until(() => harness.network.texts(OWNER).includes(said), 'the answer');
    expect((await harness.gateway.services.approvals.get(id))?.state).toBe('pending');
  });

  test('P01.11: of the guest who asks is denied by policy', async () => {
    await open();
    const { id } = await ask();
    await harness.network.deliver(approve(GUEST, `${id} allow-once`));
    await until(async () => (await codes()).includes('command.owner_only'), 'the refusal');
    expect((await harness.gateway.services.approvals.get(id))?.state).toBe('pending');
    expect(harness.network.texts('43')).toEqual([]);
  });

  test('P20.04: is no more than words in operator chat, whatever the rights of the connection', async () => {
    await open();
    const { id } = await ask();
    const { chat } = harness.gateway.services;
    const message = `/approve ${id} allow-once`;
    await chat.send(cli, { sessionKey: 'main', message, idempotencyKey: 'one' });
    expect(await chat.wait('one', 5000)).toBe('ok');
    expect((await harness.gateway.services.approvals.get(id))?.state).toBe('pending');
  });
});
