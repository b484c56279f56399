/**
 * Where a call of a webhook leads: which agent, which session, and who hears the answer.
 *
 * @module
 */
import type { Conversation } from '@portcullis/core';

import { receiverOf } from '../channels/receiver.ts';
import type { Kernel } from '../kernel.ts';
import { lastWithOwner } from '../schedule/destination.ts';
import type { HookCall } from './payload.ts';
import type { AllHooks, HookSettings } from './settings.ts';

/** An agent and one of its sessions. */
export interface HookPlace {
  readonly agentId: string;
  readonly sessionKey: string;
  /** True where others speak in that session too. */
  readonly isForeign: boolean;
}

const REST = /^[^\p{C}\s]{1,400}$/u;

/** The place of a call, or one sentence that says why it has none. */
export function placeOf(
  kernel: Kernel,
  hooks: AllHooks,
  hook: HookSettings,
  call: HookCall,
): HookPlace | { readonly fault: string } {
  const agents = kernel.agents();
  const agentId = call.agentId ?? agents.find(({ isDefault }) => isDefault)?.id ?? '';
  const isAllowed = hooks.agentIds?.includes(agentId) ?? true;
  if (!isAllowed || !agents.some(({ id }) => id === agentId)) {
    return { fault: 'hooks may not reach this agent' };
  }
  if (hook.action === 'wake') {
    return { agentId, sessionKey: `agent:${agentId}:${kernel.mainKey()}`, isForeign: true };
  }
  if (hook.isOpen && call.sessionKey !== undefined && !mayChoose(hooks, call.sessionKey)) {
    return { fault: 'sessionKey is not allowed here' };
  }
  const wanted = call.sessionKey ?? hooks.defaultSessionKey;
  const key = wanted === undefined ? ownKey(kernel, agentId, hook.id) : wholeKey(agentId, wanted);
  if (key === undefined) return { fault: 'sessionKey names no session of this agent' };
  return { agentId, sessionKey: key, isForeign: !key.startsWith(`agent:${agentId}:hook:`) };
}

/** Who hears the answer. Throws `send.unknown_peer`, `send.unknown_account`. */
export async function receiverOfHook(
  kernel: Kernel,
  { deliver, channel, to }: HookCall,
  agentId: string,
): Promise<Conversation | undefined> {
  if (!deliver) return undefined;
  if (channel === undefined && to === undefined) {
    return await kernel.store.transact((tx) => lastWithOwner(kernel, tx, agentId));
  }
  return receiverOf(kernel, `${channel ?? ''}:${to ?? ''}`);
}

/** A caller chooses a session only where the operator named how its key begins. */
function mayChoose(
  { allowRequestSessionKey, sessionKeyPrefixes }: AllHooks,
  sessionKey: string,
): boolean {
  return (
    allowRequestSessionKey && sessionKeyPrefixes.some((prefix) => sessionKey.startsWith(prefix))
  );
}

function ownKey(kernel: Kernel, agentId: string, hookId: string): string | undefined {
  const key = kernel.policy().sessionKey({ agentId, kind: 'hook', hookId });
  return key.effect === 'allow' && typeof key.value === 'string' ? key.value : undefined;
}

/** A key with its agent: `hook:x` and `agent:main:hook:x` mean the same. */
function wholeKey(agentId: string, key: string): string | undefined {
  const prefix = `agent:${agentId}:`;
  if (key.startsWith('agent:') && !key.startsWith(prefix)) return undefined;
  const rest = key.startsWith(prefix) ? key.slice(prefix.length) : key;
  return REST.test(rest) ? `${prefix}${rest}` : undefined;
}
