/**
 * Signatures of webhooks: an HMAC over exactly the bytes that came, in the spellings senders use.
 *
 * A signature is compared as the text it has to be, not as what it decodes to, so that no second
 * spelling of a good one is good. Pure but for the hash.
 *
 * @module
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import { type ConfigValue, ownValue } from '../config/index.ts';

/** How a sender signs. */
export interface SignatureScheme {
  /** Header of the signature, lower case. */
  readonly header: string;
  readonly algorithm: 'sha256' | 'sha512';
  /**
   * - `hex`, `base64`: the code itself, behind `prefix`.
   * - `stripe`: `t=<seconds>,v1=<hex>`, over `<seconds>.<body>`.
   * - `slack`: `v0=<hex>`, over `v0:<seconds>:<body>`.
   */
  readonly format: 'hex' | 'base64' | 'stripe' | 'slack';
  readonly prefix: string;
  /** Header of the time in seconds since 1970, signed as `<seconds>.<body>`. */
  readonly timestampHeader?: string;
}

/** What the head of a request claims, before its body is read. */
export interface Claim {
  readonly signatures: readonly string[];
  /** Bytes ahead of the body in what is signed. */
  readonly before: string;
}

/** How far a sender's clock may be off, and so how long a signature is good. */
export const SKEW_MS: number = 5 * 60_000;

/** Senders whose way is known. */
export const PRESETS: Readonly<Record<string, SignatureScheme>> = {
  github: { header: 'x-hub-signature-256', algorithm: 'sha256', format: 'hex', prefix: 'sha256=' },
  stripe: { header: 'stripe-signature', algorithm: 'sha256', format: 'stripe', prefix: '' },
  slack: {
    header: 'x-slack-signature',
    algorithm: 'sha256',
    format: 'slack',
    prefix: 'v0=',
    timestampHeader: 'x-slack-request-timestamp',
  },
};

/** Signatures one header may hold: senders name two while they change their secret. */
const MOST_SIGNATURES = 4;
const LONGEST_HEADER = 1024;

/** Reads `signature` of a mapping. Undefined where the sender does not sign. */
export function schemeOf(value: ConfigValue | undefined): SignatureScheme | undefined {
  if (value === undefined) return undefined;
  const preset = ownValue(value, 'preset');
  if (typeof preset === 'string' && Object.hasOwn(PRESETS, preset)) return PRESETS[preset];
  const header = ownValue(value, 'header');
  const timestampHeader = ownValue(value, 'timestampHeader');
  const prefix = ownValue(value, 'prefix');
  return {
    // A header that no request can have: what is not configured right lets nobody in.
    header: typeof header === 'string' ? header.toLowerCase() : '',
    algorithm: ownValue(value, 'algorithm') === 'sha512' ? 'sha512' : 'sha256',
    format: ownValue(value, 'format') === 'base64' ? 'base64' : 'hex',
    prefix: typeof prefix === 'string' ? prefix : '',
    ...(typeof timestampHeader === 'string'
      ? { timestampHeader: timestampHeader.toLowerCase() }
      : {}),
  };
}

/**
 * What a request claims; undefined when it claims nothing that could hold: no signature, a malformed
 * one, or a time that is too far off (P12.05). A header that was sent twice arrives joined, and is
 * malformed.
 */
export function claimOf(
  scheme: SignatureScheme,
  header: (name: string) => string | undefined,
  now: number,
): Claim | undefined {
  const value = header(scheme.header);
  // Neither a signature nor a list of them has blanks; two headers that were joined have.
  if (value === undefined || value.length > LONGEST_HEADER || /\s/u.test(value)) return undefined;
  if (scheme.format === 'stripe') return stripeClaim(value, now);
  const pattern = scheme.format === 'base64' ? BASE64 : HEX;
  if (!value.startsWith(scheme.prefix) || !pattern.test(value.slice(scheme.prefix.length))) {
    return undefined;
  }
  if (scheme.timestampHeader === undefined) return { signatures: [value], before: '' };
  const seconds = header(scheme.timestampHeader);
  if (seconds === undefined || !isRecent(seconds, now)) return undefined;
  const before = scheme.format === 'slack' ? `v0:${seconds}:` : `${seconds}.`;
  return { signatures: [value], before };
}

/** Whether one of the claimed signatures is that of `body` under `secret`. */
export function isSigned(
  { algorithm, format, prefix }: SignatureScheme,
  { signatures, before }: Claim,
  secret: string,
  body: Uint8Array,
): boolean {
  const code = createHmac(algorithm, secret).update(before).update(body);
  const expected = `${prefix}${code.digest(format === 'base64' ? 'base64' : 'hex')}`;
  let found = false;
  for (const signature of signatures) found = sameText(signature, expected) || found;
  return found;
}

/** Compares in a time that depends on neither text. */
export function sameText(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

/** Names what was signed: a second delivery of the same has the same name. */
export function signedDigest({ before }: Claim, body: Uint8Array): string {
  return createHash('sha256').update(before).update('\n').update(body).digest('hex');
}

const HEX: RegExp = /^[0-9a-f]{64}(?:[0-9a-f]{64})?$/u;
const BASE64 = /^[A-Za-z0-9+/]{43}=$|^[A-Za-z0-9+/]{86}==$/u;
const SECONDS = /^[1-9]\d{8,10}$/u;

function stripeClaim(value: string, now: number): Claim | undefined {
  const parts = value.split(',').map((part) => part.split('=', 2) as [string, string?]);
  const times = parts.filter(([key]) => key === 't').map(([, text]) => text ?? '');
  const signatures = parts.filter(([key]) => key === 'v1').map(([, text]) => text ?? '');
  const [seconds] = times;
  const isSound =
    seconds !== undefined &&
    times.length === 1 &&
    isRecent(seconds, now) &&
    signatures.length > 0 &&
    signatures.length <= MOST_SIGNATURES &&
    signatures.every((signature) => HEX.test(signature));
  return isSound ? { signatures, before: `${seconds}.` } : undefined;
}

function isRecent(seconds: string, now: number): boolean {
  return SECONDS.test(seconds) && Math.abs(Number(seconds) * 1000 - now) <= SKEW_MS;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
