/**
 * Files of the workspace on their way out: read like any file, decided like any message, and kept
 * until the network has them.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DeliveryError, PortcullisError } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { outboxBytesTable, outboxFilesTable } from '../../src/outbox/files.ts';
import {
  cli,
  type Harness,
  MemoryNetwork,
  direct,
  openHarness,
  until,
} from '../pipeline/harness.ts';
import { calls, linesOf, tool } from '../pipeline/probe.ts';
import { sessionTools } from '../pipeline/session-tools.ts';

const OWNER = '7';
const GUEST = '42';
const REPORT = 'Everything is in order.\n';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const CONFIG = {
  gateway: { mode: 'local', auth: { mode: 'token', token: 'k7Qm2xV9bT4wZ8pL1nR6sD3fJ5' } },
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

interface World {
  readonly config?: object;
  readonly maxFileBytes?: number | undefined;
}

async function open({ config = {}, ...world }: World = {}): Promise<void> {
  const network = new MemoryNetwork();
  const most = 'maxFileBytes' in world ? world.maxFileBytes : 1_000_000;
  Object.assign(network.channel, most === undefined ? {} : { maxFileBytes: most });
  harness = await openHarness({
    config: { ...CONFIG, ...config },
    tools: [...sessionTools, tool('read', async () => ({ text: 'x' }))],
    network,
  });
  write('report.txt', REPORT);
  await network.started;
}

function write(name: string, text: string | Uint8Array): void {
  const workspace = join(harness.folder, 'workspace');
  mkdirSync(workspace, { recursive: true });
  writeFileSync(join(workspace, name), text);
}

/** What the tool tells the agent of whoever wrote `event`. */
async function send(input: object, event = direct(OWNER, 'send me the report')): Promise<string> {
  harness.model.script.push(calls({ name: 'message', input: { text: 'here', ...input } }));
  await harness.network.deliver(event);
  await until(() => harness.model.requests.length === 2, 'a result');
  return harness.model.heard[1] ?? '';
}

const files = () => harness.network.sent.flatMap(({ file }) => (file === undefined ? [] : [file]));
const kept = () =>
  harness.store.transact(async (tx) => [
    ...(await tx.find(outboxFilesTable, { limit: 10 })),
    ...(await tx.find(outboxBytesTable, { limit: 10 })),
  ]);

describe('a file for the one who asks', () => {
  test('goes out beside its words, byte for byte, under its bare name', async () => {
    await open();
    write('../workspace/photo.png', new Uint8Array([0, 255, 137, 10]));
    expect(await send({ file: './photo.png' })).toBe('The message is on its way.');
    await until(() => files().length === 1, 'the file');
    expect(harness.network.sent[0]?.text).toBe('here');
    expect(files()[0]).toMatchObject({ name: 'photo.png', mimeType: 'image/png' });
    expect([...(files()[0]?.bytes ?? [])]).toEqual([0, 255, 137, 10]);
    await until(async () => (await kept()).length === 0, 'nothing to be kept any more');
  });

  test('is written down by its hash and its size: as read, as decided, as sent', async () => {
    await open();
    await send({ file: 'report.txt' });
    await until(() => files().length === 1, 'the file');
    const digest = { fileSha256: sha256(REPORT), fileBytes: REPORT.length };
    expect(await linesOf(harness, 'effect.reply')).toMatchObject([digest]);
    expect(await linesOf(harness, 'outbox.pending')).toContainEqual(
      expect.objectContaining(digest),
    );
    const lines = await harness.gateway.services.audit.log({ limit: 1000 });
    expect(lines.map(({ entry }) => entry)).toContainEqual(
      expect.objectContaining({ broker: 'files', action: 'read', tool: 'message' }),
    );
  });

  test('follows what is too long to stand beside it', async () => {
    await open();
    await send({ file: 'report.txt', text: 'long '.repeat(300).trim() });
    await until(() => files().length === 1, 'the file');
    expect(
      harness.network.sent.slice(0, 2).map(({ file, text }) => [text.length, file?.name]),
    ).toEqual([
      [1499, undefined],
      [0, 'report.txt'],
    ]);
  });

  test('outlives the end of the gateway, and goes out once', async () => {
    await open();
    harness.network.failures.push(
      new DeliveryError('retry', 'test.busy', 'Busy.', { retryAfterMs: 60_000 }),
    );
    await send({ file: 'report.txt' });
    await until(() => harness.network.failures.length === 0, 'the first try');
    // What was decided about goes out, whatever has become of the file.
    write('report.txt', 'something else entirely');
    const network = new MemoryNetwork();
    Object.assign(network.channel, { maxFileBytes: 1000 });
    await until(
      async () => (await harness.gateway.services.outbox.list({ state: 'pending' })).length > 0,
    );
    harness = await harness.restart(network);
    await until(() => files().length === 1, 'the file');
    expect(Buffer.from(files()[0]?.bytes ?? []).toString()).toBe(REPORT);
    await until(async () => (await kept()).length === 0);
  });

  test('whose kept bytes were changed is not sent', async () => {
    await open();
    harness.network.failures.push(
      new DeliveryError('retry', 'test.busy', 'Busy.', { retryAfterMs: 60_000 }),
    );
    await send({ file: 'report.txt' });
    await until(async () => (await kept()).length === 2);
    const [, row] = await kept();
    await harness.store.transact((tx) =>
      tx.put(outboxBytesTable, row?.key ?? '', { bytes: Buffer.from('forged').toString('base64') }),
    );
    const network = new MemoryNetwork();
    Object.assign(network.channel, { maxFileBytes: 1000 });
    harness = await harness.restart(network);
    await until(
      async () => (await harness.gateway.services.outbox.list({ state: 'failed' })).length === 1,
    );
    expect(files()).toEqual([]);
    const [item] = await harness.gateway.services.outbox.list({ state: 'failed' });
    expect(item?.preview).toBe(`[report.txt, ${String(REPORT.length)} bytes] here`);
    await expect(harness.gateway.services.outbox.retry(cli, item?.id ?? '')).rejects.toMatchObject({
      code: 'outbox.file_gone',
    });
  });
});

describe('what is never sent', () => {
  test.each([
    ['a key of the owner', () => '~/.ssh/id_rsa'],
    ['the config', () => join(harness.folder, 'openclaw.json')],
    ['the config by a way round', () => '../openclaw.json'],
    ['what lies anywhere on the machine', () => '/etc/passwd'],
    ['a link that leads out', () => 'link.txt'],
    ['what is not there', () => 'nothing.txt'],
  ])('%s, whoever asks for it', async (_, path) => {
    await open();
    mkdirSync(join(harness.folder, '.ssh'), { recursive: true });
    writeFileSync(join(harness.folder, '.ssh', 'id_rsa'), 'PRIVATE KEY');
    symlinkSync(
      join(harness.folder, 'openclaw.json'),
      join(harness.folder, 'workspace', 'link.txt'),
    );
    expect(await send({ file: path() })).toMatch(/\[(?:fs|files)\.[a-z_.]+\]/u);
    await until(() => harness.network.texts(OWNER).length === 1, 'the answer');
    expect(files()).toEqual([]);
    expect(await linesOf(harness, 'effect.reply')).toEqual([]);
  });

  test.each([
    ['in words', (secret: string) => secret],
    [
      'between bytes that are no text',
      (secret: string) => Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from(secret)]),
    ],
  ])('a file with a secret of the gateway in it, %s', async (_, hide) => {
    await open();
    write('notes.txt', hide(CONFIG.gateway.auth.token));
    expect(await send({ file: 'notes.txt' })).toContain('[secret.egress_blocked]');
    expect(files()).toEqual([]);
  });

  test('anything for those whose tools do not read files', async () => {
    await open({ config: { tools: { profile: 'messaging' } } });
    expect(await send({ file: 'report.txt' })).toContain('[send.file_denied]');
    expect(await linesOf(harness, 'send.file_denied')).toHaveLength(1);
    expect(files()).toEqual([]);
  });

  test('a file to somebody else, before a person agrees to exactly this one', async () => {
    await open();
    harness.model.script.push(
      calls({
        name: 'message',
        input: { text: 'here', file: 'report.txt', to: `telegram:${GUEST}` },
      }),
    );
    await harness.network.deliver(direct(OWNER, 'share the report'));
    const { approvals } = harness.gateway.services;
    await until(async () => (await approvals.pending()).length === 1, 'a question');
    const [question] = await approvals.pending();
    expect(JSON.parse(question?.subject ?? '{}')).toEqual({
      to: [`telegram:${GUEST}`],
      accountId: 'default',
      text: 'here',
      file: {
        name: 'report.txt',
        mimeType: 'text/plain',
        size: REPORT.length,
        sha256: sha256(REPORT),
      },
    });
    expect(files()).toEqual([]);
    // What was agreed to is these bytes, whatever the file has become meanwhile.
    write('report.txt', 'something else entirely');
    await approvals.resolve(cli, question?.id ?? '', 'allow-once');
    await until(() => files().length === 1, 'the file');
    expect(Buffer.from(files()[0]?.bytes ?? []).toString()).toBe(REPORT);
  });

  test.each([
    ['the network takes none', { maxFileBytes: undefined }, 'send.no_files'],
    ['it is too large for the network', { maxFileBytes: 10 }, 'files.too_large'],
    [
      'it is too large for the config',
      {
        config: {
          channels: { telegram: { ...CONFIG.channels.telegram, mediaMaxMb: 0.000_01 } },
        },
      },
      'files.too_large',
    ],
  ])('where %s', async (_, world, code) => {
    await open(world);
    expect(await send({ file: 'report.txt' })).toContain(`[${code}]`);
    expect(files()).toEqual([]);
  });
});

test('an error of a network about a file tells nothing of where it lies', async () => {
  await open();
  harness.network.failures.push(new PortcullisError('test.refused', 'Too strange.'));
  await send({ file: 'report.txt' });
  const lines = await harness.gateway.services.audit.log({ limit: 1000 });
  expect(JSON.stringify(lines)).not.toContain(harness.folder);
});
