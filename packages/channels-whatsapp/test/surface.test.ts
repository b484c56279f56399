import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as config from '../src/config.ts';
import * as root from '../src/index.ts';

// Pins: a red test here means the public surface moved. Update it on purpose, with a changeset.
test('the root exports exactly these values', () => {
  expect(Object.keys(root).toSorted()).toEqual([
    'createWhatsAppChannel',
    'default',
    'whatsappOptions',
  ]);
});

test('./config exports exactly these values', () => {
  expect(Object.keys(config).toSorted()).toEqual([
    'DEFAULT_SOCKET_URL',
    'isTestServer',
    'whatsappAuditChecks',
    'whatsappOptions',
  ]);
});

test.each(['../src/config.ts', '../src/index.ts'])('%s loads no client library', async (entry) => {
  const url = new URL(entry, import.meta.url).href;
  // Baileys itself cannot be seen from here; what it requires can.
  const script = `
    const { createRequire } = await import('node:module');
    await import(${JSON.stringify(url)});
    const { cache } = createRequire(${JSON.stringify(import.meta.url)});
    process.stdout.write(String(Object.keys(cache).filter((file) => /libsignal|protobufjs/u.test(file)).length));
  `;
  const args = ['--conditions=@portcullis/source', '--input-type=module', '--eval', script];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toBe('0');
});
