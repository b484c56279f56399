/**
 * Who asks over HTTP: proved by a Bearer token, never by a token in the address, and never by where
 * he asks from.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';

import type { Scope } from '@portcullis/protocol';

import type { Caller } from '../../services.ts';
import type { Authority, Peer } from '../authority.ts';
import { type Answer, jsonAnswer } from './answer.ts';

/** What the gateway's own secret is good for over HTTP: never for what only owners may. */
const SHARED_SCOPES: readonly Scope[] = ['operator.read', 'operator.write'];

const UNAUTHORIZED = { error: { message: 'Unauthorized', type: 'unauthorized' } };

/** Whoever asks, or the answer that turns him away. */
export type Proved =
  | { readonly caller: Caller; readonly refusal?: undefined }
  | { readonly caller?: undefined; readonly refusal: Answer };

function bearer(request: IncomingMessage): string | undefined {
  const values = request.headersDistinct['authorization'] ?? [];
  const [value] = values;
  if (value === undefined || values.length > 1) return undefined;
  return /^Bearer +([^\s]+)$/iu.exec(value)?.[1];
}

/**
 * Checks the credential of a request. Wrong ones count against the client.
 *
 * @throws PortcullisError `request.busy` when too many stored secrets are being compared.
 */
export async function prove(
  request: IncomingMessage,
  peer: Peer,
  authority: Authority,
): Promise<Proved> {
  const admission = await authority.admit(peer, 'http', { token: bearer(request) });
  const { identity } = admission;
  if (identity !== undefined) {
    const scopes = authority.scopesWithin(identity, SHARED_SCOPES);
    const who = identity.user === undefined ? 'shared' : `user:${identity.user}`;
    return { caller: { id: `api:${who}`, kind: 'api', local: false, scopes } };
  }
  if (admission.lockedForMs === undefined) {
    return { refusal: jsonAnswer(401, UNAUTHORIZED, { 'WWW-Authenticate': 'Bearer', ...CLOSE }) };
  }
  const error = { message: 'Too many failed attempts', type: 'rate_limited' };
  const retryAfter = String(Math.ceil(admission.lockedForMs / 1000));
  return { refusal: jsonAnswer(429, { error }, { 'Retry-After': retryAfter, ...CLOSE }) };
}

/** The rest of a request that is refused is not waited for. */
const CLOSE = { Connection: 'close' } as const;
