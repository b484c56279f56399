/**
 * The reference page says what the table says. `vitest run --project cli -u` writes it anew.
 *
 * @module
 */
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { referencePage } from '../src/help/reference.ts';
import { COMMANDS } from '../src/index.ts';
import { inputOf, parseCall } from '../src/parse/parse-argv.ts';

test('docs/reference/cli.md is up to date', async () => {
  const page = join(import.meta.dirname, '../../../docs/reference/cli.md');
  await expect(referencePage(COMMANDS)).toMatchFileSnapshot(page);
});

const examples = COMMANDS.flatMap((spec) =>
  spec.examples.map(({ command }) => ({ command, name: spec.name, spec })),
);

test.each(examples)('the example can be run: $command', ({ command, name, spec }) => {
  const [program, ...argv] = command.split(' ');
  expect(program).toBe('openclaw');
  const parsed = parseCall(argv, COMMANDS);
  expect(parsed.found).toMatchObject({ kind: 'command', spec: { name } });
  expect(inputOf(parsed, spec)).toBeDefined();
});

test('every command has an example', () => {
  expect(COMMANDS.filter((each) => each.examples.length === 0)).toEqual([]);
});
