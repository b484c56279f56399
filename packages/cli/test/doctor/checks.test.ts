/**
 * Each check of the doctor, once where something is wrong and once where nothing is.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { COMMANDS } from '../../src/commands.ts';
import { CHECKS } from '../../src/doctor/examine.ts';
import { findCommand } from '../../src/parse/find-command.ts';
import { type Case, config, look, statuses } from './installation.ts';
import { RUNNING_CASES } from './running-cases.ts';
import { SETUP_CASES } from './setup-cases.ts';

const CASES: readonly Case[] = [...SETUP_CASES, ...RUNNING_CASES];

/** A command a remedy names, up to its options and arguments. */
const CALL = /(?<=^|: )openclaw ((?:[a-z]+ ?)+)/gu;

const told = CASES.map(([id, what, setting, expected, says = /.*/su]) => ({
  id,
  what,
  setting,
  expected,
  says,
}));

test.each(told)('$id: $what', async ({ id, setting, expected, says }) => {
  const results = await look(id, typeof setting === 'function' ? setting() : setting);
  expect(statuses(results)).toEqual(expected);
  expect(results.map((each) => each.says).join('\n')).toMatch(says);
  for (const { status, remedy } of results) {
    if (status === 'warn' || status === 'fail') expect(remedy).toMatch(/\S/);
    for (const [, words = ''] of (remedy ?? '').matchAll(CALL)) {
      expect(findCommand(COMMANDS, words.trim().split(' ')).kind, remedy).not.toBe('nothing');
    }
  }
});

/** Checks that tell how it is and have nothing to complain about. */
const TELLING = new Set(['channels.configured', 'gateway.running', 'store.migrations']);

function isBad([, , , found]: Case): boolean {
  return found.some((each) => /warn|fail/.test(each));
}

test('every check is seen with something wrong, and with nothing wrong', () => {
  for (const { id } of CHECKS) {
    const cases = CASES.filter(([of]) => of === id);
    expect(
      cases.some((each) => !isBad(each)),
      `${id}, nothing wrong`,
    ).toBe(true);
    if (!TELLING.has(id)) expect(cases.some(isBad), `${id}, something wrong`).toBe(true);
  }
  expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
});

test('the how-to lists every check', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/how-to/doctor.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z._]+)` +\| (.*?) +\|$/gmu)];
  expect(rows.map(([, id, about]) => [id, about])).toEqual(
    CHECKS.map(({ id, about }) => [id, about]),
  );
});

describe('what is said', () => {
  test('names the nearest spelling and the command for it', async () => {
    const [found] = await look('config.valid', config('{ gateway: { bindd: "lan" } }'));
    expect(found).toMatchObject({
      says: 'gateway.bindd: unknown key, did you mean "bind"?',
      remedy: 'openclaw config unset gateway.bindd, and set gateway.bind',
      path: 'gateway.bindd',
    });
  });

  test('proposes a model that was found on this machine', async () => {
    const servers = [
      { kind: 'ollama' as const, baseUrl: 'http://127.0.0.1:11434/v1', models: ['small', 'big'] },
    ];
    const [found] = await look('model.chosen', {
      doors: { discoverLocalServers: async () => servers },
    });
    expect(found).toMatchObject({
      remedy: 'openclaw models use ollama/small',
      more: ['on this machine: ollama/small', 'on this machine: ollama/big'],
    });
  });

  test('a check that breaks fails by itself and takes no other with it', async () => {
    const found = await look('model.chosen', {
      doors: { discoverLocalServers: () => Promise.reject(new TypeError('boom')) },
    });
    expect(found).toMatchObject([{ status: 'fail', says: 'This could not be looked at: boom' }]);
  });

  test('the key goes to the server of the model and nowhere else, as its format wants it', async () => {
    const seen: { url: string; headers: Headers }[] = [];
    const fetch = async (url: string | URL | Request, init?: RequestInit) => {
      seen.push({ url: String(url), headers: new Headers(init?.headers) });
      return new Response('{}');
    };
    const setting = {
      probe: true,
      env: { ANTHROPIC_API_KEY: 'k1', OPENAI_API_KEY: 'k2' },
      machine: { fetch },
      config:
        '{ agents: { defaults: { model: { primary: "anthropic/a", fallbacks: ["openai/b"] } } } }',
    };
    expect(statuses(await look('model.reachable', setting))).toEqual(['pass', 'pass']);
    expect(seen.map(({ url }) => url)).toEqual([
      'https://api.anthropic.com/v1/models',
      'https://api.openai.com/v1/models',
    ]);
    expect(seen[0]?.headers.get('x-api-key')).toBe('k1');
    expect(seen[1]?.headers.get('authorization')).toBe('Bearer k2');
  });

  test('who listens on a port is found out', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const { portUse } = await import('../../src/doctor/port-use.ts');
    const [found] = await look('gateway.port', {
      env: { OPENCLAW_GATEWAY_PORT: port },
      machine: { portUse },
    });
    expect(found?.status).toBe('fail');
    if (process.platform === 'linux') expect(found?.says).toContain(`process ${process.pid}`);
  });
});
