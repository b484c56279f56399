/**
 * What a finding tells people to do can be done.
 */
import { type ConfigValue, validateConfig } from '@portcullis/gateway/config';
import { expect, test } from 'vitest';

import { CHECK_IDS, audit, wordingOf } from '@portcullis/policy/audit';
import { COMMANDS } from '../../src/commands.ts';
import { findCommand } from '../../src/parse/find-command.ts';

const CALL = /openclaw ((?:[a-z]+ ?)+)([A-Za-z.<>*]*)/gu;

/** Every `openclaw ...` of the remedies, with the word behind its verbs. */
const calls = CHECK_IDS.flatMap((id) =>
  [...wordingOf(id).remedy.matchAll(CALL)].map(([all, words = '', rest = '']) => ({
    id,
    all,
    words: words.trim().split(' '),
    rest,
  })),
);

/** Whether the config has no such key. */
function isUnknown(key: string): boolean {
  const keys = key.replace('<c>', 'telegram').split('.');
  const nested = keys.reduceRight<ConfigValue>((value, each) => ({ [each]: value }), 'x');
  const { issues } = validateConfig(nested as Parameters<typeof validateConfig>[0]);
  return issues.some(({ message }) => message.startsWith('unknown key'));
}

test('every command a finding names is there', () => {
  expect(calls.length).toBeGreaterThan(30);
  for (const { id, words } of calls) {
    expect(findCommand(COMMANDS, words).kind, `${id}: openclaw ${words.join(' ')}`).toBe('command');
  }
});

test('every key a finding has people set is a key', () => {
  const set = CHECK_IDS.flatMap((id) =>
    [...wordingOf(id).remedy.matchAll(/config (?:set|unset) ([A-Za-z.]+(?:<c>)?[A-Za-z.]*)/gu)].map(
      ([, key = '']) => `${id}: ${key}`,
    ),
  );
  expect(set.length).toBeGreaterThan(30);
  expect(set.filter((each) => isUnknown(each.split(': ')[1] ?? ''))).toEqual([]);
  expect(isUnknown('gateway.bindd')).toBe(true);
});

test('each says what somebody could do, unless nothing is wrong', () => {
  const silent = CHECK_IDS.filter((id) => wordingOf(id).harm === '');
  const told = audit({}).findings.filter(({ severity }) => severity !== 'info');
  expect(silent).not.toContain('gateway.bind_no_auth');
  for (const { detail, remediation } of told) {
    expect(detail.split('. ').length).toBeGreaterThan(1);
    expect(remediation).toBeDefined();
  }
});
