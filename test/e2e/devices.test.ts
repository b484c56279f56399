/**
 * Devices as a user lets them in: every way to authenticate, on a real process, with the built command
 * line and a client that holds a key of its own.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  connectDevice,
  type Frame,
  makeRawDevice,
} from '../../packages/gateway/test/server/clients.ts';
import { openclaw, openclawJson, openclawWithInput, runGateway } from './openclaw.ts';

const PASSWORD = 'correct horse battery staple';

let home: string;
let env: Record<string, string | undefined>;
let closers: (() => void)[];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'portcullis-home-'));
  env = { PATH: process.env['PATH'], HOME: home };
  closers = [];
});

afterEach(() => {
  for (const close of closers) close();
  rmSync(home, { recursive: true, force: true });
});

function writeConfig(auth: object): void {
  mkdirSync(join(home, '.openclaw'), { recursive: true, mode: 0o700 });
  const gateway = { mode: 'local', bind: 'loopback', auth };
  writeFileSync(join(home, '.openclaw', 'openclaw.json'), JSON.stringify({ gateway }), {
    mode: 0o600,
  });
}

interface Listed {
  readonly pending: readonly { readonly requestId: string }[];
  readonly paired: readonly { readonly deviceId: string; readonly approvedVia: string }[];
}

async function start(auth: object) {
  writeConfig(auth);
  const gateway = await runGateway(env);
  const bench = {
    url: gateway.url.replace('http', 'ws').replace(/\/$/u, ''),
    onClose: (work: () => void) => closers.push(work),
  };
  return {
    connect: (change: Record<string, unknown>, device = makeRawDevice()) =>
      connectDevice(bench, device, change),
    url: gateway.url,
    printed: gateway.printed,
    stop: async () => {
      gateway.child.kill('SIGTERM');
      await gateway.finished;
    },
  };
}

const codeOf = ({ answer }: { readonly answer: Frame }): unknown => answer.error?.details?.['code'];
const READ = ['operator.read'];

describe('a password that the config holds as a stored form', () => {
  test('lets in whoever knows it, and nobody who read the config', async () => {
    const hashed = await openclawWithInput(env, `${PASSWORD}\n`, 'gateway', 'hash-password');
    const stored = hashed.stdout.trim();
    const gateway = await start({ mode: 'password', password: stored });
    const by = (password: string) => gateway.connect({ auth: { password }, scopes: READ });
    expect((await by(PASSWORD)).answer.ok).toBe(true);
    expect(codeOf(await by(stored))).toBe('AUTH_PASSWORD_MISMATCH');
    expect(codeOf(await by('another password'))).toBe('AUTH_PASSWORD_MISMATCH');
    // Commands of this machine need no password to be typed.
    const { paired } = await openclawJson<Listed>(env, 'devices', 'list');
    expect(paired.map(({ approvedVia }) => approvedVia)).toEqual(['local']);
    await gateway.stop();
  });
});

describe('without authentication', () => {
  test('every device waits, and the command line of the machine approves it', async () => {
    const gateway = await start({ mode: 'none' });
    const device = makeRawDevice();
    const asks = await gateway.connect({ auth: {}, scopes: READ }, device);
    expect(codeOf(asks)).toBe('PAIRING_REQUIRED');
    const { pending } = await openclawJson<Listed>(env, 'devices', 'list');
    const [request] = pending;
    await openclawJson(env, 'devices', 'approve', request?.requestId ?? '');
    const back = await gateway.connect({ auth: {}, scopes: READ }, device);
    expect(back.answer.ok).toBe(true);
    await openclawJson(env, 'devices', 'remove', device.id);
    expect((await back.closed).code).toBe(4001);
    expect(codeOf(await gateway.connect({ auth: {}, scopes: READ }, device))).toBe(
      'PAIRING_REQUIRED',
    );
    await gateway.stop();
  });
});

describe('the owner’s address', () => {
  test('pairs one browser as the owner’s, once, and is in no log', async () => {
    const gateway = await start({ mode: 'token', token: 'k7Qm2xV9bT4wZ8pL1nR6sD3fJ5' });
    const { link } = await openclawJson<{ link: string }>(env, 'dashboard', '--no-open', '--yes');
    const secret = new URL(link).hash.replace('#bootstrapToken=', '');
    expect(new URL(link).origin).toBe(new URL(gateway.url).origin);
    const auth = { bootstrapToken: secret };
    const owner = await gateway.connect({ auth, scopes: ['operator.admin'] });
    expect(owner.answer.ok).toBe(true);
    expect(codeOf(await gateway.connect({ auth, scopes: READ }))).toBe(
      'AUTH_BOOTSTRAP_TOKEN_INVALID',
    );
    const audit = await openclaw(env, 'audit', 'log', '--json');
    expect(audit.stdout).toContain('device.setup_code_made');
    expect(audit.stdout).toContain('device.paired');
    const log = await openclaw(env, 'logs', '--json');
    for (const text of [audit.stdout, log.stdout, gateway.printed()]) {
      expect(text).not.toContain(secret);
    }
    await gateway.stop();
    const state = readFileSync(join(home, '.openclaw', 'openclaw.json'), 'utf8');
    expect(state).not.toContain(secret);
  });
});

describe('a code for a phone', () => {
  test('pairs it with what it is for', async () => {
    const gateway = await start({ mode: 'token', token: 'k7Qm2xV9bT4wZ8pL1nR6sD3fJ5' });
    const made = await openclawJson<{ setupCode: string; gatewayUrl: string }>(
      env,
      'qr',
      '--url',
      'wss://gate.example',
    );
    expect(made.gatewayUrl).toBe('wss://gate.example');
    const content = JSON.parse(Buffer.from(made.setupCode, 'base64url').toString('utf8')) as {
      bootstrapToken: string;
    };
    const phone = await gateway.connect({
      auth: { bootstrapToken: content.bootstrapToken },
      scopes: ['operator.read', 'operator.write'],
    });
    expect(phone.answer.ok).toBe(true);
    const { paired } = await openclawJson<Listed>(env, 'devices', 'list');
    expect(paired.map(({ approvedVia }) => approvedVia)).toEqual(['setup']);
    await gateway.stop();
  });
});
