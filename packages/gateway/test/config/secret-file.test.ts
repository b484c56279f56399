import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  SECRET_FILE,
  createSecrets,
  replaceSecret,
  secretPointer,
} from '@portcullis/gateway/config';
import { type TemporaryHome, temporaryHome, thrown } from './temporary-home.ts';

function fileOf({ paths }: TemporaryHome): string {
  return join(paths.credentialsDir, SECRET_FILE);
}

test('what is put into the file is found through a reference, whatever it is called', () => {
  const home = temporaryHome();
  const file = fileOf(home);
  for (const name of ['gateway.auth.token', 'models.providers["a/b~c"].apiKey']) {
    expect(replaceSecret(file, name, `of ${name}`)).toBe(undefined);
    const config = home.load({
      gateway: {
        auth: { token: { source: 'file', provider: 'kept', id: secretPointer(name) } },
      },
      secrets: {
        providers: { kept: { source: 'file', path: '~/.openclaw/credentials/secrets.json' } },
      },
    });
    const secrets = createSecrets(config, config.env, home.paths);
    expect(secrets.resolve('gateway.auth.token')?.reveal()).toBe(`of ${name}`);
  }
});

test('the file and its folder are private, and no temporary file or lock stays', () => {
  const home = temporaryHome();
  const file = fileOf(home);
  replaceSecret(file, 'a', '1');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(home.paths.credentialsDir).mode & 0o777).toBe(0o700);
  expect(existsSync(`${file}.lock`)).toBe(false);
});

test('a secret is replaced, taken out and put back beside the others', () => {
  const file = fileOf(temporaryHome());
  replaceSecret(file, 'a', '1');
  replaceSecret(file, 'b', '2');
  expect(replaceSecret(file, 'a', '3')).toBe('1');
  expect(replaceSecret(file, 'b', undefined)).toBe('2');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ a: '3' });
  expect(replaceSecret(file, '__proto__', '4')).toBe(undefined);
  expect(replaceSecret(file, '__proto__', '5')).toBe('4');
});

test('a file that is not ours to rewrite is left alone, and not quoted', () => {
  const home = temporaryHome();
  for (const text of ['{"a": "topsecret"', '["topsecret"]', '{"a": {"b": "topsecret"}}']) {
    const file = home.write('credentials/secrets.json', text);
    const { code, message } = thrown(() => replaceSecret(file, 'a', '1'));
    expect(code).toBe('secret.file_unusable');
    expect(message).not.toContain('topsecret');
    expect(readFileSync(file, 'utf8')).toBe(text);
  }
  const open = home.write('credentials/secrets.json', '{}');
  chmodSync(open, 0o666);
  expect(thrown(() => replaceSecret(open, 'a', '1')).message).toContain('others');
  const link = join(home.paths.credentialsDir, 'link.json');
  symlinkSync(open, link);
  expect(thrown(() => replaceSecret(link, 'a', '1')).code).toBe('secret.file_unusable');
});

test('two programs never rewrite it at the same time', () => {
  const file = fileOf(temporaryHome());
  replaceSecret(file, 'a', '1');
  writeFileSync(`${file}.lock`, '');
  expect(thrown(() => replaceSecret(file, 'a', '2')).code).toBe('secret.file_unusable');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ a: '1' });
});
