/**
 * Conversations whose session keys are compared, with what makes each of them the one it is.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { decide } from '../../src/ops.ts';

/** Symbols that ids are made of: ordinary ones, and those that keys use for themselves. */
export const SYMBOLS = ['a', 'A', ':', '%', '~', '/', '3A', 'direct', 'topic'] as const;

/** All ids of one to `longest` symbols. */
export function ids(longest: number): readonly string[] {
  const all: string[] = [];
  let layer = [''];
  for (let length = 1; length <= longest; length += 1) {
    layer = layer.flatMap((word) => SYMBOLS.map((symbol) => word + symbol));
    all.push(...layer);
  }
  return all;
}

export const DM_SCOPES = [
  'main',
  'per-peer',
  'per-channel-peer',
  'per-account-channel-peer',
] as const;

/** A conversation, and the fields by which it is told from others under a scope. */
export interface Conversation {
  readonly input: Readonly<Record<string, unknown>>;
  identity(dmScope: string): readonly string[];
}

const DIRECT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'per-peer': ['channel'],
  'per-channel-peer': ['channel'],
  'per-account-channel-peer': ['channel', 'accountId'],
};

/** A direct conversation. A telephone number is one person on every telephone network. */
export function directWith(channel: string, accountId: string, id: string): Conversation {
  const fields: Readonly<Record<string, string>> = { channel, accountId };
  const phone = ['whatsapp', 'signal', 'sms', 'imessage'].includes(channel) && /^\+\d+$/.test(id);
  return {
    input: { agentId: 'main', channel, accountId, kind: 'direct', sender: { id } },
    identity: (dmScope) =>
      dmScope === 'per-peer' && phone
        ? ['direct', 'phone', id]
        : ['direct', ...(DIRECT_FIELDS[dmScope] ?? []).map((key) => fields[key] ?? ''), id],
  };
}

/** A room, perhaps a topic or thread of it. */
export function roomOf(
  channel: string,
  accountId: string,
  peerId: string,
  more: Readonly<Record<string, string>> = {},
): Conversation {
  const place = channel === 'telegram' ? channel : `${channel} ${accountId}`;
  const { kind = 'group', topicId = '', threadId = '' } = more;
  return {
    input: { agentId: 'main', channel, accountId, kind: 'group', peerId, sender: {}, ...more },
    identity: () => [kind, place, peerId, topicId, threadId],
  };
}

/** A session that no chat started. */
export function ownSession(fields: Readonly<Record<string, string>>): Conversation {
  return {
    input: { agentId: 'main', ...fields },
    identity: () => ['own', ...Object.values(fields)],
  };
}

/** Every conversation within the bounds. */
export function* conversations(longest: number): Generator<Conversation> {
  const long = ids(longest);
  const short = ids(Math.max(1, longest - 1));
  for (const id of long) {
    for (const accountId of ['default', 'work']) {
      for (const channel of ['matrix', 'irc', 'sms']) yield directWith(channel, accountId, id);
      for (const channel of ['matrix', 'telegram']) {
        if (channel === 'matrix' || accountId === 'default') yield roomOf(channel, accountId, id);
        if (accountId === 'default') yield roomOf(channel, accountId, id, { kind: 'channel' });
      }
    }
    yield ownSession({ kind: 'hook', hookId: id });
    yield ownSession({ kind: 'subagent', uuid: id });
  }
  for (const one of short) {
    for (const other of short) {
      yield roomOf('telegram', 'default', one, { topicId: other });
      yield roomOf('matrix', 'default', one, { threadId: other });
      yield ownSession({ kind: 'cron', job: one, run: other });
    }
    for (const [topicId, threadId] of [
      ['a', one],
      [one, 'a'],
      ['topic', one],
    ] as const) {
      yield roomOf('matrix', 'default', 'a', { topicId, threadId });
    }
  }
  for (const channel of ['whatsapp', 'signal', 'sms', 'telegram', 'discord']) {
    for (const id of ['+15550000001', '15550000001']) {
      const canonical = channel === 'telegram' || channel === 'discord';
      // The networks write a number with a plus, and Telegram and Discord ids have none.
      if (canonical !== id.startsWith('+')) yield directWith(channel, 'default', id);
    }
  }
}

/** The shipped answer: the key as `value`. */
export function keyOf(config: unknown, input: unknown): Decision {
  return decide('session.key', config, input);
}
