/**
 * A certificate that a gateway makes for itself.
 *
 * Nobody vouches for it: clients know it by its fingerprint. Node makes keys and signatures; what
 * is added here is the form of X.509 (RFC 5280), of which one shape is enough.
 *
 * @module
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

import { ipv6Groups } from '../ipv6.ts';

/** A certificate and its key, in PEM. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

const TAG = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  text: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const OID = {
  ecdsaWithSha256: '2a8648ce3d040302',
  commonName: '550403',
  basicConstraints: '551d13',
  keyUsage: '551d0f',
  extKeyUsage: '551d25',
  subjectAltName: '551d11',
  serverAuth: '2b06010505070301',
} as const;

/** Dates on both sides of now, so that a client whose clock is behind is not turned away. */
const BACKDATED_MS = 86_400_000;

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size = body.length;
  let length = Buffer.from([size]);
  if (size > 0xff) length = Buffer.from([0x82, size >> 8, size & 0xff]);
  else if (size > 0x7f) length = Buffer.from([0x81, size]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

function oid(hex: string): Buffer {
  return der(TAG.oid, Buffer.from(hex, 'hex'));
}

function nameOf(commonName: string): Buffer {
  const attribute = der(
    TAG.sequence,
    oid(OID.commonName),
    der(TAG.text, Buffer.from(commonName, 'utf8')),
  );
  return der(TAG.sequence, der(TAG.set, attribute));
}

/** Two digits stand for the year until 2049, as the standard has it. */
function time(ms: number): Buffer {
  const date = new Date(ms);
  const text = `${date.toISOString().replaceAll(/[-:T]/gu, '').slice(0, 14)}Z`;
  return date.getUTCFullYear() < 2050
    ? der(TAG.utcTime, Buffer.from(text.slice(2), 'ascii'))
    : der(TAG.generalizedTime, Buffer.from(text, 'ascii'));
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  const hex = ipv6Groups(address).map((group) => group.padStart(4, '0'));
  return Buffer.from(hex.join(''), 'hex');
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  const flag = critical ? [Buffer.from([0x01, 0x01, 0xff])] : [];
  return der(TAG.sequence, oid(id), ...flag, der(TAG.octets, value));
}

function extensions(names: readonly string[]): Buffer {
  const known = names.map((name) =>
    isIP(name) === 0 ? der(0x82, Buffer.from(name, 'ascii')) : der(0x87, addressBytes(name)),
  );
  return der(
    TAG.sequence,
    extension(OID.basicConstraints, true, der(TAG.sequence)),
    // One bit: digitalSignature.
    extension(OID.keyUsage, true, der(TAG.bits, Buffer.from([0x07, 0x80]))),
    extension(OID.extKeyUsage, false, der(TAG.sequence, oid(OID.serverAuth))),
    extension(OID.subjectAltName, false, der(TAG.sequence, ...known)),
  );
}

function serial(): Buffer {
  const bytes = randomBytes(16);
  // A positive number in its shortest form: first bit 0, first byte not 0.
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

/**
 * Makes a P-256 key and a certificate for it.
 *
 * @param names DNS names and IP addresses it is valid for, plain IPv6 without a zone
 * @param days how long it is valid
 */
export function selfSigned(
  names: readonly string[],
  days: number,
  now: number = Date.now(),
): KeyedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(TAG.sequence, oid(OID.ecdsaWithSha256));
  const subject = nameOf('Portcullis gateway');
  const toBeSigned = der(
    TAG.sequence,
    der(0xa0, der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, serial()),
    algorithm,
    subject,
    der(TAG.sequence, time(now - BACKDATED_MS), time(now + days * 86_400_000)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions(names)),
  );
  const signature = sign('sha256', toBeSigned, privateKey);
  const certificate = der(
    TAG.sequence,
    toBeSigned,
    algorithm,
    der(TAG.bits, Buffer.from([0]), signature),
  );
  const lines = certificate.toString('base64').replaceAll(/.{64}/gu, '$&\n').trimEnd();
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
