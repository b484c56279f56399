/** What a device that is let in cannot do with it: guess, and stay by a code of its own. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  type Bench,
  connectDevice,
  type Frame,
  makeRawDevice,
  openAuthed,
  type Raw,
  startBench,
} from '../clients.ts';
import { configText } from '../fake-services.ts';

let bench: Bench;

beforeEach(async () => {
  bench = await startBench({ durable: true });
});

afterEach(() => bench.close());

function codeOf({ answer }: { readonly answer: Frame }): unknown {
  return answer.error?.details?.['code'];
}

function tokenOf({ answer }: { readonly answer: Frame }): string {
  const auth = answer.payload?.['auth'];
  return typeof auth === 'object' && auth !== null && 'deviceToken' in auth
    ? String(auth.deviceToken)
    : '';
}

const READ = ['operator.read'];

describe('guesses at the secret of a device that is let in', () => {
  test('P13.04: count beside its own token', async () => {
    const device = makeRawDevice();
    const deviceToken = tokenOf(await connectDevice(bench, device, { scopes: READ }));
    for (let guess = 0; guess < 10; guess += 1) {
      const auth = { deviceToken, password: `guess-${String(guess)}` };
      const tried = await connectDevice(bench, device, { scopes: READ, auth });
      expect(tried.answer.ok).toBe(true);
      tried.socket.close();
    }
    const auth = { deviceToken, password: 'guess-10' };
    expect(codeOf(await connectDevice(bench, device, { scopes: READ, auth }))).toBe(
      'AUTH_RATE_LIMITED',
    );
  });

  test('P13.04: are not forgotten because its token is right in between', async () => {
    const device = makeRawDevice();
    const deviceToken = tokenOf(await connectDevice(bench, device, { scopes: READ }));
    for (let guess = 0; guess < 10; guess += 1) {
      const auth = { token: `guess-${String(guess)}` };
      const tried = await connectDevice(bench, device, { scopes: READ, auth });
      expect(codeOf(tried)).toBe('AUTH_TOKEN_MISMATCH');
      if (guess === 9) break;
      const own = await connectDevice(bench, device, { scopes: READ, auth: { deviceToken } });
      expect(own.answer.ok).toBe(true);
      own.socket.close();
    }
    const own = await connectDevice(bench, device, { scopes: READ, auth: { deviceToken } });
    expect(codeOf(own)).toBe('AUTH_RATE_LIMITED');
  });
});

describe('a setup code that a device made', () => {
  const role = 'operator';
  test.each([
    ['removed', 'device.pair.remove', {}],
    ['revoked', 'device.token.revoke', { role }],
    ['narrowed', 'device.token.rotate', { role, scopes: READ }],
  ])('P23.01: is worth nothing once the device is %s', async (_what, method, more) => {
    const device = makeRawDevice();
    const live = await connectDevice(bench, device, { scopes: ['operator.admin'] });
    const made = async (): Promise<string> => {
      const asked = { publicUrl: 'https://gate.example/' };
      const { payload } = await live.request('device.pair.setupCode', asked);
      const text = Buffer.from(String(payload?.['setupCode']), 'base64url').toString('utf8');
      return (JSON.parse(text) as { bootstrapToken: string }).bootstrapToken;
    };
    const codes = [await made(), await made()];
    const show = (bootstrapToken = '') =>
      connectDevice(bench, makeRawDevice(), { scopes: READ, auth: { bootstrapToken } });
    expect((await show(codes[0])).answer.ok).toBe(true);
    const admin = await openAuthed(bench);
    expect((await admin.request(method, { deviceId: device.id, ...more })).ok).toBe(true);
    expect(codeOf(await show(codes[1]))).toBe('AUTH_BOOTSTRAP_TOKEN_INVALID');
  });
});

async function codeMadeBy(raw: Raw): Promise<string> {
  const asked = { publicUrl: 'https://gate.example/' };
  const { payload } = await raw.request('device.pair.setupCode', asked);
  const text = Buffer.from(String(payload?.['setupCode']), 'base64url').toString('utf8');
  return (JSON.parse(text) as { bootstrapToken: string }).bootstrapToken;
}

const show = (bootstrapToken = '') =>
  connectDevice(bench, makeRawDevice(), { scopes: READ, auth: { bootstrapToken } });

const exchange = (token: string): void =>
  bench.services.configure(configText({ auth: { mode: 'token', token } }));

describe('a setup code that the shared secret made', () => {
  test('P23.01: is worth nothing once the secret is another one', async () => {
    const admin = await openAuthed(bench);
    const codes = [await codeMadeBy(admin), await codeMadeBy(admin)];
    expect((await show(codes[0])).answer.ok).toBe(true);
    exchange('another-token-of-32-characters-01');
    expect(codeOf(await show(codes[1]))).toBe('AUTH_BOOTSTRAP_TOKEN_INVALID');
  });

  test('outlives a change of the config that lets nobody else in', async () => {
    const code = await codeMadeBy(await openAuthed(bench));
    bench.services.configure(configText({ port: 18_000 }));
    expect((await show(code)).answer.ok).toBe(true);
  });

  test('of a device outlives the secret, which did not let the device in', async () => {
    const device = makeRawDevice();
    const scopes = ['operator.admin'];
    const first = await connectDevice(bench, device, { scopes });
    const deviceToken = tokenOf(first);
    const live = await connectDevice(bench, device, { scopes, auth: { deviceToken } });
    const code = await codeMadeBy(live);
    exchange('another-token-of-32-characters-01');
    expect((await show(code)).answer.ok).toBe(true);
  });
});
