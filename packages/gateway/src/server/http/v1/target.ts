/**
 * Which agent answers a request, and in which session of its caller.
 *
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { Caller, Services } from '../../../services.ts';
import {
  type NoSession,
  type OwnSession,
  namedSession,
  ownSession,
  shortHash,
} from '../sessions.ts';
import { defaultAgentId } from '../../methods/default-agent.ts';
import { type ApiFault, invalid } from './refusal.ts';

/** Where a request is answered. */
export interface Target extends OwnSession {
  readonly agentId: string;
  /** The session is this request's alone: what came before it is in the request itself. */
  readonly isOnce: boolean;
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

/** The session a request is answered in. */
export function sessionOf(
  request: IncomingMessage,
  caller: Caller,
  agentId: string,
  { user, keep, idempotencyKey }: SessionWish,
): Target | ApiFault {
  const asked = header(request, SESSION_HEADER);
  if (asked !== undefined) {
    const named = namedSession(asked, caller, agentId);
    return typeof named === 'string' ? FAULTS[named] : { agentId, isOnce: false, ...named };
  }
  if (typeof user === 'string') return kept(caller, agentId, `user:${shortHash(user)}`);
  const name = idempotencyKey === undefined ? randomUUID() : shortHash(idempotencyKey);
  return { ...kept(caller, agentId, `${keep ? 'thread' : 'once'}:${name}`), isOnce: !keep };
}

/** A session of the caller's own that stays. */
export function kept(caller: Caller, agentId: string, rest: string): Target {
  return { agentId, isOnce: false, ...ownSession(caller, agentId, rest) };
}

const NOT_YOURS: ApiFault = {
  status: 403,
  type: 'permission_error',
  code: 'session_not_allowed',
  message:
    'This session is not yours: name one without "agent:", or use a token with operator.admin.',
  param: SESSION_HEADER,
};

const FAULTS: Readonly<Record<NoSession, ApiFault>> = {
  no_name: invalid('x-openclaw-session-key is no session', SESSION_HEADER),
  other_agent: invalid('x-openclaw-session-key is of another agent', SESSION_HEADER),
  not_yours: NOT_YOURS,
};

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
