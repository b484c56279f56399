import { generateKeyPairSync, randomBytes } from 'node:crypto';

import { Secret } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import { EgressGuard, HIDDEN } from '../../src/egress/guard.ts';

const TOKEN = 'sk-canary-9f8e7d6c/5b+4a_Z9y8X7';
const origin = 'models.providers.local.apiKey';

function guarding(...texts: readonly string[]): EgressGuard {
  const secrets = texts.map((text) => new Secret(text, origin));
  return new EgressGuard(() => secrets);
}

const bytes = Buffer.from(TOKEN);
const percent = [...bytes].map((byte) => `%${byte.toString(16)}`).join('');
const html = [...bytes].map((byte) => `&#${String(byte)};`).join('');
const units = [...bytes].map((byte) => `\\u00${byte.toString(16)}`).join('');

describe('P32.01 a secret is found', () => {
  test.each([
    ['plain', TOKEN],
    ['in capitals', TOKEN.toUpperCase()],
    ['in hex', bytes.toString('hex')],
    ['in hex with colons', bytes.toString('hex').replaceAll(/(..)/gu, '$1:').toUpperCase()],
    ['in base64', bytes.toString('base64')],
    ['in base64 at the second byte', Buffer.from(`x${TOKEN}y`).toString('base64')],
    ['in base64 at the third byte', Buffer.from(`xx${TOKEN}yz`).toString('base64url')],
    ['in base64 over lines', bytes.toString('base64').replaceAll(/(.{10})/gu, '$1\r\n')],
    ['percent-encoded', encodeURIComponent(TOKEN)],
    ['percent-encoded to the last byte', percent],
    ['percent-encoded three times', percent.replaceAll('%', '%2525')],
    ['behind a broken escape', `%zz%${percent}`],
    ['as bytes of a program', percent.replaceAll('%', '\\x')],
    ['as escapes of JSON', units],
    ['as entities of HTML', html],
    ['with blanks between all characters', [...TOKEN].join(' ')],
    ['with invisible characters', [...TOKEN].join('\u200B\u2060')],
    ['in wide letters', TOKEN.replaceAll(/\w/gu, wide)],
    [
      'cut up by a program',
      `"${TOKEN.slice(0, 9)}" + "${TOKEN.slice(9, 20)}" + '${TOKEN.slice(20)}'`,
    ],
    ['by half, from its middle', TOKEN.slice(8, 28)],
  ])('%s', (_name, text) => {
    const guard = guarding(TOKEN);
    expect(guard.carries([`before ${text} after`])).toBe(true);
    const shown = guard.redact(`before ${text} after`);
    expect(shown).toContain(HIDDEN);
    expect(guard.carries([shown])).toBe(false);
  });

  test('in pieces over the members of one act', () => {
    const guard = guarding(TOKEN);
    expect(guard.carries([`a=${TOKEN.slice(0, 14)}`, 'nothing', `b=${TOKEN.slice(14)}`])).toBe(
      true,
    );
  });

  test('as a private key without its frame, and as a member of a document', () => {
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const body = privateKey.replaceAll(/-----[^-]+-----|\n/gu, '');
    const document = JSON.stringify({ type: 'service_account', private_key: privateKey });
    for (const guard of [guarding(privateKey), guarding(document)]) {
      expect(guard.carries([body.slice(60, 150)])).toBe(true);
      expect(guard.carries(['-----BEGIN PRIVATE KEY----- ... -----END PRIVATE KEY-----'])).toBe(
        false,
      );
      expect(guard.carries(['{"type":"service_account"} is a document of Google'])).toBe(false);
    }
  });

  test('as the password in an address, not as the address', () => {
    const guard = new EgressGuard(() => [
      new Secret('postgres://bot:correct%2Fhorse-battery@db.example/x', 'env.vars.DATABASE_URL'),
    ]);
    expect(guard.carries(['it is correct/horse-battery'])).toBe(true);
    expect(guard.carries(['connect to postgres://bot@db.example/x'])).toBe(false);
  });

  test('when its letters are few', () => {
    const guard = guarding('!!??!!%%!!??ab');
    expect(guard.carries(['it is !!??!!%%!!??ab.'])).toBe(true);
    expect(guard.carries([encodeURIComponent('!!??!!%%!!??ab')])).toBe(true);
    expect(guard.redact('it is !!??!!%%!!??ab.')).toBe(`it is ${HIDDEN}.`);
  });

  test('as soon as it is known', () => {
    const secrets: Secret[] = [];
    const guard = new EgressGuard(() => [...secrets]);
    expect(guard.carries([TOKEN])).toBe(false);
    secrets.push(new Secret(TOKEN, origin));
    expect(guard.carries([TOKEN])).toBe(true);
  });
});

describe('what is no secret passes', () => {
  test.each([
    ['the public beginning of a key', 'It starts with sk-canary-'],
    ['another token', `sk-${randomBytes(24).toString('base64url')}`],
    ['hashes', randomBytes(4000).toString('hex')],
    ['a picture', randomBytes(40_000).toString('base64')],
  ])('%s', (_name, text) => {
    const guard = guarding(TOKEN);
    expect(guard.carries([text])).toBe(false);
    expect(guard.redact(text)).toBe(text);
  });

  test('settings that stand where secrets may stand', () => {
    const guard = new EgressGuard(() => [
      new Secret('Europe/Vienna', 'env.vars.TZ'),
      new Secret('https://api.example.com/v1', 'env.vars.API_HOST'),
      new Secret('replace-with-long-random-token', 'gateway.auth.token'),
      new Secret('short-one', 'gateway.auth.password'),
    ]);
    const texts = ['Vienna is in Europe/Vienna', 'see https://api.example.com/v1'];
    expect(guard.carries([...texts, 'replace-with-long-random-token', 'short-one'])).toBe(false);
  });

  test('a token in a variable without a telling name is a secret all the same', () => {
    const guard = new EgressGuard(() => [
      new Secret(TOKEN.replaceAll(/\W/gu, ''), 'env.vars.SENTRY'),
    ]);
    expect(guard.carries([TOKEN])).toBe(true);
  });
});

describe('P32.01 a secret in pieces over a session', () => {
  const pieces = [TOKEN.slice(0, 10), TOKEN.slice(10, 20), TOKEN.slice(20)];

  test('is stopped at the piece that makes it enough, whatever stands around it', () => {
    const guard = guarding(TOKEN);
    const sent = pieces.map((piece, index) =>
      send(guard, 's', 'a', `Part ${String(index)}: ${piece}!`),
    );
    expect(sent).toEqual([true, false, false]);
  });

  test('is stopped wherever the pieces go', () => {
    const guard = guarding(TOKEN);
    expect(pieces.map((piece, index) => send(guard, 's', String(index), piece))).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('is stopped when it goes character by character to one place', () => {
    const guard = guarding(TOKEN);
    const heard = [...TOKEN].filter((character) => send(guard, 's', 'a', character)).join('');
    expect(heard.length).toBeLessThan(TOKEN.length / 2 + 3);
  });

  test('is not mixed up with other sessions', () => {
    const guard = guarding(TOKEN);
    expect(pieces.map((piece, index) => send(guard, String(index), 'a', piece))).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('does not stop what follows', () => {
    const guard = guarding(TOKEN);
    for (const piece of pieces) send(guard, 's', 'a', piece);
    expect(send(guard, 's', 'a', 'The weather is fine, and 12345678 is a number.')).toBe(true);
    expect(send(guard, 's', 'a', pieces[0] ?? '')).toBe(true);
  });

  test('is remembered for the thousand sessions looked at last', () => {
    const guard = guarding(TOKEN);
    send(guard, 'first', 'a', pieces[0] ?? '');
    for (let index = 0; index < 999; index += 1) send(guard, String(index), 'a', 'words');
    expect(guard.completes('first', 'a', [pieces[1] ?? ''])).toBe(true);
  });
});

describe('P32.01 a secret in a text that is heard while it is made', () => {
  const text = `Here it comes: ${TOKEN}. Now you know.`;

  test.each([1, 2, 3, 5, 8, 13, 100])('is not heard in pieces of %i', (size) => {
    const heard = hear(guarding(TOKEN), text, size);
    expect(text.startsWith(heard)).toBe(true);
    expect(heard.length).toBeLessThanOrEqual('Here it comes: sk-ca'.length);
  });

  test.each([
    ['hex', bytes.toString('hex')],
    ['base64', bytes.toString('base64')],
    ['percent', percent],
  ])('is not heard in %s', (_name, spelled) => {
    for (const size of [1, 4, 7]) {
      const heard = hear(guarding(TOKEN), `Look: ${spelled} and so on`, size);
      expect(heard.length).toBeLessThanOrEqual('Look: '.length + 6);
    }
  });

  test('and what is no secret is heard whole, with little held back', () => {
    const words =
      'The quick brown fox, 100%, \\n and sk-canary- jumps over 9f8e lazy dogs. '.repeat(50);
    for (const size of [1, 3, 17]) expect(hear(guarding(TOKEN), words, size)).toBe(words);
    const live = guarding(TOKEN).live('s');
    expect(live.push('Hello there, how are you?')).toBe('Hello there, how are you?');
    expect(live.push(' sk-can')).toBe(' ');
    expect(live.push('ned')).toBe('sk-canned');
  });

  test('adds up with what left before', () => {
    const guard = guarding(TOKEN);
    guard.left('s', 'elsewhere', [TOKEN.slice(0, 12)]);
    const live = guard.live('s');
    expect(live.push(`And then ${TOKEN.slice(12, 24)} `)).toBe('');
    expect(live.stopped).toBe(true);
    expect(live.push('more')).toBe('');
    expect(live.end()).toBe('');
  });
});

test('a hundred secrets in 100 KB of text are looked for in milliseconds', () => {
  const secrets = Array.from(
    { length: 100 },
    (_, index) => new Secret(randomBytes(32).toString('hex'), `channels.x${String(index)}.token`),
  );
  const guard = new EgressGuard(() => secrets);
  const text = randomBytes(50_000).toString('hex');
  for (let round = 0; round < 5; round += 1) guard.carries([text]);
  const times = Array.from({ length: 20 }, () => {
    const start = performance.now();
    expect(guard.carries([text])).toBe(false);
    return performance.now() - start;
  });
  // About one on an idle machine; the bound only tells one pass from a hundred.
  expect(times.toSorted((a, b) => a - b)[5]).toBeLessThan(20);
});

function wide(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) + 0xfee0);
}

function send(guard: EgressGuard, session: string, target: string, text: string): boolean {
  if (guard.completes(session, target, [text])) return false;
  guard.left(session, target, [text]);
  return true;
}

function hear(guard: EgressGuard, said: string, size: number): string {
  const live = guard.live('s');
  let heard = '';
  for (let at = 0; at < said.length; at += size) heard += live.push(said.slice(at, at + size));
  return heard + live.end();
}

test('P33.01: a secret beside a long word is hidden in milliseconds', () => {
  const guard = guarding(TOKEN);
  const start = performance.now();
  expect(guard.redact(`${TOKEN} ${'a'.repeat(300_000)}`)).toMatch(/^\[secret\] a+$/u);
  expect(performance.now() - start).toBeLessThan(5000);
});
