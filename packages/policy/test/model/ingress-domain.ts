/**
 * The configs and events that claims about admission enumerate, and the rules of lists in their
 * plainest form, to judge by.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { decide } from '../../src/ops.ts';
import { present } from './explorer.ts';

/** Two people of one network, and how ids look there. */
export interface People {
  readonly channel: string;
  readonly a: string;
  readonly b: string;
}

/** All networks with ids of a form of their own, and one without. */
export const PEOPLE: readonly People[] = [
  { channel: 'telegram', a: '11', b: '22' },
  { channel: 'whatsapp', a: '+15550000001', b: '+15550000002' },
  { channel: 'discord', a: '100001', b: '100002' },
  { channel: 'slack', a: 'U0001', b: 'U0002' },
  { channel: 'matrix', a: '@a:x.test', b: '@b:x.test' },
];

/** A list by its letters: `a`, `b`, `*` and `g`, which is an access group of b alone. */
export type ListWord = readonly ('a' | 'b' | '*' | 'g')[] | undefined;

/** Lists of direct senders. */
export const LISTS: readonly ListWord[] = [undefined, [], ['a'], ['b'], ['*'], ['a', '*'], ['g']];

/** The list as it is written in a config. */
export function written(list: ListWord, people: People): readonly string[] | undefined {
  return list?.map((word) => {
    if (word === '*') return '*';
    return word === 'g' ? 'accessGroup:g' : people[word];
  });
}

/** How the rule reads a list for `who`: by an own entry, by `*`, or not at all. */
export function listed(list: ListWord, who: string): 'explicit' | 'wildcard' | 'none' {
  const words = list ?? [];
  if (who === 'a' && words.includes('a')) return 'explicit';
  if (who === 'b' && (words.includes('b') || words.includes('g'))) return 'explicit';
  return words.includes('*') ? 'wildcard' : 'none';
}

/** The list in force by the rule: the account's, whose `*` a root without `*` replaces by its own. */
export function inForce(root: ListWord, account: ListWord): ListWord {
  if (account === undefined) return root;
  if (root === undefined || root.includes('*') || !account.includes('*')) return account;
  return [...account.filter((word) => word !== '*'), ...root];
}

/** The access group `g`, whose `*` counts for nobody. */
export function accessGroups({ channel, b }: People): unknown {
  return { g: { type: 'message.senders', members: { [channel]: [b], '*': ['*'] } } };
}

/** The senders of a domain: by letter, or an id that every object has as a property. */
export const SENDERS = ['a', 'b', 'missing', 'constructor'] as const;

/** A sender as an event states him. */
export function senderOf(who: string, people: People, isBot: boolean = false): unknown {
  const id = who === 'a' ? people.a : who === 'b' ? people.b : who;
  return present({ id: who === 'missing' ? undefined : id, isBot: isBot ? true : undefined });
}

/** Whether the network takes `constructor` for an id. */
export function isPerson(who: string, { channel }: People): boolean {
  return who === 'a' || who === 'b' || (who === 'constructor' && channel === 'matrix');
}

/** The config of one channel with its parts that are present. */
export function channelConfig(
  people: People,
  channel: Readonly<Record<string, unknown>>,
  rest: Readonly<Record<string, unknown>> = {},
): unknown {
  const { defaults, ...own } = channel;
  return {
    channels: present({ [people.channel]: present(own), defaults }),
    accessGroups: accessGroups(people),
    ...rest,
  };
}

/** The shipped decision about an event. */
export function admit(config: unknown, input: unknown): Decision {
  return decide('ingress.decide', config, input);
}

/** The policies a config may hold for direct messages; `Open` is none of them. */
export const DM_POLICIES: readonly (string | undefined)[] = [
  undefined,
  'pairing',
  'allowlist',
  'open',
  'disabled',
  'Open',
];

/** The maps of rooms that claims enumerate, by what they list. */
export const GROUP_MAPS: readonly (Readonly<Record<string, unknown>> | undefined)[] = [
  undefined,
  {},
  { g: {} },
  { '*': {} },
  { allowlist: [] },
  { allowlist: ['g'] },
  { allowlist: ['g'], '*': {} },
  { allowlist: ['*'] },
  { allowlist: ['h'], g: {} },
];

/** Ids of rooms: listed, unlisted, and words that mean something in a map. */
export const PEERS = ['g', 'h', 'constructor', 'allowlist', '*'] as const;

/** A room event on Telegram that addresses the agent. */
export function roomEvent(
  peerId: string,
  sender: unknown,
  more: Readonly<Record<string, unknown>> = {},
): unknown {
  const facts = { nativeMention: true };
  return { channel: 'telegram', kind: 'group', peerId, sender, facts, ...more };
}

export const telegram: People = { channel: 'telegram', a: '11', b: '22' };
