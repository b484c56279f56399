/**
 * The device identity: what is signed, and that the key cannot be carried away.
 *
 * @module
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';

import {
  type DeviceKey,
  type DeviceKeyStore,
  openDevice,
  toBase64Url,
  toSignedText,
} from '../src/wire/device.ts';

const CLAIM = {
  clientId: 'openclaw-control-ui',
  clientMode: 'webchat',
  role: 'operator',
  scopes: ['operator.read', 'operator.write'],
  signedAt: 1_700_000_000_123,
  token: 'secret',
  nonce: '3b1c',
  platform: ' Web İ ',
  deviceFamily: '',
};

function memoryKeys(): DeviceKeyStore & { kept: DeviceKey | undefined } {
  return {
    kept: undefined,
    async load() {
      return this.kept;
    },
    async save(key) {
      this.kept = key;
    },
  };
}

test('the signed text is version 3, field by field', () => {
  expect(toSignedText('ab12', CLAIM)).toBe(
    'v3|ab12|openclaw-control-ui|webchat|operator|operator.read,operator.write|1700000000123|secret|3b1c|web İ|',
  );
});

test('without scopes and token their fields are empty', () => {
  expect(toSignedText('ab12', { ...CLAIM, scopes: [], token: '' })).toBe(
    'v3|ab12|openclaw-control-ui|webchat|operator||1700000000123||3b1c|web İ|',
  );
});

test('base64url has no padding and no characters a URL would change', () => {
  expect(toBase64Url(Uint8Array.of(251, 255, 254, 1))).toBe('-__-AQ');
});

test('a proof verifies under the public key whose hash is the id', async () => {
  const device = await openDevice(memoryKeys());
  const proof = await device.prove(CLAIM);
  const raw = Buffer.from(proof.publicKey, 'base64url');
  expect(raw).toHaveLength(32);
  expect(proof.id).toBe(createHash('sha256').update(raw).digest('hex'));
  expect({ signedAt: proof.signedAt, nonce: proof.nonce }).toEqual({
    signedAt: 1_700_000_000_123,
    nonce: '3b1c',
  });
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  const signature = Buffer.from(proof.signature, 'base64url');
  const signed = Buffer.from(toSignedText(proof.id, CLAIM));
  expect(verify(null, signed, key, signature)).toBe(true);
});

test('the key is made once, kept, and its private part cannot be exported', async () => {
  const keys = memoryKeys();
  const first = await openDevice(keys);
  const second = await openDevice(keys);
  expect(second.id).toBe(first.id);
  expect(keys.kept?.privateKey.extractable).toBe(false);
  expect(keys.kept?.privateKey.usages).toEqual(['sign']);
});
