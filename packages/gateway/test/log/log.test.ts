import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { offsetOf } from '../../src/log/generation.ts';
import { type GatewayLog, openLog } from '../../src/log/log.ts';
import { type LogSettings, logSettings, reaches } from '../../src/log/settings.ts';
import { tailLog } from '../../src/log/tail.ts';
import { type ConfigObject, logFile } from '../../src/config/index.ts';

let folder: string;
let path: string;
const open: GatewayLog[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-'));
  path = join(folder, 'logs', 'gateway.log');
});

afterEach(() => {
  for (const log of open.splice(0)) log.close();
  rmSync(folder, { recursive: true, force: true });
});

function settings(logging: ConfigObject = {}): LogSettings {
  return logSettings({ value: { logging } });
}

function start(logging: ConfigObject = {}, echo?: (line: string, level: number) => void) {
  const log = openLog({
    path,
    settings: settings(logging),
    secrets: () => [],
    ...(echo && { echo }),
  });
  open.push(log);
  return log;
}

function messages(file = path): readonly string[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
}

describe('a text that looks like the begin of a private key', () => {
  test.each([[{}], [{ redactPatterns: ['nothing-of-this'] }]])(
    'hides no more than itself: %j',
    (logging) => {
      const log = start(logging);
      const begin = '-----BEGIN PRIVATE KEY-----';
      log.warn({ text: `${begin} "${'a'.repeat(40)}" \\`, after: 'kept' }, 'one');
      log.warn({ text: begin }, begin);
      log.warn({ text: `${begin}\nMIIabc+/=\n` }, 'three');
      log.info({}, 'four');
      expect(messages()).toEqual(['one', '[redacted]', 'three', 'four']);
      expect(readFileSync(path, 'utf8')).toContain('"after":"kept"');
      expect(readFileSync(path, 'utf8')).not.toContain('MIIabc');
    },
  );
});

describe('the file', () => {
  test('is private, in a private folder, whatever its mode was', () => {
    mkdirSync(join(folder, 'logs'), { mode: 0o700 });
    appendFileSync(path, '', { mode: 0o644 });
    start();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is never reached through a link', () => {
    mkdirSync(join(folder, 'logs'), { mode: 0o700 });
    symlinkSync(join(folder, 'elsewhere'), path);
    expect(() => start()).toThrow(expect.objectContaining({ code: 'log.unusable' }));
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  });

  test('is not put where others may write', () => {
    mkdirSync(join(folder, 'logs'));
    chmodSync(join(folder, 'logs'), 0o777);
    expect(() => start()).toThrow(expect.objectContaining({ code: 'log.unusable' }));
    expect(existsSync(path)).toBe(false);
  });

  test('goes on in a new line after a process that died in the middle of one', () => {
    mkdirSync(join(folder, 'logs'), { mode: 0o700 });
    appendFileSync(path, '{"level":30,"msg":"to');
    start().info({}, 'hello');
    const [torn, whole] = readFileSync(path, 'utf8').trim().split('\n');
    expect(torn).toBe('{"level":30,"msg":"to');
    expect(whole).toContain('hello');
  });
});

describe('turning over', () => {
  test('keeps as many older files as asked for, and no line is lost between them', () => {
    const log = start({ maxFileBytes: 1024, maxFiles: 2 });
    for (let n = 0; n < 60; n += 1) log.info({ n }, `line ${n}`);
    expect(existsSync(`${path}.2`)).toBe(true);
    expect(existsSync(`${path}.3`)).toBe(false);
    const kept = [`${path}.2`, `${path}.1`, path]
      .flatMap((file) => messages(file))
      .filter((msg) => msg.startsWith('line'));
    expect(kept).toEqual(
      Array.from({ length: kept.length }, (_, i) => `line ${60 - kept.length + i}`),
    );
    for (const file of [path, `${path}.1`]) {
      expect(statSync(file).size).toBeLessThanOrEqual(1024);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(offsetOf(readFileSync(file, 'utf8'))).toBeGreaterThan(0);
    }
  });

  test('keeps none where none is asked for', () => {
    const log = start({ maxFileBytes: 1024, maxFiles: 0 });
    for (let n = 0; n < 60; n += 1) log.info({ n }, `line ${n}`);
    expect(existsSync(`${path}.1`)).toBe(false);
    expect(statSync(path).size).toBeLessThanOrEqual(1024);
  });

  test('does not take a reader off the track: every line is read once, in order', async () => {
    const log = start({ maxFileBytes: 2048, maxFiles: 3 });
    const read: string[] = [];
    let cursor: number | undefined;
    for (let n = 0; n < 200; n += 1) {
      log.info({ n }, `line ${n}`);
      if (n % 7 !== 0) continue;
      const page = await tailLog(path, { ...(cursor !== undefined && { cursor }) });
      expect(page.reset).toBeUndefined();
      expect(page.skippedBytes).toBeUndefined();
      cursor = page.cursor;
      read.push(...page.lines.map((line) => (JSON.parse(line) as { message: string }).message));
    }
    const seen = read.filter((msg) => msg.startsWith('line'));
    expect(seen).toEqual(Array.from({ length: 197 }, (_, n) => `line ${n}`));
  });

  test('goes on counting after a restart', async () => {
    start({ maxFileBytes: 1024 }).info({ pad: 'x'.repeat(900) }, 'first');
    const { cursor } = await tailLog(path, {});
    const again = start({ maxFileBytes: 1024 });
    again.info({ pad: 'x'.repeat(900) }, 'second');
    const page = await tailLog(path, { cursor });
    expect(page.lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual([
      'log: continues',
      'second',
    ]);
  });
});

describe('what reaches it', () => {
  test('the level is the configured one, and can be changed', () => {
    const log = start({ level: 'warn' });
    log.info({}, 'quiet');
    log.warn({}, 'heard');
    log.configure(settings({ level: 'debug' }));
    log.debug({}, 'all');
    expect(messages()).toEqual(['heard', 'all']);
  });

  test('a terminal is told of the same lines, after secrets were taken out', () => {
    const told: [string, number][] = [];
    const log = start({}, (line, level) => told.push([line, level]));
    log.error({ note: `Bearer ${'a'.repeat(20)}` }, 'failed');
    expect(told).toHaveLength(1);
    expect(told[0]?.[1]).toBe(50);
    expect(told[0]?.[0]).toBe(readFileSync(path, 'utf8'));
    expect(told[0]?.[0]).not.toContain('aaaa');
    expect(reaches(40, 'warn')).toBe(true);
    expect(reaches(30, 'warn')).toBe(false);
    expect(reaches(60, 'silent')).toBe(false);
  });
});

describe('what looks like a credential', () => {
  const CREDENTIALS = [
    `sk-proj-${'a1B2'.repeat(8)}`,
    `ghp_${'a1B2'.repeat(9)}`,
    `xoxb-${'1234567890-'.repeat(2)}abcDEF`,
    `AIza${'a1B2'.repeat(9)}`,
    `AKIA${'A1B2'.repeat(4)}`,
    `8123456789:AA${'b'.repeat(33)}`,
    `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${'c'.repeat(43)}`,
    `-----BEGIN OPENSSH PRIVATE KEY-----\n${'d'.repeat(70)}\n-----END OPENSSH PRIVATE KEY-----`,
  ];

  test.each(CREDENTIALS)('is hidden, known or not: %s', (credential) => {
    const log = start();
    log.warn({ err: new Error(`401 for ${credential}`) }, `was ${credential}.`);
    const text = readFileSync(path, 'utf8');
    expect(text).not.toContain(credential.slice(-20));
    expect(() => JSON.parse(text)).not.toThrow();
  });

  test('is hidden where its name stands before it', () => {
    const log = start();
    log.warn({ url: 'https://me:hunter22@host/x?api_key=abcdefgh12' }, 'password: swordfish1');
    const text = readFileSync(path, 'utf8');
    for (const secret of ['hunter22', 'abcdefgh12', 'swordfish1']) {
      expect(text).not.toContain(secret);
    }
    expect(text).toContain('https://me:[redacted]@host/x?api_key=[redacted]');
  });

  test('leaves ordinary lines as they are', () => {
    const log = start();
    const fields = { sessionKey: 'agent:main:main', tokens: 1234, code: 'gateway.auth.missing' };
    log.info(fields, 'gateway: a token was missing; secret: none');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      ...fields,
      msg: 'gateway: a token was missing; secret: none',
    });
  });

  test('takes the time of its length, whatever the length', () => {
    const log = start();
    const hostile = ['-----BEGIN '.repeat(20_000), 'token="'.repeat(30_000), 'a:'.repeat(100_000)];
    const begun = performance.now();
    for (const text of hostile) log.warn({ text }, 'hostile');
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test('is what the operator says it is, too', () => {
    const log = start({ redactPatterns: ['^ACME-[0-9]+$', 'red .* alert', '(a)\\1'] });
    log.warn({ id: 'ACME-12345', note: 'the red x alert came', n: 12_345 }, 'for ACME-777 only');
    const line: unknown = JSON.parse(readFileSync(path, 'utf8'));
    expect(line).toMatchObject({
      id: '[redacted]',
      note: '[redacted]',
      n: 12_345,
      msg: 'for [redacted] only',
    });
  });
});

test('the file is the configured one: absolute, below the home or below the state directory', () => {
  const paths = { home: '/h', stateDir: '/s', logsDir: '/s/logs' };
  const at = (file?: string) =>
    logFile({ value: file === undefined ? {} : { logging: { file } } }, paths as never);
  expect(at()).toBe('/s/logs/gateway.log');
  expect(at('/var/log/x.log')).toBe('/var/log/x.log');
  expect(at('~/x.log')).toBe('/h/x.log');
  expect(at('other/x.log')).toBe('/s/other/x.log');
});
