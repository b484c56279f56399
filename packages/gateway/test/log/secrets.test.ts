import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PortcullisError, Secret } from '@portcullis/core';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { openLog } from '../../src/log/log.ts';
import { LOG_FILE } from '../../src/config/index.ts';
import { hideMatches } from '../../src/log/secret-shapes.ts';
import { logSettings } from '../../src/log/settings.ts';

const TOKEN = '1234567890:AAH-canary_9f8e7d6c5b4a3Z2y1X0w9v8';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('P32.02: an error that names an address with a bot token in it is logged without the token', () => {
  const secrets = [new Secret(TOKEN, 'channels.telegram.botToken')];
  const log = openLog({
    path: join(folder, LOG_FILE),
    settings: logSettings({ value: {} }),
    secrets: () => secrets,
  });
  const spellings = [
    TOKEN,
    encodeURIComponent(TOKEN),
    Buffer.from(TOKEN).toString('hex'),
    Buffer.from(`bot${TOKEN}`).toString('base64'),
  ];
  for (const spelling of spellings) {
    const cause = new Error(`fetch https://api.telegram.org/bot${spelling}/getMe failed`);
    log.error({ err: cause }, `channel: ${spelling}`);
    log.warn({ err: new PortcullisError('net.failed', 'It broke.', { cause }) }, 'channel: broke');
  }
  log.close();
  const text = readFileSync(join(folder, LOG_FILE), 'utf8');
  expect(text.trim().split('\n')).toHaveLength(8);
  expect(text.match(/\[secret\]/gu)?.length).toBeGreaterThanOrEqual(8);
  for (const spelling of spellings) {
    for (let at = 12; at + 12 <= spelling.length; at += 6) {
      expect(text).not.toContain(spelling.slice(at, at + 12));
    }
  }
});

test('a line that is no JSON any more is written all the same, with what the patterns hide hidden', () => {
  const { patterns } = logSettings({
    value: { logging: { redactPatterns: ['^customer-[0-9]+$'] } },
  });
  const line = hideMatches('{"msg":"customer-4711 asked, [secret]}\n', patterns);
  expect(line.endsWith('}\n')).toBe(true);
  const written = JSON.parse(line) as Record<string, unknown>;
  expect(written).toMatchObject({ level: 40, msg: 'log: a broken line' });
  expect(line).toContain('asked');
  expect(line).not.toContain('4711');
});
