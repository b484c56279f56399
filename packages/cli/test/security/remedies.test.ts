/**
 * What a finding tells people to do can be done.
 */
import { type ConfigValue, validateConfig } from '@portcullis/gateway/config';
import { spawnSync } from 'node:child_process';
import { lstatSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { CHECK_IDS, audit, wordingOf } from '@portcullis/policy/audit';
import { COMMANDS } from '../../src/commands.ts';
import { openOperator } from '../../src/compose/open-operator.ts';
import { findCommand } from '../../src/parse/find-command.ts';
import { inputOf, parseCall } from '../../src/parse/parse-argv.ts';
import { type CallOptions, call } from '../call.ts';
import { type Case, type Prepared, cases, prepare } from './corpus.ts';

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

interface Told {
  readonly checkId: string;
  readonly severity: string;
  readonly path?: string;
  readonly remediation?: string;
}

/** The words of a call of ours in a piece of a remedy, up to what is said about it. */
function wordsOf(piece: string): readonly string[] {
  const [, rest = ''] = piece.split('openclaw ');
  const [shown = ''] = /^(?:'[^']*'|[^,'])*/u.exec(rest) ?? [];
  return [...shown.matchAll(/'([^']*)'|([^\s']+)/gu)].map(
    ([, quoted, bare = '']) => quoted ?? bare,
  );
}

/** Ways to mend a finding, each a list of calls that belong together. */
function waysOf(remediation: string): readonly (readonly (readonly string[])[])[] {
  return remediation
    .split(', or: ')
    .map((way) =>
      way
        .split(', then: ')
        .filter((piece) => piece.includes('openclaw '))
        .map(wordsOf),
    )
    .filter((way) => way.length > 0);
}

async function findingsOf({ home, env }: Prepared): Promise<readonly Told[]> {
  const { code, stdout } = await call(['security', 'audit', '--json'], { home, env });
  return code === 0 ? (JSON.parse(stdout) as { findings: readonly Told[] }).findings : [];
}

/** What is told of a machine, whatever it is called. */
function keyOf({ checkId, severity, path }: Told, { home }: Prepared): string {
  return JSON.stringify([checkId, severity, path?.replace(home.path, '~')]);
}

/** One finding of each check and severity, with the first case that has it. */
async function everyFinding(): Promise<readonly (readonly [Told, Case, string])[]> {
  const found = new Map<string, readonly [Told, Case, string]>();
  for (const each of cases) {
    if ((each.run?.args ?? []).length > 0) continue;
    const machine = prepare(each);
    for (const told of await findingsOf(machine)) {
      const kind = `${told.severity} ${told.checkId}`;
      if (told.remediation !== undefined && !found.has(kind)) {
        found.set(kind, [told, each, keyOf(told, machine)]);
      }
    }
  }
  return [...found.values()];
}

let harvest: ReturnType<typeof everyFinding> | undefined;

/** Every finding, looked for once. */
function allFindings(): ReturnType<typeof everyFinding> {
  harvest ??= everyFinding();
  return harvest;
}

/** Runs calls on a fresh machine of a case. Resolves with what is found afterwards. */
async function mended(each: Case, way: readonly (readonly string[])[]): Promise<readonly string[]> {
  const machine = prepare(each);
  const options: CallOptions = { ...machine, doors: { openOperator }, stdin: 'f00d'.repeat(16) };
  for (const words of way) {
    const { code, stderr } = await call([...words, '--yes'], options);
    expect(code, `${each.name}: ${words.join(' ')}: ${stderr}`).toBe(0);
  }
  return (await findingsOf(machine)).map((told) => keyOf(told, machine));
}

function isChange(words: readonly string[]): boolean {
  const [group, verb] = words;
  const isWhole = !words.some((word) => word.includes('<'));
  return group === 'config' && (verb === 'set' || verb === 'unset') && isWhole;
}

async function allWays() {
  return (await allFindings()).flatMap(([told, each, key]) =>
    waysOf(told.remediation ?? '').map((way) => ({ way, each, key })),
  );
}

describe('what a finding of a real machine tells people to run', () => {
  test('is a call that is understood', async () => {
    const ways = await allWays();
    expect(ways.length).toBeGreaterThan(30);
    for (const words of ways.flatMap(({ way }) => way)) {
      const parsed = parseCall(words, COMMANDS);
      if (parsed.found.kind !== 'command') expect.unreachable(words.join(' '));
      else expect(inputOf(parsed, parsed.found.spec)).toBeDefined();
    }
  });

  test('clears it, where it changes the config', { timeout: 120_000 }, async () => {
    const changes = (await allWays()).filter(({ way }) => way.every(isChange));
    expect(changes.length).toBeGreaterThan(25);
    for (const { way, each, key } of changes) {
      expect(await mended(each, way), way.flat().join(' ')).not.toContain(key);
    }
  });

  test('clears it, where it changes a mode, and so does a fix', { timeout: 60_000 }, async () => {
    const modes = (await allFindings()).filter(
      ([{ remediation }]) => remediation?.startsWith('chmod ') === true,
    );
    expect(modes.length).toBeGreaterThan(8);
    for (const [told, each, key] of modes) {
      const machine = prepare(each);
      const found = (await findingsOf(machine)).find(({ checkId }) => checkId === told.checkId);
      const [program = '', ...args] = (found?.remediation ?? '').split(' ');
      expect(spawnSync(program, args).status).toBe(0);
      const after = await findingsOf(machine);
      expect(after.map((left) => keyOf(left, machine))).not.toContain(key);
      const fixed = await mended(each, [['security', 'audit', '--fix']]);
      // A fix follows no link: whoever made it knows what lies behind it.
      const isLink = lstatSync(found?.path ?? '').isSymbolicLink();
      expect(fixed.includes(key), key).toBe(isLink);
    }
  });
});

test('a fix clears every open room policy', async () => {
  const open = (await allFindings()).filter(([{ checkId }]) => checkId.endsWith('.groups.open'));
  expect(open.length).toBeGreaterThan(1);
  for (const [, each, key] of open) {
    expect(await mended(each, [['security', 'audit', '--fix']])).not.toContain(key);
  }
});
