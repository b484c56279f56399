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
import type { AttemptResult } from '../../services/attempts.ts';
import { attemptOf, type Authority, identityOf, type Peer } from '../authority.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import type { NamedTokens } from './tokens.ts';

/** What the gateway's own secret is good for over HTTP: never for what only owners may. */
const SHARED_SCOPES: readonly Scope[] = ['operator.read', 'operator.write'];

const UNAUTHORIZED = { error: { message: 'Unauthorized', type: 'unauthorized' } };

/** The rest of a request that is refused is not waited for. */
const CLOSE = { Connection: 'close' } as const;

/** Somebody who proved himself. */
export interface Standing {
  readonly caller: Caller;
  /** Whether what he showed would still let him in, with no fewer rights. Cheap: it compares nothing. */
  readonly stands: () => boolean;
}

/** Whoever asks, or the answer that turns him away. */
export type Proved =
  | (Standing & { readonly refusal?: undefined })
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
  let result: AttemptResult = 'missing';
  try {
    const found = await look(request, peer, keepers);
    ({ result } = found);
    if (found.standing !== undefined) return found.standing;
    return { refusal: jsonAnswer(401, UNAUTHORIZED, { 'WWW-Authenticate': 'Bearer', ...CLOSE }) };
  } finally {
    turn.end(result);
  }
}

async function look(
  request: IncomingMessage,
  peer: Peer,
  { authority, tokens }: Doorkeepers,
): Promise<{ readonly standing?: Standing; readonly result: AttemptResult }> {
  const token = bearer(request);
  // Only where a secret is what the mode asks for: no token stands in for a proxy's word. It is
  // looked up first, because comparing with a stored secret is slow on purpose.
  const named = token !== undefined && authority.asksSecret ? tokens.find(token) : undefined;
  if (token !== undefined && named !== undefined) {
    const { name, scopes } = named;
    const stands = (): boolean => {
      const now = authority.asksSecret ? tokens.find(token) : undefined;
      return now?.name === name && scopes.every((scope) => now.scopes.includes(scope));
    };
    return { standing: { caller: apiCaller(`token:${name}`, scopes), stands }, result: 'other' };
  }
  const generation = authority.generation();
  const decision = await authority.decideSecret(peer, 'http', { token });
  if (!isAllowed(decision)) return { result: attemptOf(decision) };
  const identity = identityOf(decision);
  const scopes = authority.scopesWithin(identity, SHARED_SCOPES);
  const who = identity.user === undefined ? 'shared' : `user:${identity.user}`;
  const stands = (): boolean => authority.generation() === generation;
  const result = identity.method === 'shared' ? 'ok' : 'other';
  return { standing: { caller: apiCaller(who, scopes), stands }, result };
}

function apiCaller(who: string, scopes: readonly string[]): Caller {
  return { id: `api:${who}`, kind: 'api', local: false, scopes };
}
