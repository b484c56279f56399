/**
 * The sessions of HTTP callers. A caller has sessions of its own, which nobody else can name; one of
 * others is his to name only where he holds every right.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import type { Caller } from '../../services.ts';
import { holdsScope } from '../authority.ts';

/** A session. */
export interface OwnSession {
  readonly sessionKey: string;
  /** What stands behind the part that all sessions of the caller begin with; unset for one of others. */
  readonly rest?: string;
}

/** Why a caller cannot have the session he names. */
export type NoSession = 'no_name' | 'other_agent' | 'not_yours';

/** A name that can stand in a session key. */
const NAME = /^[^\p{C}\s]{1,200}$/u;
/** Callers whose names cannot run into what stands behind them in a key. */
const CALLER = /^(?:shared|token:[a-z0-9_-]{1,64}|user:[A-Za-z0-9._@+-]{1,64})$/u;

/** How the sessions of a caller at an agent begin. */
function ownPart({ id }: Caller, agentId: string): string {
  const who = id.replace(/^api:/u, '');
  // Whom a proxy names may be called anything.
  return `agent:${agentId}:api:${CALLER.test(who) ? who : `hashed:${shortHash(who)}`}:`;
}

/** A session of the caller's own. */
export function ownSession(caller: Caller, agentId: string, rest: string): Required<OwnSession> {
  return { sessionKey: `${ownPart(caller, agentId)}${rest}`, rest };
}

/** The session a caller names: one of his own, by its key or by a name he made up, or any. */
export function namedSession(
  asked: string,
  caller: Caller,
  agentId: string,
): OwnSession | NoSession {
  if (!NAME.test(asked)) return 'no_name';
  const isAdmin = holdsScope(caller.scopes, 'operator.admin');
  if (!asked.startsWith('agent:')) {
    return asked === 'main' && isAdmin
      ? { sessionKey: `agent:${agentId}:main` }
      : ownSession(caller, agentId, `key:${asked}`);
  }
  if (!asked.startsWith(`agent:${agentId}:`)) return 'other_agent';
  const own = ownPart(caller, agentId);
  if (asked.startsWith(own)) return ownSession(caller, agentId, asked.slice(own.length));
  return isAdmin ? { sessionKey: asked } : 'not_yours';
}

/** Stands for a text where it cannot stand itself. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32);
}
