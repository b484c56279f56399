/**
 * The inbox of one channel account: what a channel may state. It speaks for its own account only, of
 * kinds that networks have; the doors of the gateway itself (operators, hooks, jobs, sub-agents) are
 * not a channel's to claim, whatever its network sent.
 *
 * @module
 */
import { type Event, type EventKind, type Inbox, PortcullisError } from '@portcullis/core';

const KINDS: ReadonlySet<EventKind> = new Set<EventKind>([
  'message',
  'edit',
  'reaction',
  'receipt',
  'poll',
  'pin',
  'member',
  'button',
  'command',
  'join',
]);

/** Accepts for one account. Rejects with `channel.event_refused` what is not its own to state. */
export function accountInbox(inbox: Inbox, channel: string, accountId: string): Inbox {
  return {
    accept: async (event) => {
      if (!isOwn(event, channel, accountId)) {
        throw new PortcullisError(
          'channel.event_refused',
          `The channel ${channel} stated an event that is not its own.`,
          { hint: 'This is a fault of the channel package: report it to its authors.' },
        );
      }
      return await inbox.accept(event);
    },
  };
}

function isOwn({ kind, conversation, origin }: Event, channel: string, accountId: string): boolean {
  return (
    KINDS.has(kind) &&
    origin === undefined &&
    conversation.channel === channel &&
    conversation.accountId === accountId
  );
}
