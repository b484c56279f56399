/**
 * What tool policy may know of where a run comes from.
 *
 * @module
 */
import type { ConversationKind, Event } from '@portcullis/core';

/** Place, sender and model of a run, as tool policy reads them. */
export interface ToolFacts {
  readonly channel: string;
  readonly accountId: string;
  readonly kind: ConversationKind;
  readonly peerId?: string;
  readonly parentId?: string;
  readonly guildId?: string;
  readonly senderId?: string;
  readonly username?: string;
  readonly name?: string;
  readonly provider?: string;
  readonly model?: string;
}

/** The facts of an event that is answered by `modelId`. */
export function toolFacts(event: Event, modelId: string): ToolFacts {
  const { conversation, sender } = event;
  const slash = modelId.indexOf('/');
  return {
    channel: conversation.channel,
    accountId: conversation.accountId,
    kind: conversation.kind,
    ...(conversation.kind === 'direct' ? {} : { peerId: conversation.id }),
    ...(conversation.parentId === undefined ? {} : { parentId: conversation.parentId }),
    ...(conversation.guildId === undefined ? {} : { guildId: conversation.guildId }),
    ...(sender.id === undefined ? {} : { senderId: sender.id }),
    ...(sender.username === undefined ? {} : { username: sender.username }),
    ...(sender.name === undefined ? {} : { name: sender.name }),
    ...(slash < 0 ? {} : { provider: modelId.slice(0, slash), model: modelId.slice(slash + 1) }),
  };
}
