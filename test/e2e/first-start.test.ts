/**
 * What a user meets first: an empty home, the baseline of the documentation, and mistakes.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { openclaw, runGateway } from './openclaw.ts';

const BASELINE = `{
  "gateway": { "mode": "local", "bind": "loopback", "auth": { "mode": "token", "token": "replace-with-long-random-token" } },
  "session": { "dmScope": "per-channel-peer" },
  "tools": { "profile": "messaging", "deny": ["group:automation", "group:runtime", "group:fs", "sessions_spawn", "sessions_send"],
             "fs": { "workspaceOnly": true }, "exec": { "security": "deny", "ask": "always" }, "elevated": { "enabled": false } },
  "channels": { "whatsapp": { "dmPolicy": "pairing", "groups": { "*": { "requireMention": true } } } }
}`;

let home: string;
let env: Record<string, string | undefined>;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'portcullis-home-'));
  env = { PATH: process.env['PATH'], HOME: home };
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const configPath = (): string => join(home, '.openclaw', 'openclaw.json');

function writeConfig(text: string): void {
  mkdirSync(join(home, '.openclaw'), { recursive: true, mode: 0o700 });
  writeFileSync(configPath(), text, { mode: 0o600 });
}

describe('with an empty home', () => {
  test('the gateway writes a private config with a fresh token and starts on it', async () => {
    const gateway = await runGateway(env);
    const text = readFileSync(configPath(), 'utf8');
    const token = /token: "([^"]{43})"/u.exec(text)?.[1] ?? 'no token';
    expect(token).toMatch(/^[\w-]{43}$/u);
    expect(statSync(configPath()).mode & 0o777).toBe(0o600);
    expect(statSync(join(home, '.openclaw')).mode & 0o777).toBe(0o700);
    expect(gateway.printed()).toContain(configPath());
    expect(gateway.printed()).not.toContain(token);
    const page = await fetch(gateway.url);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const health = await fetch(new URL('/health', gateway.url));
    expect(await health.json()).toEqual({ ok: true, status: 'live' });
    gateway.child.kill('SIGTERM');
    expect(await gateway.finished).toMatchObject({ code: 0 });
    const again = await runGateway(env);
    again.child.kill('SIGTERM');
    await again.finished;
    expect(readFileSync(configPath(), 'utf8')).toBe(text);
  });
});

describe('with the baseline of the documentation', () => {
  test('the gateway starts, warns of the placeholder, and WhatsApp waits to be linked', async () => {
    writeConfig(BASELINE);
    const gateway = await runGateway(env);
    // Remarks come over the other stream, in their own time.
    await expect.poll(() => gateway.printed()).toContain('placeholder');
    expect(await openclaw(env, 'health')).toMatchObject({ code: 0 });
    const status = async () => (await openclaw(env, 'channels', 'status')).stdout;
    await expect.poll(status, { timeout: 10_000 }).toContain('No phone has linked');
    gateway.child.kill('SIGTERM');
    expect(await gateway.finished).toMatchObject({ code: 0 });
    expect(readFileSync(configPath(), 'utf8')).toBe(BASELINE);
  });

  test('a network that is not installed is one line with the command that installs it', async () => {
    writeConfig(BASELINE.replaceAll('whatsapp', 'signal'));
    const gateway = await runGateway(env);
    const lines = () =>
      gateway
        .printed()
        .split('\n')
        .filter((line) => line.includes('npm install'));
    await expect.poll(() => lines().length).toBe(1);
    expect(lines()[0]).toContain('@portcullis/channels-signal');
    gateway.child.kill('SIGTERM');
    expect(await gateway.finished).toMatchObject({ code: 0 });
  });
});

describe('a mistake in the config', () => {
  test.each([
    ['text that is not JSON5', '{ gateway: { mode: "local" ', 'config.syntax', 'line'],
    ['an unknown key', '{ gateway: { mode: "local", bnid: "lan" } }', 'config.invalid', 'bind'],
    [
      'a value of the wrong type',
      '{ gateway: { mode: "local", port: "many" } }',
      'config.invalid',
      'gateway.port',
    ],
    [
      'an unknown value',
      '{ channels: { telegram: { dmPolicy: "Pairing" } } }',
      'config.invalid',
      'pairing',
    ],
    [
      'an exposed gateway without a secret',
      '{ gateway: { mode: "local", bind: "lan" } }',
      'gateway.start_refused',
      'auth',
    ],
    ['no mode', '{}', 'gateway.mode_not_local', 'config set gateway.mode local'],
  ])(
    'P16.04, P26.05, P31.03: %s stops the start with a sentence that helps',
    async (_name, text, code, word) => {
      writeConfig(text);
      const { code: exit, stderr } = await openclaw(env, 'gateway', 'run', '--port', '0');
      expect(exit).toBe(1);
      expect(stderr).toContain(`[${code}]`);
      expect(stderr).toContain(word);
      expect(stderr).not.toMatch(/^\s+at /mu);
      expect(readFileSync(configPath(), 'utf8')).toBe(text);
      expect(existsSync(join(home, '.openclaw', 'state', 'portcullis.sqlite'))).toBe(false);
    },
  );

  test('made by config set is refused before anything is written', async () => {
    writeConfig(BASELINE);
    const set = await openclaw(env, 'config', 'set', 'gateway.bind', 'lann');
    expect(set.code).toBe(1);
    expect(set.stderr).toContain('lan');
    expect(readFileSync(configPath(), 'utf8')).toBe(BASELINE);
  });
});
