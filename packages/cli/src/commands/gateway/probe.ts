/**
 * `openclaw gateway probe`: whether the gateway can be reached, and what it would let us do.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { pageUrl, readAddress } from '@portcullis/gateway/local';

import type { CommandHandler, Invocation } from '../../command.ts';
import type { Welcome } from '../../compose/operator.ts';
import { styled } from '../../terminal/style.ts';
import { withOperator } from '../operator-session.ts';
import { within } from './within.ts';

const TIMEOUT_MS = 3000;

/** What says that a gateway cannot be reached or talked to; everything else is a fault of the call. */
const ANSWERS: ReadonlySet<string> = new Set([
  'gateway.not_running',
  'gateway.unreachable',
  'gateway.refused',
  'gateway.certificate',
  'gateway.closed',
  'gateway.no_answer',
  'gateway.ssh_failed',
]);

/** What a credential is good for, most first, as OpenClaw's command calls it. */
const CAPABILITIES = [
  ['operator.admin', 'admin_capable', 'everything'],
  ['operator.write', 'write_capable', 'read and write'],
  ['operator.read', 'read_only', 'read'],
] as const;

interface Refusal {
  /** The gateway's own code where it refused, else that of the command line. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

interface Found {
  /** True where a gateway answered, whatever it said. */
  readonly reachable: boolean;
  readonly connect: {
    /** True where it let us in. */
    readonly ok: boolean;
    /** True where it answered a question after that. */
    readonly rpcOk: boolean;
    /** From the call to being let in. */
    readonly latencyMs: number | null;
    readonly error: Refusal | null;
  };
  readonly auth: {
    /** What it asks for: `token`, `password`, `none`, `trusted-proxy`; null where it does not say. */
    readonly mode: string | null;
    readonly role: string | null;
    readonly scopes: readonly string[];
    readonly capability: string;
  };
  readonly self: { readonly version: string; readonly protocol: number } | null;
}

function capabilityOf({ scopes }: Welcome): string {
  const [, name] = CAPABILITIES.find(([scope]) => scopes.includes(scope)) ?? [];
  return name ?? 'connected_no_operator_scope';
}

function letIn(welcome: Welcome | undefined, latencyMs: number, error: Refusal | null): Found {
  const connect = { ok: true, rpcOk: error === null, latencyMs, error };
  if (welcome === undefined) {
    const auth = { mode: null, role: null, scopes: [], capability: 'unknown' };
    return { reachable: true, connect, auth, self: null };
  }
  const { version, protocol, role, scopes, authMode } = welcome;
  return {
    reachable: true,
    connect,
    auth: { mode: authMode ?? null, role, scopes, capability: capabilityOf(welcome) },
    self: { version, protocol },
  };
}

/** Why we were not let in. */
function keptOut(error: PortcullisError): Found {
  const refusal = refusalOf(error);
  const reason = error.details?.['authReason'];
  const [, mode] = /^(token|password)_/u.exec(typeof reason === 'string' ? reason : '') ?? [];
  const capability = refusal.code === 'PAIRING_REQUIRED' ? 'pairing_pending' : 'unknown';
  return {
    reachable: error.code === 'gateway.refused',
    connect: { ok: false, rpcOk: false, latencyMs: null, error: refusal },
    auth: { mode: mode ?? null, role: null, scopes: [], capability },
    self: null,
  };
}

function refusalOf({ code, message, hint, details }: PortcullisError): Refusal {
  const own = details?.['code'];
  return {
    code: typeof own === 'string' ? own : code,
    message,
    ...(hint !== undefined && { hint }),
  };
}

function answerOf(error: unknown): PortcullisError {
  if (PortcullisError.is(error) && ANSWERS.has(error.code)) return error;
  throw error;
}

async function look(invocation: Invocation, ms: number): Promise<Found> {
  const started = performance.now();
  try {
    return await within(invocation, ms, (bounded) =>
      withOperator(
        bounded,
        async ({ ask, welcome }) => {
          const latencyMs = Math.round(performance.now() - started);
          try {
            await ask('health', {});
            return letIn(welcome, latencyMs, null);
          } catch (error) {
            return letIn(welcome, latencyMs, refusalOf(answerOf(error)));
          }
        },
        { live: true },
      ),
    );
  } catch (error) {
    return keptOut(answerOf(error));
  }
}

/** Which gateway was asked, as far as that is known before it answers. */
function targetOf({ context }: Invocation): { readonly id: string; readonly url: string | null } {
  const { gateway, env, paths } = context;
  const given = gateway?.here === false ? gateway.url : undefined;
  const variable = env['OPENCLAW_GATEWAY_URL'] ?? '';
  const named = given ?? (variable === '' ? undefined : variable);
  if (named !== undefined) return { id: 'explicit', url: named };
  const address = readAddress(paths);
  return { id: 'configured', url: address === undefined ? null : pageUrl(address) };
}

function print({ out }: Invocation, { reachable, connect, auth, self }: Found): void {
  const { ok, rpcOk, latencyMs, error } = connect;
  if (ok) {
    out.line(styled('green', 'Reachable'), `  let us in after ${String(latencyMs)} ms`);
  } else {
    const word = reachable ? styled('yellow', 'Refused') : styled('red', 'Not there');
    out.line(word, `${reachable ? '  ' : ''}  ${error?.message ?? ''} [${error?.code ?? ''}]`);
  }
  if (self !== null) {
    out.line(`Version    ${self.version}, protocol ${String(self.protocol)}`);
  }
  if (auth.mode !== null) out.line(`Asks for   ${auth.mode}`);
  if (auth.role !== null) {
    const [, , words] = CAPABILITIES.find(([, name]) => name === auth.capability) ?? [];
    out.line(`We may     ${words ?? 'nothing'}: ${auth.scopes.join(', ') || 'no scope'}`);
  }
  if (ok && !rpcOk) out.line(`Health     not told: ${error?.message ?? ''} [${error?.code ?? ''}]`);
  if (error?.hint !== undefined) out.note(error.hint);
}

/** `openclaw gateway probe`. */
export const probeGateway: CommandHandler = async (invocation) => {
  const { input, out, json } = invocation;
  const timeoutMs = input.count('timeout') ?? TIMEOUT_MS;
  const started = performance.now();
  const found = await look(invocation, timeoutMs);
  const { reachable, ...facts } = found;
  if (json) {
    const target = targetOf(invocation);
    out.json({
      ok: reachable,
      degraded: reachable && !facts.connect.rpcOk,
      durationMs: Math.round(performance.now() - started),
      timeoutMs,
      primaryTargetId: target.id,
      targets: [{ ...target, active: true, ...facts }],
    });
  } else print(invocation, found);
  return reachable ? 0 : 1;
};
