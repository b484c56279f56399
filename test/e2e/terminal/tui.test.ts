/**
 * A conversation on a terminal with a real gateway: answers as they are written, approvals, other
 * conversations, and a gateway that goes away and comes back.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { FakeAnswer, FakeModelRequest } from '@portcullis/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { main } from '../../../packages/cli/src/main.ts';
import { FakeTerminal } from '../../../packages/cli/test/tui/terminal.ts';
import { type GatewayProcess, type World, createWorld, lastUserText } from '../world.ts';

let world: World;
let gateway: GatewayProcess | undefined;
let release: PromiseWithResolvers<void>;

/** Runs a command that a message names, waits where it is told to, else says it back. */
async function respond(request: FakeModelRequest): Promise<string | FakeAnswer> {
  const text = lastUserText(request);
  if (text.startsWith('run ')) {
    if (request.lastText !== text) return 'done';
    return { toolCalls: [{ name: 'exec', input: { command: text.replace('run ', '') } }] };
  }
  if (text === 'wait') await release.promise;
  return text === 'nasty' ? 'a\u001B[2Jb' : `You said: ${text}`;
}

beforeEach(async () => {
  release = Promise.withResolvers();
  world = await createWorld(respond, (config) => ({
    ...config,
    channels: {},
    tools: { profile: 'coding', exec: { security: 'full', ask: 'always' } },
  }));
  gateway = await world.start();
});

afterEach(async () => {
  release.resolve();
  await world.close();
});

interface Talk {
  readonly terminal: FakeTerminal;
  readonly code: Promise<number>;
  readonly stop: () => void;
  /** Types a line and presses Enter. */
  say(text: string): void;
  sees(text: string | RegExp): Promise<void>;
}

function talk(argv: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Talk {
  const terminal = new FakeTerminal(100);
  const controller = new AbortController();
  const stderr = new FakeTerminal(100);
  const shown = (): string => `${terminal.text}${stderr.text}`;
  const code = main(['tui', ...argv], {
    env: { ...world.env, NO_COLOR: '1', ...env },
    stdin: terminal.stdin,
    stdout: terminal,
    stderr,
    signal: controller.signal,
    version: '0.0.0-test',
  });
  return {
    terminal,
    code,
    stop: () => controller.abort('SIGTERM'),
    say: (text) => terminal.type(`${text}\r`),
    sees: async (text) => {
      if (typeof text === 'string') await expect.poll(shown, { timeout: 15_000 }).toContain(text);
      else await expect.poll(shown, { timeout: 15_000 }).toMatch(text);
    },
  };
}

test('says what is typed, shows the answer, and leaves with 0', async () => {
  const { terminal, code, say, sees } = talk(['--message', 'first']);
  await sees('You said: first');
  say('hello');
  await sees('You said: hello');
  say('nasty');
  await sees(String.raw`a\x1b[2Jb`);
  expect(terminal.rows.filter((row) => row === 'You said: hello')).toHaveLength(1);
  expect(terminal.rows.at(-2)).toMatch(/^agent:main:main \| ready$/);
  say('/quit');
  expect(await code).toBe(0);
  expect(terminal.isRaw).toBe(false);
  const again = talk();
  await again.sees('hello');
  expect(again.terminal.rows).toContain('  You said: hello');
  again.stop();
  expect(await again.code).toBe(0);
}, 60_000);

test('P11.01: an approval is shown whole, and given by a word that was typed below it', async () => {
  const ran = join(world.folder, 'state', 'workspace', 'ran.txt');
  const { terminal, code, say, sees } = talk();
  await sees('| ready');
  say('run touch ran.txt');
  await sees('Type yes');
  expect(terminal.text).toContain('touch ran.txt');
  expect(terminal.text).toMatch(/Asked by: +\S/);
  expect(terminal.text).toMatch(/SHA-256: +[0-9a-f]{64}/);
  // One key is no answer, and what came too early is none either.
  terminal.type('y');
  await expect.poll(() => terminal.rows.at(-1)).toBe('> y');
  terminal.type('\r');
  await sees('Not taken as an answer');
  const [, id = ''] = /Id: +(\S+)/.exec(terminal.text) ?? [];
  expect(existsSync(ran)).toBe(false);
  say(`yes ${id.slice(0, 8)}`);
  await sees(/Approval \S+ allow-once by/);
  await sees('done');
  expect(existsSync(ran)).toBe(true);
  say('/quit');
  expect(await code).toBe(0);
}, 60_000);

test('an approval is refused by no, and by nothing else that is said', async () => {
  const ran = join(world.folder, 'state', 'workspace', 'ran.txt');
  const { terminal, code, say, sees } = talk();
  await sees('| ready');
  say('run touch ran.txt');
  await sees('Type yes');
  await sees('1 waiting for your yes or no');
  say('/approvals');
  await expect.poll(() => terminal.text.split('Type yes')).toHaveLength(3);
  const [, id = ''] = /Id: +(\S+)/.exec(terminal.text) ?? [];
  say(`no ${id.slice(0, 8)}`);
  await sees(/Approval \S+ deny by/);
  await sees('done');
  expect(existsSync(ran)).toBe(false);
  say('/quit');
  expect(await code).toBe(0);
}, 60_000);

test('an answer is stopped, conversations are gone to and listed', async () => {
  const { terminal, code, say, sees } = talk();
  await sees('| ready');
  say('wait');
  await expect.poll(() => world.model.requests.length).toBe(1);
  await sees('answering, Ctrl-C stops it');
  say('/abort');
  await sees('Stopped.');
  say('/session agent:main:other');
  await sees('Now in agent:main:other.');
  say('elsewhere');
  await sees('You said: elsewhere');
  say('/sessions');
  await sees('* agent:main:other');
  expect(terminal.text).toContain('agent:main:main');
  say('/hepl');
  await sees('Did you mean /help?');
  terminal.type('\u0003');
  await sees('Ctrl-C again leaves');
  terminal.type('\u0003');
  expect(await code).toBe(0);
}, 60_000);

test('a gateway that goes away is waited for, and the conversation goes on', async () => {
  const { code, say, sees } = talk();
  await sees('| ready');
  say('before');
  await sees('You said: before');
  gateway?.child.kill('SIGKILL');
  await gateway?.ended;
  await sees('Trying again in');
  await sees('not connected');
  gateway = await world.start();
  await sees('Connected again.');
  await sees(/\| ready/);
  say('after');
  await sees('You said: after');
  say('/quit');
  expect(await code).toBe(0);
}, 90_000);

test('a dumb terminal gets text and nothing else', async () => {
  const { terminal, code, say, sees } = talk([], { TERM: 'dumb' });
  await sees('/help shows what you can do');
  say('hello');
  await sees('You said: hello');
  say('/quit');
  expect(await code).toBe(0);
  expect(terminal.written).not.toContain('\u001B');
}, 60_000);

test('without a gateway it ends and says so', async () => {
  gateway?.child.kill('SIGTERM');
  await gateway?.ended;
  const { code, sees, terminal } = talk();
  expect(await code).toBe(1);
  await sees('[gateway.not_running]');
  expect(terminal.isRaw).toBe(false);
}, 60_000);
