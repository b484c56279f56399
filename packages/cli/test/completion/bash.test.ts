/**
 * The script for bash, run by bash.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { bashScript } from '../../src/completion/bash.ts';
import { COMMANDS } from '../../src/index.ts';
import { GATEWAY_OPTIONS, GLOBAL_OPTIONS } from '../../src/parse/global-options.ts';
import { call, Home } from '../call.ts';

const script = bashScript(COMMANDS);

/** What bash offers for the words of a call, the last of which is being typed. */
function offered(words: readonly string[], cwd = '/'): readonly string[] {
  // What a user's profile may set must not matter.
  const program = `set -u
eval "$SCRIPT"
[ "$(complete -p openclaw)" = 'complete -F _openclaw openclaw' ] || exit 9
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_openclaw
[ "\${#COMPREPLY[@]}" -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['--norc', '--noprofile', '-c', program, 'bash', 'openclaw', ...words],
    { env: { PATH: process.env['PATH'], SCRIPT: script }, encoding: 'utf8', cwd, timeout: 20_000 },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

test('the command prints the script', async () => {
  expect((await call(['completion', 'bash'])).stdout).toBe(script);
});

test('bash reads the script without a complaint', () => {
  const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});

test('at the beginning the first word of every command is offered, and nothing else', () => {
  const names = COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  const words = new Set(names.map((name) => name.split(' ')[0]));
  expect(offered(['']).toSorted()).toEqual([...words].toSorted());
});

/** Calls of two words and more, by the words before the last. */
const inner = COMMANDS.flatMap(({ name }) => {
  const words = name.split(' ');
  return words.length > 1 ? [[words.slice(0, -1), words.at(-1) ?? ''] as const] : [];
});

test.each(inner)('%j is followed by %s', (words, last) => {
  expect(offered([...words, ''])).toContain(last);
  expect(offered([...words, last.slice(0, 2)])).toContain(last);
});

test('what was begun is completed to what begins so', () => {
  expect(offered(['backup', 're'])).toEqual(['restore']);
  expect(offered(['gatew'])).toEqual(['gateway']);
  expect(offered(['approvals', 'grants', 'r'])).toEqual(['revoke']);
  expect(offered(['no-such-command-'])).toEqual([]);
});

describe('options', () => {
  test.each(COMMANDS.map((spec) => [spec.name, spec] as const))('of openclaw %s', (name, spec) => {
    const own = (spec.options ?? []).map((option) => `--${option.name}`);
    // A gateway elsewhere is none of the business of a command about this machine.
    const others = GLOBAL_OPTIONS.filter(
      (option) => spec.local !== true || !GATEWAY_OPTIONS.includes(option),
    );
    const all = new Set([...own, ...others.map((option) => `--${option.name}`)]);
    const seen = offered([...name.split(' '), '--']);
    expect(seen.toSorted()).toEqual([...all].toSorted());
  });

  test('come after words and other options too, and those of another command never', () => {
    expect(offered(['backup', 'restore', 'x.tar.gz', '--yes', '--dr'])).toEqual(['--dry-run']);
    expect(offered(['backup', 'verify', '--sc'])).toEqual([]);
  });

  test('short ones are offered', () => {
    expect(offered(['reset', '-'])).toContain('-y');
  });
});

describe('values', () => {
  test('of an option that takes certain words', () => {
    const scopes = ['config', 'config+creds+sessions', 'full'];
    expect(offered(['reset', '--scope', ''])).toEqual(scopes);
    expect(offered(['reset', '--scope', 'f'])).toEqual(['full']);
    // Bash itself takes this call apart at the "=".
    expect(offered(['reset', '--scope', '='])).toEqual(scopes);
    expect(offered(['reset', '--scope', '=', 'f'])).toEqual(['full']);
    expect(offered(['reset', '--scope', '=', 'full', '--dr'])).toEqual(['--dry-run']);
  });

  test('of an argument that takes certain words', () => {
    expect(offered(['completion', ''])).toEqual(['bash', 'zsh', 'fish']);
    expect(offered(['completion', 'bash', ''])).toEqual([]);
  });

  test('a value is never taken for a command', () => {
    expect(offered(['--profile', 'backup', ''])).toEqual(offered(['']));
    expect(offered(['--profile', ''])).toEqual([]);
    expect(offered(['--profile', 'work', 'backup', 'cr'])).toEqual(['create']);
  });

  test('files and folders, also with blanks in their names', () => {
    const { path } = new Home();
    writeFileSync(join(path, 'my backup.tar.gz'), '');
    writeFileSync(join(path, 'my other.tar.gz'), '');
    mkdirSync(join(path, 'my folder'));
    const verify = offered(['backup', 'verify', 'my'], path);
    expect(verify.toSorted()).toEqual(['my backup.tar.gz', 'my folder', 'my other.tar.gz']);
    expect(offered(['backup', 'restore', 'x', '--target', 'my'], path)).toEqual(['my folder']);
  });
});

test('help is followed by the commands there is help on', () => {
  expect(offered(['help', 'pai'])).toEqual(['pairing']);
  expect(offered(['help', 'pairing', 'app'])).toEqual(['approve']);
  expect(offered(['help', ''])).not.toContain('help');
});
