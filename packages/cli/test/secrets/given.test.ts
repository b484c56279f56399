import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { CommandSpec } from '../../src/command.ts';
import { inputOf, parseCall } from '../../src/parse/parse-argv.ts';
import { givenSecret } from '../../src/commands/secrets/given.ts';
import type { GivenSecret } from '../../src/secrets/given-secret.ts';
import { secretOptions, secretRefusal } from '../../src/table/option.ts';
import { Home } from '../call.ts';

const SPEC: CommandSpec = {
  name: 'add',
  section: 'Set up',
  summary: 'Adds.',
  options: secretOptions('token', 'the token'),
  refuses: secretRefusal('token'),
  examples: [],
  load: async () => async () => undefined,
};

async function given(argv: readonly string[], stdin = ''): Promise<GivenSecret | undefined> {
  const input = inputOf(parseCall(['add', ...argv], [SPEC]), SPEC);
  const doors = { readInput: async () => stdin };
  return await givenSecret({ input, doors: doors as never }, 'token');
}

test('a secret comes by standard input, out of a file, or stays in a variable', async () => {
  const file = join(new Home().path, 'token');
  writeFileSync(file, '123:abc\n');
  expect(await given([])).toBe(undefined);
  expect(await given(['--token-stdin'], ' 123:abc\n')).toEqual({ text: '123:abc' });
  expect(await given(['--token-file', file])).toEqual({ text: '123:abc' });
  expect(await given(['--token-env', 'TELEGRAM_BOT_TOKEN'])).toEqual({
    ref: { source: 'env', provider: 'default', id: 'TELEGRAM_BOT_TOKEN' },
    variable: 'TELEGRAM_BOT_TOKEN',
  });
});

test('a secret in the arguments is refused with the ways there are, and is not repeated', async () => {
  for (const argv of [['--token', '123:abc'], ['--token=123:abc']]) {
    const fault = await given(argv).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'usage.option_refused' });
    const said = JSON.stringify(fault) + String(fault);
    expect(said).not.toContain('123:abc');
    expect((fault as { hint: string }).hint).toContain(
      '--token-stdin, --token-file or --token-env',
    );
  }
});

test('what is no secret is refused, and is not repeated', async () => {
  const wrong = ['', ' \n', 'two words', 'two\nlines', 'naïve', 'a\u0007b', 'x'.repeat(20_000)];
  for (const text of wrong) {
    const fault = await given(['--token-stdin'], text).catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'usage.invalid_value' });
    if (text.trim() !== '') expect(JSON.stringify(fault)).not.toContain(text.trim());
  }
  await expect(given(['--token-env', '123:abc'])).rejects.toMatchObject({
    code: 'usage.invalid_value',
    message: '--token-env needs the name of a variable.',
  });
  await expect(given(['--token-file', '/nowhere'])).rejects.toMatchObject({ code: 'usage.file' });
  await expect(given(['--token-stdin', '--token-env', 'A'], 't')).rejects.toMatchObject({
    code: 'usage.invalid_value',
  });
});
