/**
 * A receiver as tools, jobs and hooks name one: `<channel>:<id>` for a person, `<channel>:group:<id>`
 * for a room.
 *
 * @module
 */
import { type Conversation, PortcullisError } from '@portcullis/core';

import type { Kernel } from '../kernel.ts';
import { accountsOn } from './channel-plans.ts';

const PEER = /^([a-z][a-z0-9-]{0,31}):(?:(group|channel):)?([^\p{C}]{1,200})$/u;

/** A receiver's name. */
export function addressOf({ channel, kind, id }: Conversation): string {
  return kind === 'direct' ? `${channel}:${id}` : `${channel}:${kind}:${id}`;
}

/**
 * A person or a room, on an account that is configured: the one asked for, else that of the
 * conversation `near`, else the first. Throws `send.unknown_peer`, `send.unknown_account`.
 */
export function receiverOf(
  kernel: Kernel,
  to: string,
  { accountId, near }: { readonly accountId?: string; readonly near?: Conversation } = {},
): Conversation {
  const [, channel, kind, id] = PEER.exec(to) ?? [];
  if (channel === undefined || id === undefined) throw unknownPeer();
  const accounts = kernel.registry.channels.has(channel)
    ? accountsOn(kernel.config(), channel)
    : [];
  if (accounts.length === 0) throw unknownPeer();
  const nearest = near?.channel === channel ? near.accountId : undefined;
  const account = accountId ?? accounts.find((each) => each === nearest) ?? accounts[0];
  if (account === undefined || !accounts.includes(account)) {
    throw new PortcullisError(
      'send.unknown_account',
      'The receiver is to be written to from an account that is not configured.',
      { hint: 'Leave the account out, or name one that is set up for this channel.' },
    );
  }
  const isRoom = kind === 'group' || kind === 'channel';
  return { channel, accountId: account, kind: isRoom ? kind : 'direct', id };
}

function unknownPeer(): PortcullisError {
  return new PortcullisError(
    'send.unknown_peer',
    'The receiver is not a peer of a configured channel.',
    { hint: 'Name it as <channel>:<id> or <channel>:group:<id>, as in telegram:42.' },
  );
}
