import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  decryptMedia,
  encryptMedia,
  type MediaKind,
  mediaHosts,
  type MediaRef,
  Seal,
} from '../src/media.ts';
import { loadBaileys } from '../src/library.ts';
import { Vault } from '../src/vault.ts';
import { MemoryCredentials } from './bench.ts';

const bytes = new Uint8Array(randomBytes(1000));

function made(kind: MediaKind = 'image'): { readonly ref: MediaRef; readonly file: Uint8Array } {
  const { key, file, hash } = encryptMedia(kind, bytes);
  return { ref: { kind, path: '/v/x', key, hash }, file };
}

test.each(['image', 'video', 'audio', 'document'] as const)('a %s comes back as it was', (kind) => {
  const { ref, file } = made(kind);
  expect(decryptMedia(ref, file)).toEqual(bytes);
});

test.each([
  ['a changed byte', (file: Uint8Array) => file.with(5, (file[5] ?? 0) ^ 1)],
  ['a changed code', (file: Uint8Array) => file.with(file.length - 1, (file.at(-1) ?? 0) ^ 1)],
  ['half of it', (file: Uint8Array) => file.subarray(0, 500)],
  ['nothing', () => new Uint8Array()],
])('%s is not the file', (_, change) => {
  const { ref, file } = made();
  expect(() => decryptMedia(ref, change(file))).toThrow(/cannot be used/u);
});

test('another file under the same key is not the file of the message', () => {
  const { ref, file } = made();
  const other = { ...ref, hash: new Uint8Array(32) };
  expect(() => decryptMedia(other, file)).toThrow(/not the file/u);
});

test('a file of one kind is none of another', () => {
  const { ref, file } = made('image');
  expect(() => decryptMedia({ ...ref, kind: 'video' }, file)).toThrow(/cannot be used/u);
});

test.each([
  [false, undefined, 'mmg.whatsapp.net'],
  [false, 'media-ams2-1.cdn.whatsapp.net', 'media-ams2-1.cdn.whatsapp.net'],
  [false, '127.0.0.1:8080', 'mmg.whatsapp.net'],
  [false, 'whatsapp.net.evil.test', 'mmg.whatsapp.net'],
  [false, 'evil.test/.whatsapp.net', 'mmg.whatsapp.net'],
  [false, 'a@evil.test#.whatsapp.net', 'mmg.whatsapp.net'],
  [true, '10.0.0.1', 'mmg.whatsapp.net'],
  [true, '127.0.0.1:8080', '127.0.0.1:8080'],
])('on a test server (%s), told %j, files are at %s', (isTest, named, host) => {
  expect(mediaHosts(isTest, named).host).toBe(host);
});

test('a reference tells nothing of the file and opens nothing elsewhere', async () => {
  const baileys = await loadBaileys();
  const credentials = new MemoryCredentials();
  const seal = await Seal.open(await Vault.open(credentials, baileys));
  const { ref } = made();
  const text = seal.close(ref);
  expect(text).not.toContain(Buffer.from(ref.key).toString('base64'));
  expect(text).not.toContain('/v/x');
  expect(seal.open(text)).toEqual({
    ...ref,
    key: Buffer.from(ref.key),
    hash: Buffer.from(ref.hash),
  });
  const again = await Seal.open(await Vault.open(credentials, baileys));
  expect(again.open(text).path).toBe('/v/x');
  const other = await Seal.open(await Vault.open(new MemoryCredentials(), baileys));
  for (const bad of [text, `${text.slice(0, -2)}AA`, '', 'wa1.', JSON.stringify(['image'])]) {
    expect(() => other.open(bad)).toThrow(/not from this account/u);
  }
});
