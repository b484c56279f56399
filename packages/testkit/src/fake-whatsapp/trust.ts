/**
 * A preload for processes under test: makes Baileys trust the root of a fake WhatsApp.
 *
 * `node --import @portcullis/testkit/fake-whatsapp/trust` with `PORTCULLIS_FAKE_WHATSAPP_ROOT` set.
 * Throws `testkit.whatsapp_trust` when the variable holds no key: a process that was meant to trust
 * a fake must not start trusting anything else.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { WA_CERT_DETAILS } from 'baileys';
import { TRUST_VARIABLE } from './trust-root.ts';

const key = process.env[TRUST_VARIABLE] ?? '';
if (!/^[0-9a-f]{64}$/.test(key)) {
  throw new PortcullisError(
    'testkit.whatsapp_trust',
    `${TRUST_VARIABLE} is not the public key of a trust root.`,
    { hint: 'Start the process with the trustEnvironment of the fake.' },
  );
}
WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(key, 'hex');
