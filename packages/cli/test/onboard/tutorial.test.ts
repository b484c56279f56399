/**
 * What the tutorial shows is what a run shows. `vitest run --project cli -u` writes it anew.
 *
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { main } from '../../src/main.ts';
import { Home, call } from '../call.ts';
import { KEY, Terminal } from './screen.ts';

const PAGE = join(import.meta.dirname, '../../../../docs/tutorials/onboard.md');

const SCRIPT = [
  ['Which model answers?', KEY.up.repeat(4) + KEY.enter],
  ['Which of its models?', KEY.enter],
  ['The key for Anthropic', `sk-ant-0123456789abcdef${KEY.enter}`],
  ['Which chat networks', KEY.space + KEY.enter],
  ['Telegram: the token of the bot', `123456:AAbbCCddEEffGGhh${KEY.enter}`],
  ['Your own account', `telegram:123456789${KEY.enter}`],
  ['Does the agent work in the sandbox?', KEY.enter],
  ['Who can connect to the gateway?', KEY.enter],
  ['Once it is written, ask the model', 'n'],
  ['Write this?', 'y'],
] as const;

async function guided(): Promise<string> {
  const home = new Home();
  const terminal = new Terminal();
  const { stdin, stdout } = terminal;
  const env = { HOME: home.path, NO_COLOR: '1' };
  const { signal } = new AbortController();
  const done = main(
    ['onboard'],
    { env, stdin, stdout, stderr: stdout, signal, version: '9.9.9' },
    {
      discoverLocalServers: async () => [],
      findKeychain: async () => undefined,
      probeSandbox: async () => ({ available: true }),
    },
  );
  await terminal.play(SCRIPT);
  expect(await done).toBe(0);
  return terminal.screen.text.replaceAll(home.path, '/home/ann');
}

async function alone(): Promise<string> {
  const home = new Home();
  const file = join(home.path, 'token.txt');
  writeFileSync(file, '123456:AAbbCCddEEffGGhh\n');
  const argv = ['--non-interactive', '--dry-run', '--telegram-token-file', file];
  const { code, stdout } = await call(['onboard', ...argv, '--owner', 'telegram:123456789'], {
    home,
  });
  expect(code).toBe(0);
  return stdout.replaceAll(home.path, '/home/ann');
}

/** The page with the output of a run in its place. */
function withOutput(page: string, name: string, output: string): string {
  const start =
    page.indexOf('```text\n', page.indexOf(`<!-- run: ${name} -->`)) + '```text\n'.length;
  const end = page.indexOf('```', start);
  return `${page.slice(0, start)}${output.trim()}\n${page.slice(end)}`;
}

test('the tutorial of onboard shows what it does', async () => {
  const [answers, result] = (await guided()).split('└  Done.');
  let page = readFileSync(PAGE, 'utf8');
  page = withOutput(page, 'answers', answers ?? '');
  page = withOutput(page, 'result', result ?? '');
  page = withOutput(page, 'alone', await alone());
  await expect(page).toMatchFileSnapshot(PAGE);
});
