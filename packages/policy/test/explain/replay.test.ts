// A recorded past under another config.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AuditedLine, replay } from '../../src/explain/index.ts';

let seq = 0;
const line = (entry: Readonly<Record<string, unknown>>, kind = 'admit'): AuditedLine => {
  seq += 1;
  return { seq, at: seq * 1000, kind, entry };
};

/** A message as the gateway records it. */
const message = (entry: Readonly<Record<string, unknown>> = {}): AuditedLine =>
  line({
    principal: 'telegram:2',
    effect: 'allow',
    code: 'dm.allowlisted',
    path: 'channels.telegram.allowFrom',
    event: 'message',
    channel: 'telegram',
    accountId: 'default',
    conversation: '2',
    conversationKind: 'direct',
    given: {},
    ...entry,
  });

const room = (entry: Readonly<Record<string, unknown>> = {}): AuditedLine =>
  message({
    code: 'group.sender_allowlisted',
    conversation: '-5',
    conversationKind: 'group',
    given: { facts: { nativeMention: true } },
    ...entry,
  });

const CONFIG = {
  channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['2'], groups: { '-5': {} } } },
};
const CLOSED = { channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['1'], groups: {} } } };

const outcomes = (lines: readonly AuditedLine[], config: unknown) =>
  replay(lines, config).lines.map(({ outcome, was, now, reason }) => [
    outcome,
    `${was.effect} ${was.code}`,
    now === undefined ? reason : `${now.effect} ${now.code}`,
  ]);

test('under the same config everything stays', () => {
  const lines = [message(), room(), line({ code: 'sent' }, 'send')];
  expect(replay(lines, CONFIG)).toEqual({
    lines: [],
    counts: { opens: 0, closes: 0, same: 2, undecidable: 0, skipped: 1 },
  });
});

test('what would have been refused, and what would have come in', () => {
  const stranger = { principal: 'telegram:1', conversation: '1', effect: 'deny' };
  const refused = message({ ...stranger, code: 'dm.allowlist.not_allowlisted' });
  expect(outcomes([message(), room(), refused], CLOSED)).toEqual([
    ['closes', 'allow dm.allowlisted', 'deny dm.allowlist.not_allowlisted'],
    ['closes', 'allow group.sender_allowlisted', 'deny group.not_allowlisted'],
    ['opens', 'deny dm.allowlist.not_allowlisted', 'allow dm.allowlisted'],
  ]);
});

test('only lines that are young enough are told, but older ones count for their tools', () => {
  const asked = message({ runId: 'run:1', sessionKey: 'agent:main:main' });
  const tool = line(
    {
      principal: 'telegram:2',
      effect: 'allow',
      code: 'tool.allowed',
      tool: 'message',
      runId: 'run:1',
    },
    'tool',
  );
  const config = { ...CONFIG, tools: { deny: ['message'] } };
  const { lines, counts } = replay([asked, tool], config, { since: tool.at });
  expect(lines).toMatchObject([
    { about: 'tool message', outcome: 'closes', now: { code: 'tool.deny.global' } },
  ]);
  expect(counts).toEqual({ opens: 0, closes: 1, same: 0, undecidable: 0, skipped: 0 });
  expect(outcomes([tool], config)).toEqual([
    ['undecidable', 'allow tool.allowed', 'The message it was for is not in this part.'],
  ]);
  expect(
    replay([line({ code: 'tool.done', tool: 'message' }, 'tool')], config).counts.skipped,
  ).toBe(1);
});

describe('what cannot be told is not guessed', () => {
  const patterns = { ...CONFIG, messages: { groupChat: { mentionPatterns: ['bot'] } } };
  const quiet = { code: 'group.mention.required', effect: 'ignore', given: {} };

  test('whether a text that is gone addressed the agent', () => {
    const gone = 'Whether the text addressed the agent cannot be told: it is gone.';
    expect(outcomes([room(quiet)], CONFIG)).toEqual([]);
    expect(outcomes([room(quiet)], patterns)).toEqual([
      ['undecidable', 'ignore group.mention.required', gone],
    ]);
    expect(outcomes([room()], patterns)).toEqual([]);
    const closed = { ...patterns, channels: CLOSED.channels };
    expect(replay([room(quiet)], closed).counts.same).toBe(1);
  });

  test('whether a name was listed', () => {
    const named = {
      channels: {
        slack: { dmPolicy: 'allowlist', allowFrom: ['alice'], dangerouslyAllowNameMatching: true },
      },
    };
    const slack = message({ principal: 'slack:U012', channel: 'slack', conversation: 'U012' });
    expect(outcomes([slack], named)).toEqual([
      [
        'undecidable',
        'allow dm.allowlisted',
        'The config lists people by name, and names are not recorded.',
      ],
    ]);
  });

  test('lines without facts, counted lines, decisions that are not policy', () => {
    expect(
      outcomes(
        [
          room({ given: undefined }),
          line({ ...message().entry, repeats: 4 }, 'fold'),
          message({ code: 'ingress.queue_full', effect: 'ignore' }),
          message({ code: 'plugin.says_no', effect: 'deny' }),
          message({ event: 'command', code: 'command.owner_only', effect: 'deny' }),
          line({}, 'admit'),
        ],
        CONFIG,
      ).map(([outcome, , reason]) => [outcome, reason]),
    ).toEqual([
      ['undecidable', 'The line does not hold the facts of the event.'],
      ['undecidable', 'Several refusals were counted in one line.'],
      ['undecidable', 'It was not decided by the config.'],
      ['undecidable', 'It was not decided by the config.'],
      ['undecidable', 'The name of the command was not recorded.'],
      ['undecidable', 'It was not decided by the config.'],
    ]);
  });

  test('the model of a tool call', () => {
    const asked = message({ runId: 'run:2' });
    const tool = line(
      { effect: 'allow', code: 'tool.allowed', tool: 'read', runId: 'run:2' },
      'tool',
    );
    const config = { ...CONFIG, tools: { byProvider: { openai: { deny: ['read'] } } } };
    expect(outcomes([asked, tool], config)).toEqual([
      [
        'undecidable',
        'allow tool.allowed',
        'The answer depends on the model, which is not recorded.',
      ],
    ]);
  });
});

test('facts, places, roles and commands are read back', () => {
  const discord = {
    channels: {
      discord: { guilds: { '9': { roles: ['r1'], channels: { '77': { requireMention: true } } } } },
    },
  };
  const given = { guildId: '9', roles: ['r1'], facts: { nativeMention: true } };
  const base = { principal: 'discord:10001', channel: 'discord', conversation: '77' };
  const said = { ...base, conversationKind: 'channel', code: 'group.sender_allowlisted' };
  expect(outcomes([message({ ...said, given })], discord)).toEqual([]);
  expect(outcomes([message({ ...said, given: { ...given, roles: [] } })], discord)).toEqual([
    ['closes', 'allow group.sender_allowlisted', 'deny group.sender_not_allowlisted'],
  ]);
  const bot = { ...given, isBot: true };
  expect(outcomes([message({ ...said, given: bot })], discord)).toEqual([
    ['closes', 'allow group.sender_allowlisted', 'ignore ingress.bot.not_allowed'],
  ]);
  const command = message({ ...said, event: 'command', command: 'config', given });
  expect(outcomes([command], discord)).toEqual([
    ['closes', 'allow group.sender_allowlisted', 'deny command.owner_only'],
  ]);
});

const door = (event: string, principal: string, code: string, given: object) =>
  line({
    principal,
    event,
    code,
    given,
    effect: 'allow',
    channel: 'webchat',
    accountId: 'default',
    conversation: 'main',
    conversationKind: 'direct',
    sessionKey: 'agent:main:main',
  });

test('the doors of the gateway', () => {
  const operator = door('operator', 'operator:c1', 'event.operator', {
    scopes: ['operator.write'],
  });
  expect(outcomes([operator], CONFIG)).toEqual([]);
});

test('the pairing of that time is what counts', () => {
  const config = { channels: { telegram: { dmPolicy: 'pairing' } } };
  expect(outcomes([message({ code: 'dm.paired' })], config)).toEqual([]);
  expect(outcomes([message({ given: { paired: true } })], config)).toEqual([]);
  expect(outcomes([message()], config)).toEqual([
    ['closes', 'allow dm.allowlisted', 'pair dm.pairing.unknown_sender'],
  ]);
});

test('a fact that is no text is not shown, and stops nothing', () => {
  const odd = message({ code: 'dm.paired', channel: [{ toString: 0 }], given: 7 });
  expect(replay([odd], CONFIG).lines[0]?.about).toBe('message in ? direct');
});

test('whatever a log holds, every line is counted', () => {
  const entries = fc.array(
    fc.tuple(
      fc.constantFrom('admit', 'tool', 'fold', 'send'),
      fc.dictionary(
        fc.constantFrom(
          'principal',
          'code',
          'event',
          'channel',
          'conversationKind',
          'given',
          'tool',
        ),
        fc.oneof(fc.jsonValue(), fc.constantFrom('message', 'telegram', 'dm.paired', 'group')),
      ),
    ),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(entries, (all) => {
      const { counts } = replay(
        all.map(([kind, entry]) => line(entry, kind)),
        CONFIG,
      );
      expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(all.length);
    }),
    { numRuns: 300 },
  );
});
