/**
 * What a request is made known by, and what of a secret may be in it.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import { type Decision, type Json, PortcullisError, Secret } from '@portcullis/core';
import { classifyAddress } from '@portcullis/policy/network';

import { textHash } from '../../audit/journal.ts';
import type { EffectFacts } from '../effect.ts';
import { shownBytes } from '../question.ts';
import type { Outgoing } from './outgoing.ts';

/** The URL itself may hold what a person wrote: the log names it by its hash. */
export function factsOf({ url, method, hop, body }: Outgoing): EffectFacts {
  return {
    method,
    host: URL.canParse(url) ? new URL(url).hostname.slice(0, 255) : '<invalid>',
    urlHash: textHash(url),
    hop,
    ...(body === undefined ? {} : { sent: body.length }),
  };
}

/** What an approver sees, and his answer is bound to. */
export function subjectOf({ url, method, headers, body }: Outgoing): { [key: string]: Json } {
  const shown = Object.fromEntries([...headers].map(([name, value]) => [name, String(value)]));
  const subject = { method, url, headers: shown };
  if (body === undefined) return subject;
  const sha256 = createHash('sha256').update(body).digest('hex');
  return { ...subject, body: { ...shownBytes(body), bytes: body.length, sha256 } };
}

/** Everything of a request but the credentials that were handed over as such. */
export function textsOf({ url, headers, body }: Outgoing): readonly string[] {
  const texts = [...headers.values()].filter((value) => typeof value === 'string');
  return [url, ...texts, ...(body === undefined ? [] : [Buffer.from(body).toString('utf8')])];
}

/** A credential leaves encrypted, or not farther than this machine. */
export function secretInClear(
  { url, headers }: Outgoing,
  addresses: readonly string[],
): Decision[] {
  const carries = [...headers.values()].some((value) => value instanceof Secret);
  const safe =
    new URL(url).protocol === 'https:' ||
    addresses.every((address) => classifyAddress(address) === 'loopback');
  if (safe || !carries) return [];
  const reason = 'A credential may be sent over https only.';
  return [{ effect: 'deny', code: 'net.secret_in_clear', path: '<url>', reason }];
}

/** The error of a refused request. */
export function refusal(decision: Decision): PortcullisError {
  return new PortcullisError(decision.code, decision.reason, {
    details: { path: decision.path, effect: decision.effect },
  });
}
