/**
 * `POST /tools/invoke`: one call of one tool, as the credential that asks.
 *
 * @module
 */
import { describeFault, type InvokeRequest, invokeRequestSchema } from '@portcullis/protocol';

import type { Services, ToolAnswer } from '../../services.ts';
import { defaultAgentId } from '../methods/default-agent.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import type { AskedBy, HttpRoute, Reply } from './route.ts';
import { namedSession, ownSession } from './sessions.ts';
import { watchStanding } from './watch.ts';

type Refused = Extract<ToolAnswer, { ok: false }>;

interface Fault {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly requiresApproval?: true;
}

function refuse({ status, ...error }: Fault): Answer {
  const headers = status === 429 || status === 503 ? { 'Retry-After': '1' } : {};
  return jsonAnswer(status, { ok: false, error }, headers);
}

function invalid(message: string): Answer {
  return refuse({ status: 400, type: 'invalid_request', message });
}

async function call(asked: AskedBy): Promise<Reply> {
  const checked = invokeRequestSchema.safeParse(asked.body, { reportInput: true });
  if (!checked.success) return invalid(`tools.invoke: ${describeFault(checked.error)}`);
  const { name, tool = name, args = {}, action, idempotencyKey } = checked.data;
  if (tool === undefined) return invalid('tools.invoke requires name');
  if (name !== undefined && name !== tool) return invalid('tool and name name two tools');
  const sessionKey = await sessionOf(asked, checked.data);
  if (typeof sessionKey !== 'string') return refuse(sessionKey);
  const { options, caller, gone } = asked;
  const leave = options.busy.enter(caller);
  if (leave === undefined) return refuse(TOO_MANY);
  const watch = watchStanding(asked);
  try {
    const answered = options.services.tools.invoke(caller, {
      tool,
      args: action === undefined || 'action' in args ? args : { ...args, action },
      sessionKey,
      idempotencyKey,
      signal: gone,
      revoked: watch.revoked,
    });
    const answer = await Promise.race([answered, watch.ended]);
    return answer === 'revoked' || !asked.stands() ? refuse(REVOKED) : toAnswer(answer);
  } finally {
    watch.close();
    leave();
  }
}

/** The session a call is made in: one of the caller's own, unless it names another that there is. */
async function sessionOf(
  { caller, options: { services } }: AskedBy,
  { sessionKey: asked, agentId: named }: InvokeRequest,
): Promise<string | Fault> {
  const agentId = named ?? agentIn(asked) ?? defaultAgentId(services);
  if (!services.agents().some(({ id }) => id === agentId)) return NO_AGENT;
  if (asked === undefined) return ownSession(caller, agentId, 'tools').sessionKey;
  const session = namedSession(asked, caller, agentId);
  switch (session) {
    case 'no_name':
    case 'other_agent':
      return { status: 400, type: 'invalid_request', message: 'sessionKey is none of this agent' };
    case 'not_yours':
      return NOT_YOURS;
    default:
  }
  const { sessionKey, rest } = session;
  return rest !== undefined || (await exists(services, sessionKey, agentId)) ? sessionKey : UNKNOWN;
}

function agentIn(sessionKey: string | undefined): string | undefined {
  return sessionKey?.startsWith('agent:') === true ? sessionKey.split(':')[1] : undefined;
}

async function exists(services: Services, sessionKey: string, agentId: string): Promise<boolean> {
  if (sessionKey === services.chat.resolveKey(`agent:${agentId}:main`)) return true;
  return (await services.sessions.get(sessionKey)) !== undefined;
}

const REVOKED: Fault = {
  status: 401,
  type: 'unauthorized',
  message: 'The credential of this request is not valid any more.',
};
const NO_AGENT: Fault = { status: 404, type: 'not_found', message: 'There is no such agent.' };
const UNKNOWN: Fault = { status: 404, type: 'not_found', message: 'There is no such session.' };
const NOT_YOURS: Fault = {
  status: 403,
  type: 'forbidden',
  code: 'session_not_allowed',
  message:
    'This session is not yours: name one without "agent:", or use a token with operator.admin.',
};
const TOO_MANY: Fault = {
  status: 429,
  type: 'rate_limited',
  message: 'Too many requests are being answered. Wait for one of them.',
};

/** Status and type of what can go wrong. */
const FAULTS: Readonly<Record<Refused['kind'], Pick<Fault, 'status' | 'type'>>> = {
  unavailable: { status: 404, type: 'not_found' },
  forbidden: { status: 403, type: 'forbidden' },
  input: { status: 400, type: 'tool_input' },
  failed: { status: 400, type: 'tool_error' },
  broken: { status: 500, type: 'tool_error' },
  conflict: { status: 409, type: 'conflict' },
  stopped: { status: 409, type: 'stopped' },
  busy: { status: 503, type: 'busy' },
};

function toAnswer(answer: ToolAnswer): Answer {
  const { ok, runId } = answer;
  if (ok) {
    const content = [{ type: 'text', text: answer.text }];
    return jsonAnswer(200, { ok, result: { content, details: { runId } } });
  }
  const { kind, code, message, needsApproval } = answer;
  return refuse({
    ...FAULTS[kind],
    code,
    message,
    ...(needsApproval === undefined ? {} : { requiresApproval: needsApproval }),
  });
}

/** The route. Always there, as in OpenClaw: what it may call is a matter of policy. */
export const invoke: HttpRoute = {
  paths: ['/tools/invoke'],
  methods: ['POST'],
  access: 'operator.write',
  answer: call,
};
