/**
 * Secrets that are stored as hashes: compared off the event loop, few at a time.
 *
 * @module
 */
import { parseStored, type StoredSecret } from '@portcullis/policy/exposure';
import { expect, test } from 'vitest';

import { storeSecret, StoredSecrets } from '../../src/credentials/stored-secret.ts';

const PASSWORD = 'correct horse battery staple';

function parse(text: string): StoredSecret {
  const stored = parseStored(text);
  if (stored === undefined) throw new Error('not a stored form');
  return stored;
}

const STORED = parse(await storeSecret(PASSWORD));

test('a stored form holds no part of the secret, and is another one every time', async () => {
  const one = await storeSecret(PASSWORD);
  expect(one).toMatch(/^scrypt:15:8:3:[\w-]{22}:[\w-]{43}$/);
  expect(await storeSecret(PASSWORD)).not.toBe(one);
});

test('the secret matches its stored form; nothing else does, the stored form least of all', async () => {
  const secrets = new StoredSecrets();
  expect(await secrets.compare(PASSWORD, STORED)).toBe('match');
  for (const wrong of [`${PASSWORD} `, '', STORED.hash, `scrypt:15:8:3:${STORED.salt}`]) {
    expect(await secrets.compare(wrong, STORED)).toBe('mismatch');
  }
});

test('a right secret is compared once, a wrong one every time', async () => {
  const secrets = new StoredSecrets();
  const took = async (offered: string): Promise<number> => {
    const started = performance.now();
    await secrets.compare(offered, STORED);
    return performance.now() - started;
  };
  const first = await took(PASSWORD);
  expect(await took(PASSWORD)).toBeLessThan(first / 10);
  await took('wrong');
  expect(await took('wrong')).toBeGreaterThan(first / 10);
  // Another stored form knows nothing of what was right for this one.
  const other = parse(await storeSecret('another password'));
  expect(await secrets.compare(PASSWORD, other)).toBe('mismatch');
});

test('P13.01: a flood of guesses is turned away unseen, and the event loop goes on', async () => {
  const secrets = new StoredSecrets();
  let slowest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    slowest = Math.max(slowest, now - last);
    last = now;
  }, 5);
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) => secrets.compare(`guess ${index}`, STORED)),
  );
  clearInterval(timer);
  expect(answers.filter((answer) => answer === 'mismatch')).toHaveLength(18);
  expect(answers.filter((answer) => answer === 'busy')).toHaveLength(182);
  expect(slowest).toBeLessThan(500);
  expect(await secrets.compare(PASSWORD, STORED)).toBe('match');
});
