/**
 * Whose text stands beside a message: what it quotes or forwards, and what was said in the room.
 *
 * @module
 */
import type { ContextItem, Event, Principal, TrustClass } from '@portcullis/core';
import { taintOf } from '@portcullis/policy/flow';

import type { Kernel } from '../kernel.ts';

/** The least trusted text beside a message. */
export interface Beside {
  readonly trust: TrustClass;
  /** For whoever is asked later what the session has seen. */
  readonly source: string;
}

/**
 * Who had a say in a message beside its sender; undefined when nobody had. Who is only quoted or
 * overheard was not admitted for what he said, so that but the owner and the sender himself each
 * counts as a member of the room, and whoever wrote what is forwarded as somebody outside.
 */
export function besideOf(
  kernel: Kernel,
  event: Event,
  principal: Principal,
  items: readonly ContextItem[],
): Beside | undefined {
  let worst: Beside | undefined;
  for (const item of items) {
    // Our own answers hold nothing that the session did not know.
    if (item.sender.isSelf === true && item.kind !== 'forwarded') continue;
    const trust = trustOf(kernel, event, principal, item);
    if (worst !== undefined && taintOf(trust) <= taintOf(worst.trust)) continue;
    worst = { trust, source: `${SOURCES[item.kind]} beside a message of ${principal.id}` };
  }
  return worst;
}

const SOURCES: Readonly<Record<ContextItem['kind'], string>> = {
  quote: 'a quote',
  history: 'what was said in the room',
  thread: 'what was said in the thread',
  forwarded: 'forwarded text',
};

function trustOf(
  kernel: Kernel,
  { conversation, sender }: Event,
  principal: Principal,
  item: ContextItem,
): TrustClass {
  if (item.kind === 'forwarded') return 'external';
  const { id } = item.sender;
  if (id === undefined) return 'member';
  if (id === sender.id) return principal.trust;
  return kernel.policy().isOwner(conversation.channel, id) ? 'owner' : 'member';
}
