import { chmodSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  type Environment,
  type Secrets,
  createSecrets,
  parseSecretRef,
} from '@portcullis/gateway/config';
import { type TemporaryHome, temporaryHome, thrown } from './temporary-home.ts';

function secretsOf(home: TemporaryHome, config: object, env: Environment = {}): Secrets {
  const loaded = home.load(config, env);
  return createSecrets(loaded, loaded.env, home.paths, {
    readStore: (id) => (id === 'bot/main' ? 'from the store' : undefined),
  });
}

/** The text of the token of a gateway config. */
function token(
  value: unknown,
  providers: object = {},
  env: Environment = {},
  home: TemporaryHome = temporaryHome(),
): string | undefined {
  const config = { gateway: { auth: { token: value } }, secrets: { providers } };
  return secretsOf(home, config, env).resolve('gateway.auth.token', 'FALLBACK')?.reveal();
}

describe('what stands in the config', () => {
  test('a literal, a variable, and the fallback when there is neither', () => {
    expect(token('literal')).toBe('literal');
    expect(token('${A}', {}, { A: 'from env', FALLBACK: 'no' })).toBe('from env');
    expect(token('${A}', {}, { FALLBACK: 'fallback' })).toBe('fallback');
    expect(token('', {}, { FALLBACK: 'fallback' })).toBe('fallback');
    expect(token('${A}')).toBe(undefined);
    expect(token('')).toBe(undefined);
    expect(secretsOf(temporaryHome(), {}).resolve('gateway.auth.token')).toBe(undefined);
  });

  test('an empty variable is no fallback', () => {
    const home = temporaryHome();
    const secrets = createSecrets(home.load({}), { EMPTY: '', FULL: 'x' }, home.paths);
    expect(secrets.resolve('gateway.auth.token', 'EMPTY')).toBe(undefined);
    expect(secrets.resolve('gateway.auth.token', 'FULL')?.reveal()).toBe('x');
    expect(secrets.resolve('gateway.auth.token', 'constructor')).toBe(undefined);
  });

  test('something else is an error, not "not configured"', () => {
    expect(thrown(() => token(12_345, {}, { FALLBACK: 'x' })).code).toBe('secret.invalid');
    expect(thrown(() => token({ source: 'env' })).code).toBe('secret.invalid');
    expect(thrown(() => token(['x'])).code).toBe('secret.invalid');
  });

  test('a secret never shows itself', () => {
    const secret = secretsOf(temporaryHome(), {
      gateway: { auth: { token: 'topsecret' } },
    }).resolve('gateway.auth.token');
    expect([String(secret), JSON.stringify({ secret }), inspect(secret)].join()).not.toContain(
      'topsecret',
    );
    expect(secret?.origin).toBe('gateway.auth.token');
  });
});

describe('references', () => {
  test.each([
    [
      { source: 'env', provider: 'default', id: 'A' },
      { source: 'env', provider: 'default', id: 'A' },
    ],
    [
      { source: 'env', id: 'A_1' },
      { source: 'env', provider: 'default', id: 'A_1' },
    ],
    [
      { source: 'file', provider: 'f-1', id: '/a/b~1c' },
      { source: 'file', provider: 'f-1', id: '/a/b~1c' },
    ],
    [
      { source: 'exec', provider: 'op', id: 'vault/x#y' },
      { source: 'exec', provider: 'op', id: 'vault/x#y' },
    ],
    [{ source: 'env', id: 'a' }, undefined],
    [{ source: 'file', id: 'a/b' }, undefined],
    [{ source: 'file', id: '/a~2' }, undefined],
    [{ source: 'exec', id: 'a/../b' }, undefined],
    [{ source: 'exec', id: './a' }, undefined],
    [{ source: 'exec', id: '-rf' }, undefined],
    [{ source: 'constructor', id: 'A' }, undefined],
    [{ source: 'env', provider: 'Bad', id: 'A' }, undefined],
    [{ source: 'env', id: 'A', extra: 1 }, undefined],
    ['env:A', undefined],
    [null, undefined],
  ])('%j', (value, expected) => {
    expect(parseSecretRef(value)).toEqual(expected);
  });

  test('a variable, restricted by its provider', () => {
    const ref = { source: 'env', provider: 'mine', id: 'A' };
    const env = { A: 'text' };
    expect(token({ source: 'env', id: 'A' }, {}, env)).toBe('text');
    expect(token(ref, { mine: { source: 'env' } }, env)).toBe('text');
    expect(thrown(() => token(ref, { mine: { source: 'env', allowlist: ['B'] } }, env)).code).toBe(
      'secret.unresolved',
    );
    expect(thrown(() => token(ref, {}, env)).message).toContain('no such provider');
    expect(
      thrown(() => token(ref, { mine: { source: 'file', path: '/x' } }, env)).message,
    ).toContain('another source');
    expect(thrown(() => token({ source: 'env', id: 'B' }, {}, { FALLBACK: 'never' })).code).toBe(
      'secret.unresolved',
    );
  });

  test('a file of JSON, or of one value', () => {
    const home = temporaryHome();
    const path = home.write('keys.json', '{ "a": { "b/c": "deep" }, "list": ["x", "y"], "n": 1 }');
    const one = home.write('one.txt', '  single \n');
    const providers = {
      j: { source: 'file', path },
      s: { source: 'file', path: one, mode: 'singleValue' },
    };
    const get = (provider: string, id: string): string | undefined =>
      token({ source: 'file', provider, id }, providers, {}, home);
    expect(get('j', '/a/b~1c')).toBe('deep');
    expect(get('j', '/list/1')).toBe('y');
    expect(get('s', 'value')).toBe('single');
    expect(thrown(() => get('j', '/n')).message).toContain('no string stands at that id');
    expect(thrown(() => get('j', '/__proto__/toString')).message).toContain(
      'no string stands at that id',
    );
    chmodSync(path, 0o666);
    expect(thrown(() => get('j', '/a/b~1c')).message).toContain('other users may write the file');
    home.write('keys.json', 'deep but broken');
    chmodSync(path, 0o600);
    expect(thrown(() => get('j', '/a')).message).not.toContain('deep');
  });

  test('the store of the gateway', () => {
    expect(token({ source: 'store', id: 'bot/main' })).toBe('from the store');
    expect(thrown(() => token({ source: 'store', id: 'other' })).code).toBe('secret.unresolved');
  });
});

/** A provider that runs a script of ours. */
function command(home: TemporaryHome, body: string, options: object = {}): object {
  const path = home.write('provider.sh', `#!/bin/sh\n${body}\n`, 0o700);
  return { op: { source: 'exec', command: path, ...options } };
}

describe('commands', () => {
  const ref = { source: 'exec', provider: 'op', id: 'vault/key' };

  test('is asked on its input and answers with values by id', () => {
    const home = temporaryHome();
    const log = join(home.paths.home, 'asked');
    const body = `cat > ${log}; echo '{"protocolVersion":1,"values":{"vault/key":"got it"}}'`;
    expect(
      token(ref, command(home, body, { passEnv: ['PATH'] }), { PATH: '/usr/bin:/bin' }, home),
    ).toBe('got it');
    expect(JSON.parse(readFileSync(log, 'utf8'))).toEqual({
      protocolVersion: 1,
      provider: 'op',
      ids: ['vault/key'],
    });
  });

  test('gets exactly its arguments and its variables, without a shell', () => {
    const home = temporaryHome();
    const options = {
      jsonOnly: false,
      args: ['$HOME; id', '*'],
      env: { OWN: 'own' },
      passEnv: ['GIVEN'],
    };
    const providers = command(
      home,
      'printf "%s|%s|%s|%s|%s|%s\\n" "$#" "$1" "$2" "$OWN" "$GIVEN" "$HIDDEN"',
      options,
    );
    expect(token(ref, providers, { GIVEN: 'given', HIDDEN: 'hidden' }, home)).toBe(
      '2|$HOME; id|*|own|given|',
    );
  });

  test.each([
    ['exit 3', {}, 'the command failed'],
    ['echo plain-s3cret', {}, 'the answer is not JSON'],
    [`echo '{"values":{"other":"s3cret"}}'`, {}, 'the answer lacks that id'],
    ['while :; do :; done', { timeoutMs: 200 }, 'the command took too long'],
    [
      'i=0; while [ $i -lt 2000 ]; do echo s3crets3cret; i=$((i+1)); done',
      { maxOutputBytes: 1000 },
      'the command wrote too much',
    ],
    ['echo s3cret >&2; exit 1', {}, 'the command failed'],
    ['echo', { jsonOnly: false }, 'it is empty'],
  ])('%j is an error without its output', (body, options, reason) => {
    const home = temporaryHome();
    const error = thrown(() => token(ref, command(home, body, options), {}, home));
    expect([error.code, error.message.includes(reason)]).toEqual(['secret.unresolved', true]);
    expect(JSON.stringify([error.message, error.details])).not.toContain('s3cret');
  });

  test('only a file nobody else can replace is run', () => {
    const home = temporaryHome();
    const providers = command(home, 'echo hi', { jsonOnly: false });
    const link = join(home.paths.stateDir, 'link.sh');
    symlinkSync('provider.sh', link);
    const run = (path: string, options: object = {}): string | undefined =>
      token(ref, { op: { source: 'exec', command: path, jsonOnly: false, ...options } }, {}, home);
    expect(token(ref, providers, {}, home)).toBe('hi');
    expect(thrown(() => run(link)).message).toContain('no regular file');
    expect(run(link, { allowSymlinkCommand: true })).toBe('hi');
    expect(thrown(() => run('sh')).message).toContain('no absolute path');
    expect(thrown(() => run('/nowhere/x')).message).toContain('does not exist');
    chmodSync(join(home.paths.stateDir, 'provider.sh'), 0o777);
    expect(thrown(() => token(ref, providers, {}, home)).message).toContain(
      'other users may write',
    );
    expect(thrown(() => run(link, { allowSymlinkCommand: true })).message).toContain(
      'other users may write',
    );
  });

  test('runs once, and not before it is asked for', () => {
    const home = temporaryHome();
    const log = join(home.paths.home, 'runs');
    const providers = command(home, `echo x >> ${log}; echo value`, { jsonOnly: false });
    const secrets = secretsOf(home, { gateway: { auth: { token: ref } }, secrets: { providers } });
    expect(secrets.known()).toEqual([]);
    expect(thrown(() => readFileSync(log)).code).toBe('ENOENT');
    secrets.resolve('gateway.auth.token');
    secrets.resolve('gateway.auth.token');
    expect(readFileSync(log, 'utf8')).toBe('x\n');
  });
});

describe('token files', () => {
  test('stand in for the token, for the channel and for an account', () => {
    const home = temporaryHome();
    const tokenFile = home.write('bot.token', ' 123:abc \n');
    const secrets = secretsOf(home, {
      channels: { telegram: { tokenFile, accounts: { w: { tokenFile } } } },
    });
    expect(secrets.resolve('channels.telegram.botToken')?.reveal()).toBe('123:abc');
    expect(secrets.resolve('channels.telegram.accounts.w.botToken')?.reveal()).toBe('123:abc');
    expect(secrets.resolve('channels.telegram.accounts.none.botToken')).toBe(undefined);
  });

  test('that say something else are believed at once, and both secrets are kept out of logs', () => {
    const home = temporaryHome();
    const tokenFile = home.write('bot.token', 'first-token');
    const secrets = secretsOf(home, { channels: { telegram: { tokenFile } } });
    const get = (): unknown => secrets.resolve('channels.telegram.botToken')?.reveal();
    expect(get()).toBe('first-token');
    home.write('bot.token', 'second-token');
    expect([get(), get()]).toEqual(['second-token', 'second-token']);
    expect(secrets.known().map((secret) => secret.reveal())).toEqual(
      expect.arrayContaining(['first-token', 'second-token']),
    );
  });

  test('a missing, empty, linked or foreign-writable one is an error, fallback or not', () => {
    const home = temporaryHome();
    const get = (tokenFile: string): unknown =>
      secretsOf(home, { channels: { telegram: { tokenFile } } }, { T: 'x' }).resolve(
        'channels.telegram.botToken',
        'T',
      );
    home.write('real', 'x');
    symlinkSync('real', join(home.paths.stateDir, 'link'));
    chmodSync(home.write('open', 'x'), 0o622);
    const at = (name: string): string => join(home.paths.stateDir, name);
    expect(thrown(() => get(at('none'))).message).toContain('does not exist');
    expect(thrown(() => get(home.write('empty', '\n'))).message).toContain('the file is empty');
    expect(thrown(() => get(at('link'))).message).toContain('symbolic link');
    expect(thrown(() => get(at('open'))).message).toContain('other users may write');
    expect(thrown(() => get('${NOPE}/x')).message).toContain('the path is not usable');
  });
});

test('known secrets are the literals and what was resolved', () => {
  const secrets = secretsOf(
    temporaryHome(),
    {
      gateway: { auth: { token: 'literal-token', password: '${NOPE}' } },
      models: {
        providers: {
          x: {
            baseUrl: 'https://x',
            apiKey: { source: 'env', id: 'KEY' },
            headers: { 'x-a': 'header-value' },
          },
        },
      },
      env: { vars: { SHORT: 'abc', LONG: 'long-value' } },
      channels: { telegram: { accounts: { w: { botToken: 'bot-token-w' } } } },
    },
    { KEY: 'resolved-key' },
  );
  const texts = (): readonly string[] => secrets.known().map((secret) => secret.reveal());
  expect(texts()).toEqual(['literal-token', 'header-value', 'long-value', 'bot-token-w']);
  secrets.resolve('models.providers.x.apiKey');
  expect(texts()).toContain('resolved-key');
});
