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
import { attemptOf, type Authority, identityOf, type Peer } from '../authority.ts';
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

/**
 * Checks the credential of a request. Wrong ones count against the client.
 *
 * @throws PortcullisError `request.busy` when too many stored secrets are being compared.
 */
export async function prove(
  request: IncomingMessage,
  peer: Peer,
  keepers: Doorkeepers,
): Promise<Proved> {
  const turn = keepers.authority.begin(peer);
  if (!turn.mayTry) {
    const retryAfter = String(Math.ceil(turn.retryAfterMs / 1000));
    const error = { message: 'Too many failed attempts', type: 'rate_limited' };
    return { refusal: jsonAnswer(429, { error }, { 'Retry-After': retryAfter, ...CLOSE }) };
  }
  let result: 'wrong' | 'ok' | 'missing' = 'missing';
  try {
    const found = await look(request, peer, keepers);
    ({ result } = found);
    if (found.caller !== undefined) return { caller: found.caller };
    return { refusal: jsonAnswer(401, UNAUTHORIZED, { 'WWW-Authenticate': 'Bearer', ...CLOSE }) };
  } finally {
    turn.end(result);
  }
}

/** Whether the credential of a request that was let in still lets the same caller in. */
export async function stillProved(
  request: IncomingMessage,
  peer: Peer,
  keepers: Doorkeepers,
  caller: Caller,
): Promise<boolean> {
  const now = (await look(request, peer, keepers)).caller;
  return now?.id === caller.id && caller.scopes.every((scope) => now.scopes.includes(scope));
}

async function look(
  request: IncomingMessage,
  peer: Peer,
  { authority, tokens }: Doorkeepers,
): Promise<{ readonly caller?: Caller; readonly result: 'wrong' | 'ok' | 'missing' }> {
  const token = bearer(request);
  // Only where a secret is what the mode asks for: no token stands in for a proxy's word. It is
  // looked up first, because comparing with a stored secret is slow on purpose.
  const named = token !== undefined && authority.asksSecret ? tokens.find(token) : undefined;
  if (named !== undefined) {
    const { name, scopes } = named;
    return {
      caller: { id: `api:token:${name}`, kind: 'api', local: false, scopes },
      result: 'ok',
    };
  }
  const decision = await authority.decideSecret(peer, 'http', { token });
  if (!isAllowed(decision)) return { result: attemptOf(decision) };
  const identity = identityOf(decision);
  const scopes = authority.scopesWithin(identity, SHARED_SCOPES);
  const who = identity.user === undefined ? 'shared' : `user:${identity.user}`;
  return { caller: { id: `api:${who}`, kind: 'api', local: false, scopes }, result: 'ok' };
}
