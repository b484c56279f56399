/**
 * Which agent answers a request, and in which session: derived from who asks. A caller has sessions of
 * its own; another one is his to name only where he holds every right.
 *
 * @module
 */
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { Caller, Services } from '../../../services.ts';
import { holdsScope } from '../../authority.ts';
import { defaultAgentId } from '../../methods/agents.ts';
import { type ApiFault, invalid } from './refusal.ts';

/** Where a request is answered. */
export interface Target {
  readonly agentId: string;
  readonly sessionKey: string;
  /** The session is this request's alone: what came before it is in the request itself. */
  readonly isOnce: boolean;
  /** What stands behind the part that all sessions of the caller begin with; unset for one of others. */
  readonly rest?: string;
}

/** How a request names its session, where no header does. */
export interface SessionWish {
  /** The client's own user. */
  readonly user?: string | null | undefined;
  /** The session can be gone on with later. */
  readonly keep: boolean;
  /** The caller's name for the request: asked for twice it has one session. */
  readonly idempotencyKey?: string | undefined;
}

const AGENT_HEADER = 'x-openclaw-agent-id';
const SESSION_HEADER = 'x-openclaw-session-key';
const MODEL_HEADER = 'x-openclaw-model';
/** A name that can stand in a session key. */
const NAME = /^[^\p{C}\s]{1,200}$/u;

/** The agent that a request asks for by `model` and headers. */
export function agentOf(
  request: IncomingMessage,
  model: string,
  services: Services,
): string | ApiFault {
  if (request.headers[MODEL_HEADER] !== undefined) {
    return invalid('x-openclaw-model is not supported: the agent chooses its model', MODEL_HEADER);
  }
  const named = agentInModel(model);
  if (named === undefined) return unknownModel(model);
  const asked = header(request, AGENT_HEADER);
  if (asked !== undefined && named !== '' && asked !== named) {
    return invalid('model and x-openclaw-agent-id name two agents', AGENT_HEADER);
  }
  const chosen = asked ?? named;
  const agentId = chosen === '' ? defaultAgentId(services) : chosen;
  return services.agents().some(({ id }) => id === agentId) ? agentId : unknownModel(model);
}

/** The agent of `openclaw/<agent>`; empty for the default one, undefined for what is no target. */
function agentInModel(model: string): string | undefined {
  if (model === 'openclaw' || model === 'openclaw/default') return '';
  return /^(?:openclaw[/:]|agent:)([a-z0-9][a-z0-9_-]{0,63})$/u.exec(model)?.[1];
}

function unknownModel(model: string): ApiFault {
  return {
    status: 404,
    type: 'invalid_request_error',
    code: 'model_not_found',
    message: `There is no model ${JSON.stringify(model.slice(0, 64))}: GET /v1/models lists them.`,
    param: 'model',
  };
}

/** The sessions of a caller at an agent all begin like this. */
export function ownSessions({ id }: Caller, agentId: string): string {
  const who = id.replace(/^api:/u, '');
  // Whom a proxy names may be called anything.
  const name = NAME.test(who) && who.length <= 80 ? who : `user:${short(who)}`;
  return `agent:${agentId}:api:${name}:`;
}

/** The session a request is answered in. */
export function sessionOf(
  request: IncomingMessage,
  caller: Caller,
  agentId: string,
  { user, keep, idempotencyKey }: SessionWish,
): Target | ApiFault {
  const asked = header(request, SESSION_HEADER);
  if (asked !== undefined) return namedSession(asked, caller, agentId);
  if (typeof user === 'string') return ownSession(caller, agentId, `user:${short(user)}`);
  const name = idempotencyKey === undefined ? randomUUID() : short(idempotencyKey);
  const target = ownSession(caller, agentId, `${keep ? 'thread' : 'once'}:${name}`);
  return { ...target, isOnce: !keep };
}

/** A session of the caller's own. */
export function ownSession(caller: Caller, agentId: string, rest: string): Target {
  return { agentId, sessionKey: `${ownSessions(caller, agentId)}${rest}`, isOnce: false, rest };
}

function namedSession(asked: string, caller: Caller, agentId: string): Target | ApiFault {
  const own = ownSessions(caller, agentId);
  if (!NAME.test(asked)) return invalid('x-openclaw-session-key is no session', SESSION_HEADER);
  if (!asked.startsWith('agent:')) return ownSession(caller, agentId, `key:${asked}`);
  if (!asked.startsWith(`agent:${agentId}:`)) {
    return invalid('x-openclaw-session-key is of another agent', SESSION_HEADER);
  }
  if (asked.startsWith(own)) return ownSession(caller, agentId, asked.slice(own.length));
  if (!holdsScope(caller.scopes, 'operator.admin')) return NOT_YOURS;
  return { agentId, sessionKey: asked, isOnce: false };
}

const NOT_YOURS: ApiFault = {
  status: 403,
  type: 'permission_error',
  code: 'session_not_allowed',
  message:
    'This session is not yours: name one without "agent:", or use a token with operator.admin.',
  param: SESSION_HEADER,
};

function short(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32);
}

/** Whether a request names its session itself. */
export function namesSession(request: IncomingMessage): boolean {
  return header(request, SESSION_HEADER) !== undefined;
}

/** The caller's name for a request, where he gives it one. */
export function idempotencyKeyOf(request: IncomingMessage): string | undefined {
  return header(request, 'idempotency-key')?.slice(0, 256);
}

/** A header that was sent once and is not empty. */
function header(request: IncomingMessage, name: string): string | undefined {
  const [value, ...more] = request.headersDistinct[name] ?? [];
  return value === undefined || value === '' || more.length > 0 ? undefined : value;
}
