import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { PortcullisError } from '@portcullis/core';
import { createSecrets, loadConfig, resolvePaths } from '@portcullis/gateway/config';
import { expect, test } from 'vitest';

import type { Doors, Invocation } from '../../src/command.ts';
import { type SecretChange, changeWithSecrets } from '../../src/commands/secrets/change.ts';
import { Output } from '../../src/terminal/output.ts';
import { FakeOperator, Home } from '../call.ts';

interface Scene {
  readonly home?: Home;
  readonly flags?: readonly string[];
  readonly doors?: Partial<Doors>;
}

function notRunning(): Promise<never> {
  return Promise.reject(new PortcullisError('gateway.not_running', 'None.', { hint: 'Start it.' }));
}

function invocationOf({ home = new Home(), flags = [], doors = {} }: Scene): Invocation {
  const silent = { write: () => true };
  const env = { HOME: home.path };
  return {
    context: {
      env,
      paths: resolvePaths(env),
      stdin: Readable.from([]),
      stdout: silent,
      stderr: silent,
      signal: new AbortController().signal,
      version: '9.9.9',
    },
    input: {
      argument: () => '',
      given: () => undefined,
      all: () => [],
      flag: (name) => flags.includes(name),
      text: () => undefined,
      count: () => undefined,
    },
    out: new Output({ stdout: silent, stderr: silent, env, color: false }),
    json: false,
    doors: {
      openOperator: notRunning,
      findKeychain: async () => undefined,
      confirm: async () => false,
      ...doors,
    } as Doors,
    commands: [],
  };
}

const CHANGE: SecretChange = {
  edits: [],
  secrets: [{ path: 'hooks.token', secret: { text: 'hook-token-0123456789abcdef' } }],
};

function fileOf(home: Home): string {
  return join(home.path, '.openclaw', 'credentials', 'secrets.json');
}

/** Answers as a gateway that takes every document and makes no change of it. */
function gateway(
  opens: readonly { key: string; what: string }[] = [],
  others: Readonly<Record<string, unknown>> = {},
): FakeOperator {
  return new FakeOperator({
    'config.get': { raw: '{}', hash: 'h' },
    'config.preview': {
      opens,
      closes: [],
      changedPaths: [],
      warnings: [],
      lost: [],
      changes: false,
    },
    'secrets.reload': { failed: [] },
    ...others,
  });
}

test('a secret and the key that names it come to be together, with nobody asked', async () => {
  const home = new Home().write('{ gateway: { mode: "local" } }');
  const { change, places } = await changeWithSecrets(
    invocationOf({ home, flags: ['yes'], doors: localOperator() }),
    CHANGE,
  );
  expect(change.changed).toBe(true);
  expect(places).toEqual([{ path: 'hooks.token', place: fileOf(home) }]);
  expect(home.read()).not.toContain('hook-token');
  const env = { HOME: home.path };
  const config = loadConfig({ env, paths: resolvePaths(env) });
  const secrets = createSecrets(config, config.env, resolvePaths(env));
  expect(secrets.resolve('hooks.token')?.reveal()).toBe('hook-token-0123456789abcdef');
});

test('a change that is declined leaves no secret behind', async () => {
  const home = new Home().write('{}');
  const opening: SecretChange = { ...CHANGE, edits: [{ path: 'hooks.enabled', value: true }] };
  const doors = gateway([{ key: 'hooks.enabled', what: 'opens' }]).doors;
  const done = changeWithSecrets(invocationOf({ home, doors }), opening);
  await expect(done).rejects.toMatchObject({ code: 'usage.declined' });
  expect(readFileSync(fileOf(home), 'utf8')).toBe('{}\n');
  expect(home.read()).toBe('{}');
});

test('a rehearsal keeps nothing', async () => {
  const home = new Home().write('{}');
  const { doors } = gateway();
  await changeWithSecrets(invocationOf({ home, flags: ['dry-run'], doors }), CHANGE);
  expect(existsSync(fileOf(home))).toBe(false);
});

test('a running gateway reads a secret anew that was replaced, and only then', async () => {
  const home = new Home().write('{}');
  const first = gateway();
  await changeWithSecrets(invocationOf({ home, doors: first.doors }), CHANGE);
  expect(first.asked.map(([method]) => method)).not.toContain('secrets.reload');
  const second = gateway();
  await changeWithSecrets(invocationOf({ home, doors: second.doors }), CHANGE);
  expect(second.asked.at(-1)?.[0]).toBe('secrets.reload');
});

test('a secret the config names stays when a gateway fails to read it', async () => {
  const home = new Home().write('{}');
  await changeWithSecrets(invocationOf({ home, doors: gateway().doors }), CHANGE);
  const { doors } = gateway([], { 'secrets.reload': undefined });
  const next = 'another-token-0123456789abcdef';
  const secrets = [{ path: 'hooks.token', secret: { text: next } }];
  const done = changeWithSecrets(invocationOf({ home, doors }), { edits: [], secrets });
  await expect(done).rejects.toMatchObject({ code: 'gateway.refused' });
  expect(readFileSync(fileOf(home), 'utf8')).toContain(next);
});

test('a secret in a variable is named, and not kept', async () => {
  const home = new Home().write('{}');
  const ref = { source: 'env', provider: 'default', id: 'HOOK_TOKEN' };
  const operator = gateway();
  const { places } = await changeWithSecrets(invocationOf({ home, doors: operator.doors }), {
    edits: [],
    secrets: [{ path: 'hooks.token', secret: { ref, variable: 'HOOK_TOKEN' } }],
  });
  expect(places).toEqual([{ path: 'hooks.token', place: 'the variable HOOK_TOKEN' }]);
  expect(existsSync(fileOf(home))).toBe(false);
  const [, preview] = operator.asked.find(([method]) => method === 'config.preview') ?? [];
  expect((preview as { raw: string }).raw).toContain('"HOOK_TOKEN"');
});

/** The operator that a command opens itself where no gateway runs. */
function localOperator(): Partial<Doors> {
  return {
    openOperator: async (context) =>
      (await import('../../src/compose/open-operator.ts')).openOperator(context),
  };
}
