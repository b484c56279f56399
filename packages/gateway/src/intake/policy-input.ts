/**
 * How an event looks to the parts of policy that route it.
 *
 * @module
 */
import type { ContextItem, Decision, Event } from '@portcullis/core';
import type { CompiledPolicy } from '@portcullis/policy';

/** Where an event happened, in policy's terms. */
export interface PlaceInput {
  readonly channel: string;
  readonly accountId: string;
  readonly kind: Event['conversation']['kind'];
  readonly peerId?: string;
  readonly parentId?: string;
  readonly topicId?: string;
  readonly threadId?: string;
  readonly guildId?: string;
  readonly teamId?: string;
}

/** The place of an event. */
export function placeOf({ conversation }: Event): PlaceInput {
  const { channel, accountId, kind, id, parentId, topicId, threadId, guildId, teamId } =
    conversation;
  return {
    channel,
    accountId,
    kind,
    ...(kind === 'direct' ? {} : { peerId: id }),
    ...(parentId === undefined ? {} : { parentId }),
    ...(topicId === undefined ? {} : { topicId }),
    ...(threadId === undefined ? {} : { threadId }),
    ...(guildId === undefined ? {} : { guildId }),
    ...(teamId === undefined ? {} : { teamId }),
  };
}

/** Which agent an admitted event goes to. `value` of an allow is the agent id. */
export function routeAgent(policy: CompiledPolicy, event: Event): Decision {
  return policy.route({ ...placeOf(event), sender: event.sender });
}

/** Which session an admitted event belongs to. `value` of an allow is the key. */
export function sessionKeyOf(policy: CompiledPolicy, event: Event, agentId: string): Decision {
  return policy.sessionKey({ ...placeOf(event), agentId, sender: event.sender });
}

/** Whether a quoted or remembered message may be shown to the model. */
export function isVisible(
  policy: CompiledPolicy,
  event: Event,
  item: ContextItem,
  paired: readonly string[],
): boolean {
  const { kind, sender } = item;
  return (
    policy.context({ ...placeOf(event), item: { kind, sender }, state: { paired } }).effect ===
    'allow'
  );
}
