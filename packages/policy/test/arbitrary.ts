/**
 * Random configs and inputs for the laws: values that are legal, values that are almost legal, and
 * ids that are dangerous in JavaScript.
 *
 * @module
 */
import * as fc from 'fast-check';

type Json = Record<string, unknown>;

/** Names every object has, which a stranger can choose as his id. */
export const dangerousIds: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
];

/** `value`, or something else where it stands. */
export const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined });

/** An object of `model`'s keys. Drops undefined keys, so that "absent" is really absent. */
export const record = (
  model: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .record(model)
    .map((value) =>
      Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)),
    );

const entry = fc.constantFrom('1', '2', '*', 'tg:1', 'accessGroup:g', '@name', ...dangerousIds);
/** A list of senders. */
export const senderList: fc.Arbitrary<readonly string[]> = fc.array(entry, { maxLength: 3 });
const dmPolicy = fc.constantFrom('pairing', 'allowlist', 'open', 'disabled');
const groupPolicy = fc.constantFrom('open', 'allowlist', 'disabled');

const groupEntry = record({
  allowFrom: maybe(senderList),
  groupPolicy: maybe(groupPolicy),
  requireMention: maybe(fc.boolean()),
  enabled: maybe(fc.boolean()),
});

const groups = fc.oneof(
  fc.dictionary(fc.constantFrom('g', 'h', '*', 'constructor'), groupEntry, { maxKeys: 3 }),
  record({
    allowlist: fc.array(fc.constantFrom('g', 'h', '*'), { maxLength: 2 }),
    '*': maybe(groupEntry),
    g: maybe(groupEntry),
  }),
);

const account = {
  allowFrom: maybe(senderList),
  groupAllowFrom: maybe(senderList),
  dmPolicy: maybe(dmPolicy),
  groupPolicy: maybe(groupPolicy),
  groups: maybe(groups),
  requireMention: maybe(fc.boolean()),
};

/** A config for one Telegram channel with an account `work`. */
export const channelConfig: fc.Arbitrary<Json> = record({
  channels: record({
    telegram: record({ ...account, accounts: maybe(record({ work: maybe(record(account)) })) }),
  }),
  accessGroups: maybe(
    record({
      g: fc.constant({ type: 'message.senders', members: { telegram: ['2'], '*': ['*'] } }),
    }),
  ),
  commands: maybe(
    record({
      ownerAllowFrom: maybe(fc.constantFrom([], ['*'], ['telegram:1'], ['discord:1'])),
      allowFrom: maybe(fc.constantFrom({}, { telegram: [] }, { telegram: ['1'] }, { '*': ['*'] })),
    }),
  ),
});

/** An input for {@link channelConfig}. */
export const channelInput: fc.Arbitrary<Json> = record({
  channel: fc.constant('telegram'),
  accountId: maybe(fc.constantFrom('default', 'work')),
  kind: fc.constantFrom('direct', 'group'),
  peerId: fc.constantFrom('g', 'h', 'constructor', 'allowlist', '*', '__proto__'),
  sender: record({
    id: maybe(fc.constantFrom('1', '2', '3', ...dangerousIds)),
    isBot: maybe(fc.boolean()),
  }),
  text: maybe(fc.constantFrom('hi', '/status')),
  command: maybe(fc.constantFrom('status', 'Activation', '/config')),
  facts: maybe(
    record({
      nativeMention: maybe(fc.boolean()),
      replyToBot: maybe(fc.boolean()),
      mentionsOthers: maybe(fc.boolean()),
      canDetectMention: maybe(fc.boolean()),
    }),
  ),
  state: record({
    paired: maybe(fc.array(fc.constantFrom('1', '2', '*'), { maxLength: 2 })),
    activation: maybe(fc.constantFrom('always', 'mention')),
  }),
});

const toolEntry = fc.constantFrom(
  'read',
  'write',
  'bash',
  'browser',
  'group:fs',
  'group:runtime',
  'group:typo',
  'web_*',
  '*',
  'weather',
  'junk',
);
/** A list of tools. */
export const toolList: fc.Arbitrary<readonly string[]> = fc.array(toolEntry, { maxLength: 3 });

/** The lists of one layer. */
export const toolLists: fc.Arbitrary<Json> = fc.oneof(
  record({ allow: maybe(toolList), deny: maybe(toolList) }),
  record({ alsoAllow: maybe(toolList), deny: maybe(toolList) }),
);

const profile = maybe(fc.constantFrom('minimal', 'messaging', 'coding', 'standard', 'full'));

const profiled = fc
  .tuple(toolLists, profile)
  .map(([lists, name]) => (name === undefined ? lists : Object.assign({ profile: name }, lists)));

/** A config whose tool layers are set at random. */
export const toolConfig: fc.Arbitrary<Json> = fc
  .tuple(profiled, profiled, toolLists, toolLists, toolLists)
  .chain(([global, agent, room, sender, sandbox]) =>
    fc.subarray(['agent', 'room', 'sender', 'sandbox', 'exec']).map((layers) => ({
      tools: {
        ...global,
        ...(layers.includes('sender') ? { toolsBySender: { 'id:1': sender } } : {}),
        ...(layers.includes('sandbox') ? { sandbox: { tools: sandbox } } : {}),
        ...(layers.includes('exec') ? { exec: { security: 'allowlist' } } : {}),
      },
      agents: { entries: { main: layers.includes('agent') ? { tools: agent } : {} } },
      channels: {
        telegram: { groups: { g: layers.includes('room') ? { tools: room } : {} } },
      },
    })),
  );

/** An input for {@link toolConfig}. */
export const toolScope: fc.Arbitrary<Json> = record({
  agentId: fc.constant('main'),
  requesterIsOwner: maybe(fc.boolean()),
  channel: fc.constant('telegram'),
  kind: fc.constantFrom('group', 'direct'),
  peerId: fc.constantFrom('g', 'h'),
  sender: record({ id: fc.constantFrom('1', '2') }),
  sandboxed: maybe(fc.boolean()),
  subagent: maybe(
    record({
      depth: fc.constantFrom(1, 2),
      parentTools: fc.constantFrom(['read', 'exec'], ['browser', 'write', 'weather'], []),
    }),
  ),
  registered: maybe(fc.constant([{ name: 'weather', pluginId: 'forecast' }])),
});

/** A tool name to ask about. */
export const toolName: fc.Arbitrary<string> = fc.constantFrom(
  'read',
  'write',
  'apply_patch',
  'exec',
  'Bash ',
  'browser',
  'message',
  'cron',
  'sessions_spawn',
  'web_fetch',
  'weather',
  'nothing',
  ...dangerousIds,
);
