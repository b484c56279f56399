/**
 * What every row of the table promises, whatever the command does.
 *
 * @module
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { COMMANDS } from '../../src/index.ts';
import { inputOf, parseCall } from '../../src/parse/parse-argv.ts';
import { GLOBAL_OPTIONS } from '../../src/parse/global-options.ts';
import { call } from '../call.ts';
import { callAlone, EVERY, exampleCalls, judgeText, speaksJson } from './cases.ts';

describe.each(EVERY)('openclaw %s', (name, spec) => {
  const words = name.split(' ');

  test('explains itself in three ways that agree, with examples that can be run', async () => {
    const { code, stdout } = await call(['help', ...words]);
    expect(code).toBe(0);
    expect(stdout).toContain(spec.summary);
    expect((await call([...words, '--help'])).stdout).toBe(stdout);
    expect((await call([...words, '-h'])).stdout).toBe(stdout);
    expect(spec.examples.length, 'no example').toBeGreaterThan(0);
    for (const argv of exampleCalls(spec)) {
      const parsed = parseCall(argv, COMMANDS);
      expect(parsed.found, argv.join(' ')).toMatchObject({ kind: 'command', spec: { name } });
      expect(inputOf(parsed, spec)).toBeDefined();
      expect(stdout).toContain(argv.join(' '));
    }
  });

  test('is described in sentences', () => {
    const sentences = [
      spec.summary,
      ...(spec.details ?? []),
      ...(spec.options ?? []).map(({ summary }) => summary),
      ...(spec.arguments ?? []).map(({ summary }) => summary),
      ...spec.examples.map(({ does }) => does),
    ];
    // What ends with something to copy ends without a stop.
    for (const sentence of sentences) expect(sentence).toMatch(/^\S.*(?:[.)!?]|: \S.*)$/s);
    expect(spec.summary).toMatch(/\.$/);
  });

  test('takes --json, unless it is a talk with a person', async () => {
    expect(speaksJson(spec) || spec.interactive === true).toBe(true);
    if (!speaksJson(spec)) return;
    const { code, stdout } = await call([...words, '--help', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, command: { name } });
  });

  test('has options that nothing else is called', () => {
    const own = [
      ...(spec.options ?? []),
      // An address that a device or a page is given stands for the gateway's, and a command about
      // this machine asks no other gateway.
      ...GLOBAL_OPTIONS.filter(({ name: option }) =>
        spec.local === true
          ? !/^(?:url|token-file|password-file|tls-fingerprint)$/.test(option)
          : option !== 'url',
      ),
    ];
    const names = own.map((option) => option.name);
    const shorts = own.flatMap(({ short }) => (short === undefined ? [] : [short]));
    expect(new Set(names).size, names.join(' ')).toBe(names.length);
    expect(new Set(shorts).size, shorts.join(' ')).toBe(shorts.length);
    for (const option of own) expect(option.name).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
  });

  test('never takes a secret among its words, which every user of the machine can read', () => {
    const withValue = (spec.options ?? []).filter(({ type }) => type !== 'flag');
    const secrets = withValue.filter(({ name: option }) =>
      /^(?:token|password|secret|api-key|bot-token|code)$/.test(option),
    );
    expect(secrets.map((option) => option.name)).toEqual([]);
  });

  test('is helped without escape codes where nobody wants them', async () => {
    const wishes = [
      { env: { NO_COLOR: '1' }, argv: [] },
      { env: { TERM: 'dumb' }, argv: [] },
      { env: {}, argv: ['--no-color'] },
    ];
    for (const { env, argv } of wishes) {
      const asked = [...words, '--help', ...argv];
      judgeText(await callAlone(asked, { tty: true, env }), asked);
    }
  });
});

test('only the terminal writes escape codes, and only the program knows the process', () => {
  const root = join(import.meta.dirname, '../../src');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  expect(files.length).toBeGreaterThan(50);
  const found = (pattern: RegExp, allowed: RegExp): readonly string[] =>
    files.filter(
      (path) => !allowed.test(path) && pattern.test(readFileSync(join(root, path), 'utf8')),
    );
  expect(found(/\\u001b|\\x1b|\\u\{1b\}|\\033/i, /^(?:terminal\/|help\/reference)/)).toEqual([]);
  expect(found(/\bconsole\.|\bprocess\.(?:stdin|stdout|stderr)\b/, /^main\.ts$/)).toEqual([]);
});
