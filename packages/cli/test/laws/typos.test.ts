/**
 * A slip of the finger gets the word that was meant: of a command, an option, a value.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { COMMANDS } from '../../src/index.ts';
import { GLOBAL_OPTIONS } from '../../src/parse/global-options.ts';
import { call } from '../call.ts';
import { EVERY } from './cases.ts';

/** The shortest word a slip leaves recognizable. */
const SHORTEST = 3;

const NAMES = new Set(COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]));

/** The word with two letters in the wrong order; undefined where that changes nothing. */
function slip(word: string): string | undefined {
  const letters = [...word];
  for (let at = Math.floor(letters.length / 2); at > 0; at -= 1) {
    const [left, right] = [letters[at - 1], letters[at]];
    if (left === undefined || right === undefined) continue;
    if (left === right || left === '-' || right === '-') continue;
    return [...letters.slice(0, at - 1), right, left, ...letters.slice(at + 1)].join('');
  }
  return undefined;
}

async function errorOf(argv: readonly string[]): Promise<{ code: string; hint: string }> {
  const { code, stdout } = await call([...argv, '--json']);
  expect(code, argv.join(' ')).toBe(1);
  const { error } = JSON.parse(stdout) as { error: { code: string; hint?: string } };
  return { code: error.code, hint: error.hint ?? '' };
}

describe.each(EVERY)('openclaw %s', (name, spec) => {
  const words = name.split(' ');

  test('is found behind a slip in any of its words', async () => {
    for (const [at, word] of words.entries()) {
      const slipped = word.length < SHORTEST ? undefined : slip(word);
      const argv = slipped === undefined ? [] : words.with(at, slipped);
      if (slipped === undefined || NAMES.has(argv.join(' '))) continue;
      const told = await errorOf(argv);
      expect(told.code, argv.join(' ')).toBe('usage.unknown_command');
      expect(told.hint, argv.join(' ')).toContain(`Did you mean "${word}"?`);
    }
  });

  test('says which option was meant', async () => {
    for (const option of [...(spec.options ?? []), ...GLOBAL_OPTIONS]) {
      const slipped = option.name.length < SHORTEST ? undefined : slip(option.name);
      if (slipped === undefined) continue;
      const argv = [...words, `--${slipped}`];
      const told = await errorOf(argv);
      expect(told.code, argv.join(' ')).toBe('usage.unknown_option');
      expect(told.hint, argv.join(' ')).toContain(`Did you mean "--${option.name}"?`);
    }
  });

  test('says which value was meant', async () => {
    for (const { name: option, choices = [] } of spec.options ?? []) {
      for (const choice of choices) {
        const slipped = choice.length < SHORTEST ? undefined : slip(choice);
        if (slipped === undefined || choices.includes(slipped)) continue;
        const argv = [...words, `--${option}`, slipped];
        const told = await errorOf(argv);
        expect(told.code, argv.join(' ')).toBe('usage.invalid_value');
        expect(told.hint, argv.join(' ')).toContain(`Did you mean "${choice}"?`);
      }
    }
  });
});
