/**
 * Who asks over HTTP: proved by a Bearer token, never by a token in the address, and never by where
 * he asks from.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';

import { isAllowed } from '@portcullis/core';
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

/** Checks the credential of a request. Wrong ones count against the client. */
export function prove(request: IncomingMessage, peer: Peer, authority: Authority): Proved {
  if (!isAllowed(authority.decideAttempt(peer))) {
    const retryAfter = String(Math.ceil(authority.lockedForMs() / 1000));
    const error = { message: 'Too many failed attempts', type: 'rate_limited' };
    return { refusal: jsonAnswer(429, { error }, { 'Retry-After': retryAfter, ...CLOSE }) };
  }
  const decision = authority.decideSecret(peer, 'http', { token: bearer(request) });
  const missing = decision.code === 'gateway.auth.missing' ? 'missing' : 'wrong';
  authority.record(peer, isAllowed(decision) ? 'ok' : missing);
  if (isAllowed(decision)) return { caller: callerOf(decision.value) };
  return { refusal: jsonAnswer(401, UNAUTHORIZED, { 'WWW-Authenticate': 'Bearer', ...CLOSE }) };
}

/** The rest of a request that is refused is not waited for. */
const CLOSE = { Connection: 'close' } as const;

function callerOf(proof: unknown): Caller {
  const user = isUser(proof) ? `user:${proof.user}` : 'shared';
  return { id: `api:${user}`, kind: 'api', local: false, scopes: SHARED_SCOPES };
}

function isUser(proof: unknown): proof is { readonly user: string } {
  return typeof proof === 'object' && proof !== null && 'user' in proof;
}
