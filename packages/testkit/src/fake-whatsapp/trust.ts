/**
 * A preload for processes under test: makes Baileys trust the root of a fake WhatsApp, and TLS the
 * certificate of its media host.
 *
 * `node --import @portcullis/testkit/fake-whatsapp/trust` with the `trustEnvironment` of the fake.
 * Throws `testkit.whatsapp_trust` when that is not complete, or the certificate is for anything but
 * loopback: a process that was meant to trust a fake must not start trusting anything else.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { PortcullisError } from '@portcullis/core';
import { WA_CERT_DETAILS } from 'baileys';
import { CA_VARIABLE, ROOT_VARIABLE } from './trust-variables.ts';

function refused(what: string): PortcullisError {
  return new PortcullisError('testkit.whatsapp_trust', what, {
    hint: 'Start the process with the trustEnvironment of the fake.',
  });
}

function rootKey(): Buffer<ArrayBuffer> {
  const key = process.env[ROOT_VARIABLE] ?? '';
  if (/^[0-9a-f]{64}$/.test(key)) return Buffer.from(key, 'hex');
  throw refused(`${ROOT_VARIABLE} is not the public key of a trust root.`);
}

function certificate(): string {
  const pem = process.env[CA_VARIABLE] ?? '';
  try {
    const { subjectAltName } = new X509Certificate(pem);
    if (subjectAltName === 'DNS:localhost, IP Address:127.0.0.1') return pem;
  } catch {
    // Not a certificate at all.
  }
  throw refused(`${CA_VARIABLE} is not the certificate of a host on loopback.`);
}

const key = rootKey();
setDefaultCACertificates([...getCACertificates('default'), certificate()]);
WA_CERT_DETAILS.PUBLIC_KEY = key;
