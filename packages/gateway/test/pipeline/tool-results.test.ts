// What of a tool's result becomes part of the conversation: no secret, and not more than a model can
// read at once.
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Tool } from '@portcullis/core';
import { afterEach, describe, expect, test } from 'vitest';

import { type Harness, direct, openHarness, until } from './harness.ts';
import { calls, linesOf, tool } from './probe.ts';

const SESSION = 'agent:main:telegram:direct:42';
const KEY = 'sk-live-4f9a8b7c6d5e4f3a2b1c';
const CONFIG = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  tools: { profile: 'full' },
  commands: { ownerAllowFrom: ['telegram:42'] },
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42'] } },
  models: { providers: { local: { baseUrl: 'http://127.0.0.1:9/v1', apiKey: KEY } } },
};

let harness: Harness;

afterEach(async () => {
  await harness.close();
});

async function open(tools: readonly Tool[], config: object = {}): Promise<void> {
  harness = await openHarness({ config: { ...CONFIG, ...config }, tools });
}

async function say(text: string): Promise<void> {
  const before = harness.network.sent.length;
  await harness.network.deliver(direct('42', text));
  await until(() => harness.network.sent.length > before, `an answer to ${text}`);
}

const lines = (code: string) => linesOf(harness, code);

describe('a result that holds a secret of the gateway', () => {
  const spellings = [
    KEY,
    Buffer.from(KEY).toString('base64'),
    Buffer.from(KEY).toString('hex'),
    encodeURIComponent(`${KEY}`).replaceAll('-', '%2D'),
  ];

  test.each(spellings)(
    'reaches neither the model nor the transcript, and marks the session [P32.05] %#',
    async (spelling) => {
      await open([tool('show', async () => ({ text: `config: ${spelling} end` }))]);
      harness.model.script.push(calls({ name: 'show' }));
      await say('show');
      expect(harness.model.heard[1]).toBe('config: [secret] end');
      const { messages } = await harness.gateway.services.chat.history(SESSION, { limit: 10 });
      expect(JSON.stringify(messages)).not.toContain(spelling);
      expect(await lines('tool.secret_hidden')).toHaveLength(1);
      const { sessionsTable } = await import('../../src/session/sessions.ts');
      const rows = await harness.store.transact((tx) => tx.find(sessionsTable));
      expect(rows[0]?.value.flow?.P).toContain('secret');
    },
  );

  test('marks nothing where there is none', async () => {
    await open([tool('show', async () => ({ text: 'config: none' }))]);
    harness.model.script.push(calls({ name: 'show' }));
    await say('show');
    expect(await lines('tool.secret_hidden')).toEqual([]);
  });
});

const folder = (): string => join(harness.folder, 'workspace', 'tool-results');

describe('a result that is too long', () => {
  const LONG = 'line of text\n'.repeat(10_000);
  const dump = tool('dump', async () => ({ text: `${LONG}${KEY}` }));
  const files = ['read', 'write'].map((name) => tool(name, async () => ({ text: 'ok' })));

  test('is kept whole in the workspace, without secrets, under the label of its session', async () => {
    await open([dump, ...files]);
    harness.model.script.push(calls({ name: 'dump' }));
    await say('dump');
    const told = harness.model.heard[1] ?? '';
    expect(told.length).toBeLessThan(11_000);
    const [, path = ''] =
      /The whole result is in (tool-results\/\S+\.txt) \(130008 bytes\)/.exec(told) ?? [];
    expect(readFileSync(join(harness.folder, 'workspace', path), 'utf8')).toBe(`${LONG}[secret]`);
    const { fileLabelsTable } = await import('../../src/brokers/files/labels.ts');
    const rows = await harness.store.transact((tx) => tx.find(fileLabelsTable));
    const kept = rows.find(({ value }) => value.path.endsWith(path));
    expect(kept?.value.label.P).toContain('secret');
  });

  test('is cut where the session may not write', async () => {
    await open([dump, ...files], { tools: { profile: 'full', deny: ['write'] } });
    harness.model.script.push(calls({ name: 'dump' }));
    await say('dump');
    expect(harness.model.heard[1]).toMatch(/\[cut: \d+ more characters\]$/u);
    expect(harness.model.heard[1]?.length).toBeGreaterThan(100_000);
    expect(existsSync(folder())).toBe(false);
  });

  test('is cut where files are kept from a sandboxed session', async () => {
    await open([dump, ...files], {
      agents: { defaults: { sandbox: { mode: 'all', workspaceAccess: 'ro' } } },
      tools: { profile: 'full', sandbox: { tools: { alsoAllow: ['dump', 'read', 'write'] } } },
    });
    harness.model.script.push(calls({ name: 'dump' }));
    await say('dump');
    expect(harness.model.heard[1]).toMatch(/\[cut: \d+ more characters\]$/u);
    expect(existsSync(folder())).toBe(false);
  });

  test('takes the place of the oldest when there are too many', async () => {
    let size = 110_000;
    await open([tool('dump', async () => ({ text: 'x'.repeat((size += 1)) })), ...files]);
    for (let turn = 0; turn < 3; turn += 1) {
      harness.model.script.push(
        calls(...Array.from({ length: 18 }, (_, index) => ({ name: 'dump', input: { index } }))),
      );
      await say(`dump ${String(turn)}`);
      harness.clock.now += 1000;
    }
    const kept = readdirSync(folder()).toSorted();
    expect(kept).toHaveLength(50);
    const sizes = kept.map((name) => readFileSync(join(folder(), name), 'utf8').length);
    expect(Math.min(...sizes)).toBe(110_005);
    rmSync(folder(), { recursive: true });
    harness.model.script.push(calls({ name: 'dump' }));
    await say('after somebody tidied up');
    expect(readdirSync(folder())).toHaveLength(1);
  }, 20_000);
});
