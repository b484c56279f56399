/**
 * The scripts of all shells, by what stands in them, and where they are kept.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { COMMANDS } from '../../src/index.ts';
import { placesOf } from '../../src/completion/places.ts';
import { put } from '../backup/state.ts';
import { call, Home } from '../call.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

async function scriptFor(shell: string): Promise<string> {
  const { code, stdout, stderr } = await call(['completion', shell]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

test('no word that is offered means anything to a shell', () => {
  const words = placesOf(COMMANDS).flatMap((place) => [
    ...place.at.split(' '),
    ...place.words.map(({ word }) => word),
    ...place.options.flatMap(({ forms, values }) => [
      ...forms,
      ...(values?.kind === 'words' ? values.words : []),
    ]),
  ]);
  expect(words.length).toBeGreaterThan(200);
  for (const word of words) expect(word).toMatch(/^(?:[A-Za-z0-9-][A-Za-z0-9+_.-]*)?$/);
});

describe.each(SHELLS)('the script for %s', (shell) => {
  test('names every place, word and option of the table', async () => {
    const script = await scriptFor(shell);
    for (const { at, words, options } of placesOf(COMMANDS)) {
      expect(script).toContain(`'${at}'`);
      for (const { word } of words) expect(script).toContain(word);
      for (const { forms } of options) for (const form of forms) expect(script).toContain(form);
    }
  });

  test('quotes what people wrote: each quotation ends on its line', async () => {
    const lines = (await scriptFor(shell)).split('\n');
    const plain = (line: string): string =>
      shell === 'fish' ? line.replaceAll(/\\[\\']/gu, '') : line.replaceAll(String.raw`'\''`, '');
    const open = lines.filter(
      (line) => !/^\s*#/u.test(line) && (plain(line).match(/'/gu) ?? []).length % 2 === 1,
    );
    expect(open).toEqual([]);
  });

  test('opens and closes what it opens', async () => {
    const script = await scriptFor(shell);
    const count = (pattern: RegExp): number => (script.match(pattern) ?? []).length;
    if (shell === 'fish') {
      const opened = count(/^\s*(?:function|switch|if|for|while)\b/gmu);
      expect(count(/^\s*end$/gmu)).toBe(opened);
    } else {
      expect(count(/^\s*case .* in$/gmu)).toBe(count(/^\s*esac$/gmu));
      expect(count(/\bdo$/gmu)).toBe(count(/^\s*done$/gmu));
      expect(count(/^\s*if\b/gmu)).toBe(count(/^\s*fi$/gmu));
    }
  });

  test('is read by the shell itself, where there is one', async (context) => {
    const argv = shell === 'fish' ? ['--no-execute'] : ['-n'];
    const run = spawnSync(shell, argv, { input: await scriptFor(shell), encoding: 'utf8' });
    if (run.error !== undefined) return context.skip(`there is no ${shell} here`);
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
  });
});

test('without a word the shell of the user counts, and an unknown one is asked about', async () => {
  const zsh = await call(['completion'], { env: { SHELL: '/usr/bin/zsh' } });
  expect(zsh.stdout).toMatch(/^#compdef openclaw\n/);
  const json = await call(['completion', '--shell', 'fish', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, shell: 'fish' });
  const none = await call(['completion'], { env: { SHELL: '/bin/dash' } });
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('bash|zsh|fish') });
  const wrong = await call(['completion', 'bsh']);
  expect(wrong.stderr).toContain('Did you mean "bash"?');
});

describe('completion --install', () => {
  test.each([
    ['bash', '.local/share/bash-completion/completions/openclaw'],
    ['zsh', '.local/share/zsh/site-functions/_openclaw'],
    ['fish', '.config/fish/completions/openclaw.fish'],
  ])('keeps the script where %s looks, and replaces its own', async (shell, path) => {
    const home = new Home();
    const { stdout } = await call(['completion', shell, '--install'], { home });
    const full = join(home.path, path);
    expect(stdout).toContain(full);
    expect(readFileSync(full, 'utf8')).toBe(await scriptFor(shell));
    expect(statSync(full).mode & 0o077).toBe(0);
    expect(await call(['completion', shell, '--install'], { home })).toMatchObject({ code: 0 });
  });

  test('never replaces what somebody else made', async () => {
    const home = new Home();
    const path = '.config/fish/completions/openclaw.fish';
    const theirs = put(home.path, path, 'complete -c openclaw\n');
    const { code, stderr } = await call(['completion', 'fish', '--install'], { home });
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[completion.taken]'),
    });
    expect(readFileSync(theirs, 'utf8')).toBe('complete -c openclaw\n');
  });
});
