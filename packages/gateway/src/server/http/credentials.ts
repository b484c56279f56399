/**
 * Who asks over HTTP: proved by a Bearer token, never by a token in the address, and never by where
 * he asks from.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';

import { type Decision, isAllowed } from '@portcullis/core';
import type { Scope } from '@portcullis/protocol';

import type { Caller } from '../../services.ts';
import type { Authority, Peer } from '../authority.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import type { NamedTokens } from './tokens.ts';

/** What the gateway's own secret is good for over HTTP: never for what only owners may. */
const SHARED_SCOPES: readonly Scope[] = ['operator.read', 'operator.write'];

const UNAUTHORIZED = { error: { message: 'Unauthorized', type: 'unauthorized' } };

/** The rest of a request that is refused is not waited for. */
const CLOSE = { Connection: 'close' } as const;

/** Whoever asks, or the answer that turns him away. */
export type Proved =
  | { readonly caller: Caller; readonly refusal?: undefined }
  | { readonly caller?: undefined; readonly refusal: Answer };

/** What credentials are checked with. */
export interface Doorkeepers {
  readonly authority: Authority;
  readonly tokens: NamedTokens;
}

function bearer(request: IncomingMessage): string | undefined {
  const values = request.headersDistinct['authorization'] ?? [];
  const [value] = values;
  if (value === undefined || values.length > 1) return undefined;
  return /^Bearer +([^\s]+)$/iu.exec(value)?.[1];
}

/** Checks the credential of a request. Wrong ones count against the client. */
export function prove(request: IncomingMessage, peer: Peer, keepers: Doorkeepers): Proved {
  const { authority } = keepers;
  if (!isAllowed(authority.decideAttempt(peer))) {
    const retryAfter = String(Math.ceil(authority.lockedForMs() / 1000));
    const error = { message: 'Too many failed attempts', type: 'rate_limited' };
    return { refusal: jsonAnswer(429, { error }, { 'Retry-After': retryAfter, ...CLOSE }) };
  }
  const { caller, code } = look(request, peer, keepers);
  if (caller !== undefined) {
    authority.record(peer, 'ok');
    return { caller };
  }
  authority.record(peer, code === 'gateway.auth.missing' ? 'missing' : 'wrong');
  return { refusal: jsonAnswer(401, UNAUTHORIZED, { 'WWW-Authenticate': 'Bearer', ...CLOSE }) };
}

/** Whether the credential of a request that was let in still lets the same caller in. */
export function stillProved(
  request: IncomingMessage,
  peer: Peer,
  keepers: Doorkeepers,
  caller: Caller,
): boolean {
  const now = look(request, peer, keepers).caller;
  return now?.id === caller.id && caller.scopes.every((scope) => now.scopes.includes(scope));
}

function look(
  request: IncomingMessage,
  peer: Peer,
  { authority, tokens }: Doorkeepers,
): { readonly caller?: Caller; readonly code: string } {
  const token = bearer(request);
  const decision = authority.decideSecret(peer, 'http', { token });
  const { code } = decision;
  if (isAllowed(decision)) return { caller: callerOf(decision), code };
  // Only where a secret is what the mode asks for: no token stands in for a proxy's word.
  const named =
    token !== undefined && code === 'gateway.auth.mismatch' ? tokens.find(token) : undefined;
  if (named === undefined) return { code };
  const { name, scopes } = named;
  return { caller: { id: `api:token:${name}`, kind: 'api', local: false, scopes }, code };
}

function callerOf({ value }: Decision): Caller {
  const isUser = typeof value === 'object' && value !== null && 'user' in value;
  const who = isUser ? `user:${String(value.user)}` : 'shared';
  return { id: `api:${who}`, kind: 'api', local: false, scopes: SHARED_SCOPES };
}
