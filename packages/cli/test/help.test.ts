/**
 * Help, made from the table of commands.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { COMMANDS } from '../src/index.ts';
import { call } from './call.ts';

test('a call without words lists every command', async () => {
  const { code, stdout } = await call([]);
  expect(code).toBe(0);
  for (const { name, summary } of COMMANDS) {
    expect(stdout).toMatch(new RegExp(`^  ${name} +${summary.slice(0, 20)}`, 'm'));
  }
  expect((await call(['--help'])).stdout).toBe(stdout);
  expect((await call(['help'])).stdout).toBe(stdout);
});

test('the first word of several commands explains them', async () => {
  const { stdout } = await call(['pairing', '--help']);
  expect(stdout).toBe(`Usage: openclaw pairing <command>

Commands
  pairing list [channel] [options]             Show who asks to talk to the agent, and who may.
  pairing approve <channel> [code] [options]   Let the sender behind a pairing code talk to the agent.
  pairing reject <channel> [code] [options]    Refuse a pairing request.
  pairing revoke <channel> <sender> [options]  Take back what an approval gave.

Run "openclaw help pairing <command>" for details and examples.
`);
  expect((await call(['help', 'pairing'])).stdout).toBe(stdout);
});

test('a command explains itself', async () => {
  const { stdout } = await call(['help', 'pairing', 'reject']);
  expect(stdout).toBe(`Usage: openclaw pairing reject <channel> [code] [options]

Refuse a pairing request.

Arguments
  channel  The network, such as telegram; or the code alone, where it is clear.
  code     The pairing code the sender was given.

Options
  --channel CHANNEL  The network, instead of the word.
  --account ID       Which of our accounts on that network; needed where it is not clear.
  --json             Print one JSON document, an error too.

Examples
  openclaw pairing reject telegram ABCD2345
    Send them away.
`);
  expect((await call(['pairing', 'reject', '-h'])).stdout).toBe(stdout);
});

test('help on what does not exist is an error', async () => {
  const { code, stderr } = await call(['help', 'pairng']);
  expect(code).toBe(1);
  expect(stderr).toContain('Did you mean "pairing"?');
});

describe('the table', () => {
  test('has no name twice, and every loader gives a function', async () => {
    const names = COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    const kinds = await Promise.all(COMMANDS.map(async ({ load }) => typeof (await load())));
    expect(new Set(kinds)).toEqual(new Set(['function']));
  });

  test('has optional arguments behind required ones only', () => {
    for (const { name, arguments: words = [] } of COMMANDS) {
      const first = words.findIndex(({ optional }) => optional === true);
      const late =
        first === -1 ? [] : words.slice(first).filter(({ optional }) => optional !== true);
      expect(late, name).toEqual([]);
    }
  });
});
