// Who is admitted, for every combination of the settings, against a table written for reading.
import type { Event } from '@portcullis/core';
import { expect, test } from 'vitest';

import { compilePolicy } from '../src/index.ts';

type List = readonly string[] | undefined;
type Effect = 'allow' | 'deny' | 'ignore' | 'pair';

const SENDER = '1';
const ROOM = '-1';

const names = (list: List): boolean =>
  list !== undefined && (list.includes(SENDER) || isOpen(list));
const isOpen = (list: List): boolean => list?.includes('*') === true;

interface Direct {
  readonly dmPolicy: string | undefined;
  readonly allowFrom: List;
  readonly isPaired: boolean;
}

/** A direct message, as the documentation tells it. */
function direct({ dmPolicy = 'pairing', allowFrom, isPaired }: Direct): Effect {
  if (dmPolicy === 'disabled') return 'deny';
  if (names(allowFrom)) return 'allow';
  if (dmPolicy === 'pairing') return isPaired ? 'allow' : 'pair';
  return 'deny';
}

interface Room {
  readonly groupPolicy: string | undefined;
  readonly groupAllowFrom: List;
  readonly allowFrom: List;
  readonly groups: Readonly<Record<string, { readonly requireMention?: boolean }>> | undefined;
  readonly isMentioned: boolean;
}

/** Whether the room is one of ours. */
function isMember({ groupPolicy, groupAllowFrom, groups }: Room): boolean {
  if (groups !== undefined) return ROOM in groups || '*' in groups;
  if (groupPolicy === 'open') return true;
  return groupAllowFrom !== undefined && groupAllowFrom.length > 0;
}

/** Whether the sender may speak in it. */
function maySpeak({ groupPolicy, groupAllowFrom, allowFrom }: Room): boolean {
  if (groupPolicy === 'open') return true;
  const list = groupAllowFrom ?? allowFrom;
  // With neither a policy nor a list, the map of rooms is what decides.
  return list === undefined ? groupPolicy === undefined : names(list);
}

/** A message in a room, as the documentation tells it. */
function room(given: Room): Effect {
  const { groupPolicy, groups, isMentioned } = given;
  if (groupPolicy === 'disabled' || !isMember(given) || !maySpeak(given)) return 'deny';
  const needsMention = groups?.[ROOM]?.requireMention ?? groups?.['*']?.requireMention ?? true;
  return needsMention && !isMentioned ? 'ignore' : 'allow';
}

function event(kind: 'direct' | 'group', isMentioned: boolean): Event {
  return {
    kind: 'message',
    eventId: 'message:1',
    conversation: {
      channel: 'telegram',
      accountId: 'default',
      kind,
      id: kind === 'direct' ? SENDER : ROOM,
    },
    sender: { id: SENDER, name: 'Somebody' },
    at: 0,
    text: 'hello',
    facts: isMentioned ? { nativeMention: true } : {},
  };
}

function effectOf(telegram: object, message: Event, paired: readonly string[] = []): string {
  // Settings that are absent are absent, not undefined.
  const config = JSON.parse(JSON.stringify({ channels: { telegram } })) as object;
  return compilePolicy(config).admit(message, { paired }).effect;
}

const LISTS: readonly List[] = [undefined, [], [SENDER], ['2'], ['*'], ['2', SENDER]];

test('P18.01: direct messages are admitted as the table says', () => {
  const wrong: unknown[] = [];
  let count = 0;
  for (const dmPolicy of [undefined, 'pairing', 'allowlist', 'open', 'disabled']) {
    for (const allowFrom of LISTS) {
      for (const isPaired of [true, false]) {
        const found = effectOf(
          { dmPolicy, allowFrom },
          event('direct', true),
          isPaired ? ['1'] : [],
        );
        const wanted = direct({ dmPolicy, allowFrom, isPaired });
        count += 1;
        if (found !== wanted) wrong.push({ dmPolicy, allowFrom, isPaired, wanted, found });
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(count).toBe(60);
});

test('P18.01: messages in rooms are admitted as the table says, whoever is paired', () => {
  const maps: readonly Room['groups'][] = [
    undefined,
    {},
    { '-1': {} },
    { '-2': {} },
    { '*': {} },
    { '-1': { requireMention: false } },
    { '-1': { requireMention: true }, '*': { requireMention: false } },
    { '-2': {}, '*': { requireMention: false } },
  ];
  const wrong: unknown[] = [];
  const seen = new Set<Effect>();
  let count = 0;
  for (const groupPolicy of [undefined, 'open', 'allowlist', 'disabled']) {
    for (const groupAllowFrom of LISTS) {
      for (const allowFrom of LISTS) {
        for (const groups of maps) {
          for (const isMentioned of [true, false]) {
            const settings = { groupPolicy, groupAllowFrom, allowFrom, groups };
            const found = effectOf(settings, event('group', isMentioned), [SENDER]);
            const wanted = room({ ...settings, isMentioned });
            seen.add(wanted);
            count += 1;
            if (found !== wanted) wrong.push({ ...settings, isMentioned, wanted, found });
          }
        }
      }
    }
  }
  expect(wrong.slice(0, 5)).toEqual([]);
  expect(count).toBe(2304);
  expect([...seen].toSorted()).toEqual(['allow', 'deny', 'ignore']);
});
