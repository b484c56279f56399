/**
 * What follows the config in force beside the rooms of a gateway: who may come in, and the log.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import {
  type LiveSecrets,
  type LoadedConfig,
  type StatePaths,
  createSecrets,
  loadConfig,
  resolvePaths,
} from '../../src/config/index.ts';
import { type GatewayLog, openLog } from '../../src/log/log.ts';
import { logSettings } from '../../src/log/settings.ts';
import { Entrance } from '../../src/standalone/entrance.ts';
import { logRoom } from '../../src/standalone/rooms.ts';

const TOKEN = 'gateway-token-of-32-characters-1';
const FRESH = 'gateway-token-of-32-characters-2';

interface Opened {
  readonly paths: StatePaths;
  readonly config: LoadedConfig;
  readonly secrets: LiveSecrets;
  readonly load: (config: object) => LoadedConfig;
}

function open(config: object): Opened {
  const home = mkdtempSync(join(tmpdir(), 'portcullis-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const env = { HOME: home };
  const paths = resolvePaths(env);
  const load = (next: object): LoadedConfig => {
    mkdirSync(dirname(paths.configPath), { recursive: true, mode: 0o700 });
    writeFileSync(paths.configPath, JSON.stringify(next), { mode: 0o600 });
    return loadConfig({ env, paths });
  };
  const loaded = load(config);
  return { paths, load, config: loaded, secrets: createSecrets(loaded, loaded.env, paths) };
}

const MACHINE = { container: false, tailnetAddress: undefined };
const gateway = (more: object): object => ({ gateway: { mode: 'local', ...more } });
const token = (text: string): object => ({ auth: { mode: 'token', token: text } });

describe('who may come in', () => {
  test('is read anew for another config, and not before it is in force', async () => {
    const { paths, load, config, secrets } = open(gateway(token(TOKEN)));
    const entrance = new Entrance(paths, secrets, MACHINE);
    const before = entrance.policyConfig(config);
    const next = load(gateway(token(FRESH)));
    const { put } = await entrance.prepare({
      before: config,
      config: next,
      secrets: secrets.of(next),
    });
    expect(entrance.policyConfig(config)).toBe(before);
    await put();
    expect(entrance.policyConfig(next)).toMatchObject(gateway(token(FRESH)));
    expect(entrance.policyConfig(next)).toBe(entrance.policyConfig(next));
  });

  test.each([
    [
      'a secret that cannot be had',
      { auth: { mode: 'token', token: { source: 'env', provider: 'default', id: 'NOT_SET' } } },
      'secret.',
    ],
    [
      'what no gateway would start with',
      { bind: 'lan', auth: { mode: 'none' } },
      'gateway.start_refused',
    ],
  ])('stays as it was for %s', async (_what, more, code) => {
    const { paths, load, config, secrets } = open(
      gateway({
        bind: 'lan',
        ...token(TOKEN),
        controlUi: { allowedOrigins: ['https://a.example'] },
      }),
    );
    const entrance = new Entrance(paths, secrets, MACHINE);
    const next = load(gateway({ controlUi: { allowedOrigins: ['https://a.example'] }, ...more }));
    await expect(
      entrance.prepare({ before: config, config: next, secrets: secrets.of(next) }),
    ).rejects.toMatchObject({ code: expect.stringContaining(code) as string });
    expect(entrance.policyConfig(config)).toMatchObject(gateway(token(TOKEN)));
  });

  test('is by a token of its own where the new one is a published placeholder', async () => {
    const { paths, load, config, secrets } = open(gateway(token(TOKEN)));
    const entrance = new Entrance(paths, secrets, MACHINE);
    const next = load(gateway(token('replace-with-long-random-token')));
    const { put } = await entrance.prepare({
      before: config,
      config: next,
      secrets: secrets.of(next),
    });
    await put();
    const own = readFileSync(join(paths.stateDir, 'gateway-token'), 'utf8').trim();
    expect(entrance.policyConfig(next)).toMatchObject(gateway(token(own)));
    expect(secrets.known().map((secret) => secret.reveal())).toContain(own);
  });
});

test('the log writes what the level in force lets through', async () => {
  const { paths, load, config, secrets } = open({ logging: { level: 'error' } });
  const path = join(paths.stateDir, 'test.log');
  writeFileSync(path, '', { mode: 0o600 });
  const log: GatewayLog = openLog({ path, settings: logSettings(config), secrets: () => [] });
  const shown: LoadedConfig[] = [];
  const room = logRoom(log, (each) => shown.push(each));
  log.info({}, 'too little');
  const next = load({ logging: { level: 'info' } });
  const { put } = await room.prepare({ before: config, config: next, secrets });
  log.info({}, 'still too little');
  await put();
  log.info({}, 'enough');
  log.close();
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['enough']);
  expect(shown).toEqual([next]);
});
