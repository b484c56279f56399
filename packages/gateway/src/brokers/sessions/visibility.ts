/**
 * Which sessions and agents the session of a call may see. Policy decides, anew for every call; what
 * it may not see does not exist for it.
 *
 * @module
 */
import { type Decision, PortcullisError } from '@portcullis/core';

import type { InboxRun } from '../../intake/inbox.ts';
import type { Kernel } from '../../kernel.ts';
import { noSession } from '../../session/missing.ts';
import type { SessionRow } from '../../session/sessions.ts';
import { sandboxOf } from '../sandbox-settings.ts';

/** A session that is asked about: its row, or just the key where there is none. */
export type Target = SessionRow | { readonly key: string };

/** The decision whether `run` may see a session. A key without a session is not visible. */
export function decideVisible(kernel: Kernel, run: InboxRun, target: Target): Decision {
  if (!('agentId' in target)) return NOT_VISIBLE;
  const { agentId, key, ancestors = [] } = target;
  return kernel
    .policy()
    .sessionVisible({ self: selfOf(kernel, run), target: { agentId, key, ancestors } });
}

/** The decision whether `run` may start a session of an agent: its own, or one whose sessions it sees. */
export function decideReachable(kernel: Kernel, run: InboxRun, agentId: string): Decision {
  if (!kernel.agents().some(({ id }) => id === agentId)) return NOT_VISIBLE;
  const self = selfOf(kernel, run);
  const key = agentId === run.agentId ? run.sessionKey : `agent:${agentId}:${kernel.mainKey()}`;
  return kernel.policy().sessionVisible({ self, target: { agentId, key } });
}

function selfOf(
  kernel: Kernel,
  run: InboxRun,
): { readonly agentId: string; readonly key: string; readonly sandboxed: boolean } {
  const { agentId, sessionKey: key } = run;
  return { agentId, key, sandboxed: sandboxOf(kernel, run).wanted };
}

const NOT_VISIBLE: Decision = {
  effect: 'deny',
  code: 'session.not_visible',
  path: 'tools.sessions.visibility',
  reason: 'The session may not be read from here.',
};

const HIDDEN: ReadonlySet<string> = new Set([NOT_VISIBLE.code, 'session.agent_to_agent.disabled']);

/** Runs `work`; a session that is hidden from the caller is one that does not exist. */
export async function hiding<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (PortcullisError.is(error) && HIDDEN.has(error.code)) throw noSession();
    throw error;
  }
}

/** Runs `work`; an agent that is out of reach is one that does not exist. */
export async function hidingAgent<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (PortcullisError.is(error) && HIDDEN.has(error.code)) throw noAgent();
    throw error;
  }
}

function noAgent(): PortcullisError {
  return new PortcullisError('agent.not_found', 'There is no such agent.', {
    hint: 'agents_list shows those there are.',
  });
}
