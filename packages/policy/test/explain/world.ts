/**
 * Random configs of several channels and random events in them, from so few ids that they meet.
 *
 * @module
 */
import type { Event } from '@portcullis/core';
import * as fc from 'fast-check';
import type { AdmitState } from '../../src/index.ts';
import { dangerousIds, maybe, record, toolLists } from '../arbitrary.ts';

/** Ids of senders that configs list and events have; some only in events. */
export const SENDERS: Readonly<Record<string, readonly string[]>> = {
  telegram: ['1', '2', '3'],
  whatsapp: ['+15550000001', '+15550000002', '+15550000003'],
  discord: ['10001', '10002', '10003'],
  slack: ['U001', 'U002', 'U003'],
  matrix: ['@a:x', '@A:x', 'constructor', '__proto__'],
};

const ROOMS: Readonly<Record<string, readonly string[]>> = {
  telegram: ['-1', '-2', '-3', 'constructor'],
  whatsapp: ['1@g.us', '2@g.us'],
  discord: ['501', '502', '503'],
  slack: ['C001', 'C002', 'C003'],
  matrix: ['!r:x', '!s:x', '__proto__'],
};

const listed = (channel: string) => (SENDERS[channel] ?? []).slice(0, -1);
const rooms = (channel: string) => (ROOMS[channel] ?? []).slice(0, -1);

const senders = (channel: string) =>
  fc.array(
    fc.constantFrom(
      ...listed(channel),
      ...listed(channel).map((id) => `${channel}:${id}`),
      '*',
      'accessGroup:friends',
      'accessGroup:server',
      'alice',
    ),
    { maxLength: 3 },
  );

const bySender = (channel: string) =>
  fc.dictionary(
    fc.constantFrom(
      ...listed(channel).flatMap((id) => [id, `id:${id}`, `channel:${channel}:${id}`]),
      'username:@alice',
      'name:Bob',
      '*',
    ),
    toolLists,
    { maxKeys: 2 },
  );

const policies = { groupPolicy: maybe(fc.constantFrom('open', 'allowlist', 'disabled')) };

const room = (channel: string) =>
  record({
    ...policies,
    allowFrom: maybe(senders(channel)),
    users: maybe(senders(channel)),
    enabled: maybe(fc.boolean()),
    requireMention: maybe(fc.boolean()),
    allowBots: maybe(fc.constantFrom(true, false, 'mentions')),
    tools: maybe(toolLists),
    toolsBySender: maybe(bySender(channel)),
  });

const mapped = (channel: string) =>
  fc.dictionary(
    fc.constantFrom(...rooms(channel), '*'),
    fc
      .tuple(
        room(channel),
        maybe(fc.dictionary(fc.constantFrom('7', '8'), room(channel), { maxKeys: 2 })),
      )
      .map(([entry, topics]) => (topics === undefined ? entry : { ...entry, topics })),
    { maxKeys: 3 },
  );

const section = (channel: string, more: Readonly<Record<string, fc.Arbitrary<unknown>>>) => ({
  ...policies,
  dmPolicy: maybe(fc.constantFrom('pairing', 'allowlist', 'open', 'disabled')),
  allowFrom: maybe(senders(channel)),
  groupAllowFrom: maybe(senders(channel)),
  requireMention: maybe(fc.boolean()),
  direct: maybe(
    fc.dictionary(
      fc.constantFrom(...listed(channel), ...listed(channel).map((id) => `${channel}:${id}`), '*'),
      record({ dmPolicy: maybe(fc.constantFrom('open', 'disabled')), tools: maybe(toolLists) }),
      { maxKeys: 2 },
    ),
  ),
  dm: maybe(
    record({
      groupEnabled: maybe(fc.boolean()),
      groupChannels: maybe(fc.subarray([...rooms(channel)])),
    }),
  ),
  mentionPatterns: maybe(record({ denyIn: maybe(fc.subarray([...rooms(channel)])) })),
  ...more,
});

const guild = record({
  users: maybe(senders('discord')),
  roles: maybe(fc.subarray(['r1', 'r2'])),
  tools: maybe(toolLists),
  channels: maybe(
    fc.dictionary(
      fc.constantFrom(...rooms('discord'), '*'),
      fc
        .tuple(room('discord'), maybe(fc.subarray(['r1', 'r2'])))
        .map(([entry, roles]) => (roles === undefined ? entry : { ...entry, roles })),
      { maxKeys: 3 },
    ),
  ),
});

const more: Readonly<Record<string, Readonly<Record<string, fc.Arbitrary<unknown>>>>> = {
  telegram: { groups: maybe(mapped('telegram')) },
  whatsapp: { groups: maybe(mapped('whatsapp')), selfChatMode: maybe(fc.boolean()) },
  matrix: { groups: maybe(mapped('matrix')) },
  slack: {
    channels: maybe(
      fc.dictionary(fc.constantFrom('C001', 'c002', '*'), room('slack'), { maxKeys: 3 }),
    ),
    dangerouslyAllowNameMatching: maybe(fc.boolean()),
  },
  discord: {
    guilds: maybe(fc.dictionary(fc.constantFrom('901', '902', '*'), guild, { maxKeys: 3 })),
    dangerouslyAllowNameMatching: maybe(fc.boolean()),
  },
};

/** A channel that anybody may speak on: what else the config can tell apart shows only there. */
const OPEN = { dmPolicy: 'open', allowFrom: ['*'], groupPolicy: 'open' };

const channelSection = (channel: string) => {
  const keys = section(channel, more[channel] ?? {});
  const accounts = maybe(record({ work: maybe(record(keys)) }));
  return fc
    .tuple(record({ ...keys, accounts }), fc.boolean(), fc.boolean())
    .map(([closed, open, roomy]) => {
      if (!open) return closed;
      const { accounts: _accounts, groupAllowFrom: _senders, ...rest } = closed;
      const dm = { groupEnabled: true, ...(rest['dm'] as object | undefined) };
      const { groups: _groups, channels: _channels, guilds: _guilds, ...unmapped } = rest;
      return { ...(roomy ? unmapped : rest), dm, ...OPEN };
    });
};

const bindingOn = (channel: string) =>
  record({
    agentId: fc.constantFrom('main', 'work'),
    match: record({
      channel: fc.constant(channel),
      accountId: maybe(fc.constantFrom('*', 'work', 'default')),
      guildId: maybe(fc.constantFrom('901', '902')),
      roles: maybe(fc.subarray(['r1', 'r2'], { minLength: 1 })),
      peer: maybe(
        fc.oneof(
          record({ kind: fc.constant('direct'), id: fc.constantFrom(...listed(channel)) }),
          record({ kind: fc.constant('group'), id: fc.constantFrom(...rooms(channel), '*') }),
        ),
      ),
    }),
  });

const binding = fc.constantFrom(...Object.keys(SENDERS)).chain(bindingOn);

const AGENTS = { entries: { main: { default: true }, work: { tools: { deny: ['read'] } } } };

/** A config of one to three channels. */
export const worldConfig: fc.Arbitrary<Readonly<Record<string, unknown>>> = record({
  channels: fc
    .subarray(Object.keys(SENDERS), { minLength: 1, maxLength: 3 })
    .chain((names) =>
      record(Object.fromEntries(names.map((name) => [name, channelSection(name)]))),
    ),
  bindings: maybe(fc.array(binding, { maxLength: 2 })),
  messages: maybe(fc.constant({ groupChat: { mentionPatterns: ['bot'] } })),
  agents: fc.constant({
    entries: { main: { default: true }, work: { tools: { deny: ['read'] } } },
  }),
  accessGroups: maybe(
    fc.constant({
      friends: {
        type: 'message.senders',
        members: { telegram: ['2'], discord: ['10002'], '*': ['matrix:@a:x', '*'] },
      },
      server: { type: 'discord.channelAudience' },
    }),
  ),
  commands: maybe(
    record({
      ownerAllowFrom: maybe(
        fc.constantFrom(['telegram:1'], ['discord:10001', 'slack:u001'], ['matrix:@a:x', '*']),
      ),
    }),
  ),
  session: maybe(
    fc.constant({
      dmScope: 'per-peer',
      identityLinks: { me: ['telegram:1', 'discord:10001'], you: ['telegram:2'] },
    }),
  ),
  tools: maybe(
    record({
      profile: maybe(fc.constantFrom('messaging', 'coding', 'full')),
      deny: maybe(fc.constant(['exec'])),
      toolsBySender: maybe(bySender('telegram')),
    }),
  ),
});

/** An event and what the gateway knows about it. */
export interface Happening {
  readonly event: Event;
  readonly state: AdmitState;
}

const happeningOn = (channel: string): fc.Arbitrary<Happening> =>
  fc
    .record({
      kind: fc.constantFrom('direct', 'group', 'channel', 'groupdm'),
      senderId: fc.constantFrom(...(SENDERS[channel] ?? [])),
      roomId: fc.constantFrom(...(ROOMS[channel] ?? []), ...dangerousIds),
      parentId: maybe(fc.constantFrom(...(ROOMS[channel] ?? []))),
      accountId: fc.constantFrom('default', 'work', 'other'),
      topicId: maybe(fc.constantFrom('7', '8', '9')),
      guildId: maybe(fc.constantFrom('901', '902', '903')),
      roles: maybe(fc.subarray(['r1', 'r2', 'r3'])),
      username: maybe(fc.constantFrom('alice', 'Bob', 'eve')),
      name: maybe(fc.constantFrom('alice', 'Bob', 'eve')),
      isBot: maybe(fc.boolean()),
      facts: record({
        nativeMention: maybe(fc.boolean()),
        replyToBot: maybe(fc.boolean()),
        mentionsOthers: maybe(fc.boolean()),
        canDetectMention: maybe(fc.boolean()),
      }),
      paired: fc.boolean(),
      chat: fc.constantFrom('own' as const, 'own' as const, 'spelled' as const, 'other' as const),
      text: maybe(fc.constant('hello bot')),
      audience: maybe(fc.boolean()),
      activation: maybe(fc.constantFrom('always', 'mention')),
    })
    .map((drawn) => happeningOf(channel, drawn));

/** An event on some channel, configured or not, by somebody listed or not. */
export const happening: fc.Arbitrary<Happening> = fc
  .constantFrom(...Object.keys(SENDERS))
  .chain(happeningOn);

const simpleLists = fc.constantFrom({ deny: ['read'] }, { deny: ['write'] }, { allow: ['read'] });

const simpleRoom = (channel: string) =>
  record({
    tools: maybe(simpleLists),
    toolsBySender: maybe(
      fc.dictionary(fc.constantFrom(...listed(channel), '*'), simpleLists, { maxKeys: 2 }),
    ),
  });

const simpleRooms = (channel: string) =>
  fc.dictionary(fc.constantFrom(...rooms(channel), '*'), simpleRoom(channel), { maxKeys: 3 });

const roomsOf = (channel: string): Readonly<Record<string, fc.Arbitrary<unknown>>> => {
  switch (channel) {
    case 'discord': {
      const guilds = fc.constantFrom('901', '902', '*');
      const entry = record({ channels: maybe(simpleRooms(channel)), tools: maybe(simpleLists) });
      return { guilds: maybe(fc.dictionary(guilds, entry, { maxKeys: 2 })) };
    }
    case 'slack':
      return { channels: maybe(simpleRooms(channel)) };
    default:
      return { groups: maybe(simpleRooms(channel)) };
  }
};

/**
 * A channel that everybody may speak on, with a few differences in what he reaches, and an event on
 * it: here nothing hides whom the config can tell apart.
 */
export const openWorld: fc.Arbitrary<readonly [Readonly<Record<string, unknown>>, Happening]> = fc
  .constantFrom(...Object.keys(SENDERS))
  .chain((channel) => {
    const bySenders = fc.dictionary(
      fc.constantFrom(
        ...listed(channel).flatMap((id) => [id, `id:${id}`, `channel:${channel}:${id}`]),
        'username:@alice',
        'name:Bob',
        '*',
      ),
      simpleLists,
      { minKeys: 1, maxKeys: 2 },
    );
    const config = record({
      channels: record({
        [channel]: record({
          ...Object.fromEntries(
            Object.entries(OPEN).map(([key, each]) => [key, fc.constant(each)]),
          ),
          dm: fc.constant({ groupEnabled: true }),
          direct: maybe(
            fc.dictionary(
              fc.constantFrom(
                ...listed(channel),
                ...listed(channel).map((id) => `${channel}:${id}`),
                'chat-7',
                '*',
              ),
              record({ tools: maybe(simpleLists), dmPolicy: maybe(fc.constant('disabled')) }),
              { maxKeys: 2 },
            ),
          ),
          ...roomsOf(channel),
        }),
      }),
      bindings: maybe(fc.array(bindingOn(channel), { minLength: 1, maxLength: 2 })),
      agents: fc.constant(AGENTS),
      tools: record({ profile: fc.constant('full'), toolsBySender: maybe(bySenders) }),
    });
    return fc.tuple(config, happeningOn(channel));
  });

function happeningOf(
  channel: string,
  drawn: {
    readonly kind: string;
    readonly senderId: string;
    readonly roomId: string;
    readonly paired: boolean;
    readonly chat: 'own' | 'spelled' | 'other';
    readonly audience: boolean | undefined;
  } & Readonly<Record<string, unknown>>,
): Happening {
  const { kind, senderId, roomId, paired, audience, accountId } = drawn;
  const direct = kind === 'direct';
  // Called after the person, after him in another spelling, or by an id of its own.
  const chatId = { own: senderId, spelled: `${channel}:${senderId}`, other: 'chat-7' }[drawn.chat];
  const given = (keys: readonly string[]) =>
    Object.fromEntries(
      keys.flatMap((key) => (drawn[key] === undefined ? [] : [[key, drawn[key]]])),
    );
  const place = direct
    ? []
    : ['topicId', 'parentId', ...(channel === 'discord' ? ['guildId'] : [])];
  const event = {
    kind: 'message',
    conversation: { channel, accountId, kind, id: direct ? chatId : roomId, ...given(place) },
    sender: { id: senderId, ...given(['roles', 'username', 'name', 'isBot']) },
    at: 0,
    facts: drawn['facts'],
    ...given(['text']),
  } as Event;
  const state: AdmitState = {
    paired: paired ? [senderId] : [],
    ...(audience === undefined ? {} : { audience: { server: audience } }),
    ...given(['activation']),
  };
  return { event, state };
}
