import { createHmac } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import {
  PRESETS,
  SKEW_MS,
  type SignatureScheme,
  claimOf,
  isSigned,
  schemeOf,
  signedDigest,
} from '../../src/hooks/signature.ts';

const NOW = 1_700_000_000_000;
const SECONDS = String(NOW / 1000);
const SECRET = 'a secret of the sender';
const BODY = Buffer.from('{"action":"opened"}');

function preset(name: string): SignatureScheme {
  const scheme = PRESETS[name];
  if (scheme === undefined) throw new Error('no such preset');
  return scheme;
}

function hex(text: string, secret = SECRET, algorithm = 'sha256'): string {
  return createHmac(algorithm, secret).update(text).digest('hex');
}

/** Whether a request with these headers is taken. */
function isTaken(
  scheme: SignatureScheme,
  headers: Readonly<Record<string, string>>,
  { body = BODY, secret = SECRET, now = NOW } = {},
): boolean {
  const claim = claimOf(scheme, (name) => headers[name], now);
  return claim !== undefined && isSigned(scheme, claim, secret, body);
}

describe('what senders publish about themselves', () => {
  test('GitHub', () => {
    const headers = {
      'x-hub-signature-256':
        'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    };
    const body = Buffer.from('Hello, World!');
    expect(isTaken(preset('github'), headers, { body, secret: "It's a Secret to Everybody" })).toBe(
      true,
    );
  });

  test('Slack', () => {
    const body = Buffer.from(
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    );
    const headers = {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    };
    const secret = '8f742231b10e8888abcd99yyyzzz85a5';
    expect(isTaken(preset('slack'), headers, { body, secret, now: 1_531_420_618_000 })).toBe(true);
  });
});

const STRIPE = hex(`${SECONDS}.${BODY.toString()}`);
const GOOD: readonly { name: string; scheme: SignatureScheme; headers: Record<string, string> }[] =
  [
    {
      name: 'github',
      scheme: preset('github'),
      headers: { 'x-hub-signature-256': `sha256=${hex(BODY.toString())}` },
    },
    {
      name: 'stripe',
      scheme: preset('stripe'),
      headers: { 'stripe-signature': `t=${SECONDS},v0=ignored,v1=${STRIPE}` },
    },
    {
      name: 'slack',
      scheme: preset('slack'),
      headers: {
        'x-slack-request-timestamp': SECONDS,
        'x-slack-signature': `v0=${hex(`v0:${SECONDS}:${BODY.toString()}`)}`,
      },
    },
    {
      name: 'base64 with a time',
      scheme: schemeOf({
        header: 'X-Sign',
        algorithm: 'sha512',
        format: 'base64',
        timestampHeader: 'X-Time',
      }) as SignatureScheme,
      headers: {
        'x-time': SECONDS,
        'x-sign': createHmac('sha512', SECRET)
          .update(`${SECONDS}.${BODY.toString()}`)
          .digest('base64'),
      },
    },
  ];

describe.each(GOOD)('$name', ({ scheme, headers }) => {
  const { header } = scheme;
  const value = headers[header] ?? '';

  test('is taken as it is signed', () => {
    expect(isTaken(scheme, headers)).toBe(true);
  });

  test('is not taken with another body, another secret or an empty one', () => {
    expect(isTaken(scheme, headers, { body: Buffer.from('{"action":"closed"}') })).toBe(false);
    expect(isTaken(scheme, headers, { secret: 'another secret' })).toBe(false);
    expect(isTaken(scheme, headers, { secret: '' })).toBe(false);
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['sent twice', `${value}, ${value}`],
    ['in capitals', value.toUpperCase()],
    ['with a blank behind', `${value} `],
    ['cut', value.slice(0, -1)],
    ['of another prefix', `sha1=${value}`],
    ['very long', value + 'a'.repeat(5000)],
  ])('P11.02 is refused when the signature is %s', (_, changed) => {
    const { [header]: _gone, ...others } = headers;
    const sent = changed === undefined ? others : { ...others, [header]: changed };
    expect(isTaken(scheme, sent as Record<string, string>)).toBe(false);
  });
});

test('P12.01 a base64 signature in another spelling is none', () => {
  const scheme = GOOD[3]?.scheme as SignatureScheme;
  const headers = GOOD[3]?.headers ?? {};
  const value = headers['x-sign'] ?? '';
  const spellings = [
    value.replaceAll('+', '-').replaceAll('/', '_'),
    value.replace(/=+$/u, ''),
    `${value}=`,
    ` ${value}`,
  ].filter((each) => each !== value);
  for (const spelling of spellings) {
    expect(isTaken(scheme, { ...headers, 'x-sign': spelling })).toBe(false);
  }
  expect(spellings.length).toBeGreaterThan(2);
});

describe('P12.05 a time', () => {
  test.each(GOOD.slice(1))(
    'of $name counts for five minutes, before and after',
    ({ scheme, headers }) => {
      expect(isTaken(scheme, headers, { now: NOW + SKEW_MS })).toBe(true);
      expect(isTaken(scheme, headers, { now: NOW - SKEW_MS })).toBe(true);
      expect(isTaken(scheme, headers, { now: NOW + SKEW_MS + 1000 })).toBe(false);
      expect(isTaken(scheme, headers, { now: NOW - SKEW_MS - 1000 })).toBe(false);
    },
  );

  test.each([
    '',
    '0',
    '-1',
    `${SECONDS}.0`,
    `0${SECONDS}`,
    '1e9',
    'NaN',
    ` ${SECONDS}`,
    `${SECONDS}, ${SECONDS}`,
  ])('that is %j is none', (time) => {
    const signed = `v0=${hex(`v0:${time}:${BODY.toString()}`)}`;
    const headers = { 'x-slack-request-timestamp': time, 'x-slack-signature': signed };
    expect(isTaken(preset('slack'), headers)).toBe(false);
  });

  test('of Stripe is named once', () => {
    const value = `t=${SECONDS},t=${SECONDS},v1=${STRIPE}`;
    expect(isTaken(preset('stripe'), { 'stripe-signature': value })).toBe(false);
    const many = `t=${SECONDS},${`v1=${STRIPE},`.repeat(5)}`.slice(0, -1);
    expect(isTaken(preset('stripe'), { 'stripe-signature': many })).toBe(false);
    const two = `t=${SECONDS},v1=${'0'.repeat(64)},v1=${STRIPE}`;
    expect(isTaken(preset('stripe'), { 'stripe-signature': two })).toBe(true);
  });
});

test.each([{}, { header: 5 }, { preset: 'nobody' }, null, 'github'])(
  'a signature configured as %j has a header that no request can have',
  (value) => {
    expect(schemeOf(value)?.header).toBe('');
    expect(schemeOf(undefined)).toBeUndefined();
  },
);

test('one delivery has one name, and another time another one', () => {
  const name = signedDigest({ signatures: ['a'], before: '' }, BODY);
  expect(signedDigest({ signatures: ['b'], before: '' }, BODY)).toBe(name);
  expect(signedDigest({ signatures: ['a'], before: '5.' }, BODY)).not.toBe(name);
  expect(signedDigest({ signatures: ['a'], before: '' }, Buffer.from('x'))).not.toBe(name);
});
