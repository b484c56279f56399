// The library takes every signature for good. Each fault is shown as it comes, then with our checks.
import { Curve } from 'baileys';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { harden, inScope, newScope } from '../src/hardening.ts';
import { createWhatsAppChannel } from '../src/index.ts';
import { type Bench, FAST, link, openBench, openFake, testAccount } from './bench.ts';

const message = new Uint8Array([1, 2, 3]);
const random = () => crypto.getRandomValues(new Uint8Array(64));

// Before anything else: once the checks are real they stay real in this process.
const naked = Curve.verify(Curve.generateKeyPair().public, message, random());

test('the library alone takes random bytes for a signature', () => {
  expect(naked).toBe(true);
});

describe('with our checks', () => {
  beforeAll(() => harden());

  test('random bytes are no signature, and a real one is', () => {
    const keys = Curve.generateKeyPair();
    const scope = newScope(false);
    scope.agreed = undefined;
    const real = Curve.sign(keys.private, message);
    expect(inScope(scope, () => Curve.verify(keys.public, message, random()))).toBe(false);
    expect(inScope(scope, () => Curve.verify(keys.public, message, real))).toBe(true);
  });

  test('whoever else uses these modules sees no difference', () => {
    const keys = Curve.generateKeyPair();
    expect(Curve.verify(keys.public, message, random())).toBe(true);
  });
});

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

const servers = ['foreign-root', 'forged-leaf'] as const;

test.each(servers)(
  'a server with a certificate of a %s gets no login and no message',
  async (how) => {
    bench = await openBench();
    const { whatsapp, channel } = bench;
    whatsapp.forge(how);
    const before = whatsapp.logins;
    await expect(channel.probe?.(AbortSignal.timeout(5000))).rejects.toMatchObject({
      message: 'The server did not prove to be WhatsApp.',
    });
    expect(whatsapp.logins).toBe(before);
  },
);

test.each(servers)('the library alone logs in at a server with a %s', async (how) => {
  bench = await openBench({ dangerouslySkipSignatureChecks: true });
  const { whatsapp, channel } = bench;
  whatsapp.forge(how);
  await expect(channel.probe?.(AbortSignal.timeout(5000))).resolves.toEqual({
    identity: whatsapp.account.phone,
  });
});

test('a genuine certificate is worth nothing in the hands of somebody else', async () => {
  bench = await openBench();
  const { whatsapp, channel } = bench;
  // The chain verifies, and is about another key than the one the server speaks with.
  const proven = inScope(newScope(false), () => {
    const keys = Curve.generateKeyPair();
    const details = new Uint8Array([0x1a, 32, ...Curve.generateKeyPair().public]);
    Curve.sharedKey(Curve.generateKeyPair().private, keys.public);
    return Curve.verify(keys.public, details, Curve.sign(keys.private, details));
  });
  expect(proven).toBe(false);
  await expect(channel.probe?.(AbortSignal.timeout(5000))).resolves.toEqual({
    identity: whatsapp.account.phone,
  });
});

test('an account that did not sign the link is not linked', async () => {
  const whatsapp = await openFake();
  try {
    whatsapp.forge('forged-account');
    const account = testAccount(whatsapp);
    const channel = await createWhatsAppChannel(account, FAST);
    await expect(link(channel, whatsapp)).rejects.toMatchObject({
      code: 'whatsapp.signature_invalid',
    });
    await expect(
      channel.run({ accept: async () => 'accepted' }, AbortSignal.timeout(1000)),
    ).rejects.toMatchObject({ code: 'whatsapp.not_linked' });
    const trusting = testAccount(whatsapp, { dangerouslySkipSignatureChecks: true });
    const library = await createWhatsAppChannel(trusting, FAST);
    await expect(link(library, whatsapp)).resolves.toBeUndefined();
  } finally {
    await whatsapp.close();
  }
});

const toAnna = (phone: string, key: string) => ({
  to: { channel: 'whatsapp', accountId: 'default', kind: 'direct', id: phone } as const,
  text: 'secret',
  idempotencyKey: key,
});

test('nothing is encrypted for keys nobody signed', async () => {
  bench = await openBench();
  await bench.start();
  const { whatsapp, channel } = bench;
  const anna = whatsapp.addPerson();
  whatsapp.forge('forged-prekey');
  const sent = channel.send(toAnna(anna.phone, 'forged'), AbortSignal.timeout(3000));
  await expect(sent).rejects.toMatchObject({
    outcome: 'failed',
    code: 'whatsapp.signature_invalid',
  });
  expect(whatsapp.sent).toEqual([]);
});

test('the library alone encrypts for keys nobody signed', async () => {
  bench = await openBench({ dangerouslySkipSignatureChecks: true });
  await bench.start();
  const { whatsapp, channel } = bench;
  const anna = whatsapp.addPerson();
  whatsapp.forge('forged-prekey');
  await channel
    .send(toAnna(anna.phone, 'forged'), AbortSignal.timeout(3000))
    .catch(() => undefined);
  const encrypted = whatsapp.stanzas.some(
    ({ tag, attrs }) => tag === 'message' && attrs['to']?.startsWith(anna.phone.slice(1)),
  );
  expect(encrypted).toBe(true);
});
