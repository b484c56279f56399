import { describe, expect, test } from 'vitest';

import { audit, configFixes, driftOf, worsened } from '../../src/audit/index.ts';
import type { Finding } from '../../src/audit/index.ts';

const linesOf = (config: unknown, paired = {}): readonly string[] =>
  configFixes(config, { paired }).map(({ line }) => line);

describe('a fix of a config', () => {
  test('closes every open room policy of every channel and account', () => {
    const config = {
      channels: {
        defaults: { groupPolicy: 'open' },
        telegram: { groupPolicy: 'open', accounts: { work: { groupPolicy: 'open' } } },
        discord: { groupPolicy: 'allowlist', accounts: { 'a.b': { groupPolicy: 'open' } } },
        slack: { groupPolicy: 'disabled', dmPolicy: 'open' },
      },
    };
    expect(configFixes(config)).toEqual([
      {
        path: ['channels', 'defaults', 'groupPolicy'],
        value: 'allowlist',
        line: 'channels.defaults.groupPolicy=open -> allowlist',
        asks: false,
      },
      expect.objectContaining({ path: ['channels', 'telegram', 'groupPolicy'] }),
      expect.objectContaining({
        path: ['channels', 'telegram', 'accounts', 'work', 'groupPolicy'],
      }),
      expect.objectContaining({ path: ['channels', 'discord', 'accounts', 'a.b', 'groupPolicy'] }),
    ]);
  });

  test('names those who were paired on WhatsApp where nobody is named, and marks it', () => {
    const config = { channels: { whatsapp: { groupPolicy: 'open' } } };
    const paired = { whatsapp: { default: ['+1', '*'], work: ['+2'] } };
    expect(configFixes(config, { paired })).toMatchObject([
      { path: ['channels', 'whatsapp', 'groupAllowFrom'], value: ['+1'], asks: true },
      { path: ['channels', 'whatsapp', 'groupPolicy'], asks: false },
    ]);
    expect(linesOf(config)).toEqual(['channels.whatsapp.groupPolicy=open -> allowlist']);
    expect(linesOf(config, { whatsapp: { default: ['*'] } })).toHaveLength(1);
    for (const key of ['allowFrom', 'groupAllowFrom']) {
      const named = { channels: { whatsapp: { groupPolicy: 'open', [key]: ['+9'] } } };
      expect(linesOf(named, paired)).toEqual(['channels.whatsapp.groupPolicy=open -> allowlist']);
    }
    expect(linesOf({ channels: { telegram: { groupPolicy: 'open' } } }, paired)).toHaveLength(1);
  });

  test.each([undefined, null, 7, [], { channels: 7 }, { channels: { telegram: null } }])(
    'of what is none changes nothing: %j',
    (config) => expect(configFixes(config)).toEqual([]),
  );
});

const found = (change: Partial<Finding>): Finding => ({
  checkId: 'a.check',
  severity: 'warn',
  title: 'Something',
  detail: 'This.',
  ...change,
});

const mount = (detail: string): Finding => found({ checkId: 'bind', path: 'binds', detail });
const file = (path: string): Finding => found({ checkId: 'perms', path });

describe('two audits', () => {
  test('that found the same differ in nothing', () => {
    const { findings } = audit({ gateway: { bind: 'lan' } });
    expect(driftOf(findings, findings.toReversed())).toEqual({
      appeared: [],
      gone: [],
      changed: [],
    });
  });

  test('show what is new, what is gone, and what says something else', () => {
    const before = [
      found({ checkId: 'goes' }),
      found({ checkId: 'gets.worse', path: 'tools' }),
      found({ checkId: 'gets.better', severity: 'critical' }),
      found({ checkId: 'names.more', path: 'channels.telegram', detail: 'telegram.' }),
    ];
    const after = [
      found({ checkId: 'gets.worse', path: 'tools', severity: 'critical' }),
      found({ checkId: 'gets.better' }),
      found({ checkId: 'names.more', path: 'channels.discord', detail: 'discord, telegram.' }),
      found({ checkId: 'comes' }),
    ];
    const drift = driftOf(before, after);
    expect(drift.gone).toEqual([before[0]]);
    expect(drift.appeared).toEqual([after[3]]);
    expect(drift.changed.map(({ checkId, before: was }) => [checkId, was.severity])).toEqual([
      ['gets.worse', 'warn'],
      ['gets.better', 'critical'],
      ['names.more', 'warn'],
    ]);
    expect(worsened(drift).map(({ checkId }) => checkId)).toEqual(['comes', 'gets.worse']);
  });

  test('tell one file from another, and one of several from the others', () => {
    const drift = driftOf(
      [mount('/etc.'), mount('/root.'), file('/a')],
      [mount('/root.'), mount('/etc.'), mount('/run.'), file('/b')],
    );
    expect(drift.appeared).toEqual([mount('/run.'), file('/b')]);
    expect(drift.gone).toEqual([file('/a')]);
    expect(drift.changed).toEqual([]);
  });
});
