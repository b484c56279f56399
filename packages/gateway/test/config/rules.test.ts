import { describe, expect, test } from 'vitest';
import type { StandardSchema } from '@portcullis/core';
import { type ConfigObject, accountOptions, validateConfig } from '@portcullis/gateway/config';

/** Paths of the issues. */
function faults(config: ConfigObject): readonly string[] {
  return validateConfig(config).issues.map((issue) => issue.path);
}

function telegram(block: ConfigObject): readonly string[] {
  return faults({ channels: { telegram: block } }).map((path) =>
    path.replace('channels.telegram.', ''),
  );
}

describe('who may write', () => {
  test('open needs the star, in so many words', () => {
    expect(telegram({ dmPolicy: 'open' })).toEqual(['dmPolicy']);
    expect(telegram({ dmPolicy: 'open', allowFrom: ['42'] })).toEqual(['dmPolicy']);
    expect(telegram({ dmPolicy: 'open', allowFrom: ['42', ' * '] })).toEqual([]);
    expect(telegram({ dm: { policy: 'open', allowFrom: ['*'] } })).toEqual([]);
  });

  test('allowlist needs an entry', () => {
    expect(telegram({ dmPolicy: 'allowlist' })).toEqual(['dmPolicy']);
    expect(telegram({ dmPolicy: 'allowlist', allowFrom: ['  '] })).toEqual(['dmPolicy']);
    expect(telegram({ dmPolicy: 'allowlist', allowFrom: [42] })).toEqual([]);
  });

  test('an account inherits what it does not say', () => {
    const allowFrom = ['42'];
    expect(telegram({ allowFrom, accounts: { work: { dmPolicy: 'allowlist' } } })).toEqual([]);
    expect(telegram({ allowFrom, accounts: { work: { dmPolicy: 'open' } } })).toEqual([
      'accounts.work.dmPolicy',
    ]);
    expect(
      telegram({ dmPolicy: 'allowlist', allowFrom, accounts: { work: { allowFrom: [] } } }),
    ).toEqual(['accounts.work.dmPolicy']);
    expect(
      telegram({ dmPolicy: 'allowlist', allowFrom, accounts: { work: { enabled: true } } }),
    ).toEqual([]);
  });

  test('account ids are plain names', () => {
    const accounts = { 'my bot': {}, ' Work ': {}, 'a:b': {}, '': {} };
    expect(telegram({ accounts })).toEqual(['accounts["my bot"]', 'accounts.a:b', 'accounts[""]']);
  });
});

describe('tools', () => {
  test('allow and alsoAllow exclude each other in one scope only', () => {
    const both = { allow: ['read'], alsoAllow: ['write'] };
    expect(faults({ tools: both })).toEqual(['tools.alsoAllow']);
    expect(faults({ tools: { sandbox: { tools: both } } })).toEqual([
      'tools.sandbox.tools.alsoAllow',
    ]);
    expect(faults({ agents: { entries: { a: { tools: { byProvider: { x: both } } } } } })).toEqual([
      'agents.entries.a.tools.byProvider.x.alsoAllow',
    ]);
    expect(faults({ channels: { slack: { channels: { C1: { tools: both } } } } })).toEqual([
      'channels.slack.channels.C1.tools.alsoAllow',
    ]);
    expect(
      faults({
        tools: { allow: ['a'] },
        agents: { entries: { a: { tools: { alsoAllow: ['b'] } } } },
      }),
    ).toEqual([]);
  });

  test('exec mode excludes security and ask in one scope only', () => {
    expect(faults({ tools: { exec: { mode: 'ask', security: 'deny' } } })).toEqual([
      'tools.exec.mode',
    ]);
    expect(
      faults({ agents: { list: [{ id: 'a', tools: { exec: { mode: 'ask', ask: 'off' } } }] } }),
    ).toEqual(['agents.list[0].tools.exec.mode']);
    expect(
      faults({
        tools: { exec: { security: 'deny' } },
        agents: { entries: { a: { tools: { exec: { mode: 'ask' } } } } },
      }),
    ).toEqual([]);
  });
});

describe('agents and people', () => {
  test('agent ids are plain, present and different', () => {
    const list = [{ id: 'Main' }, { id: 'main ' }, {}, { id: 'a b' }, { id: 'ops' }];
    expect(faults({ agents: { entries: { ops: {}, 'x/y': {} }, list } })).toEqual([
      'agents.entries.x/y',
      'agents.list[1].id',
      'agents.list[2].id',
      'agents.list[3].id',
      'agents.list[4].id',
    ]);
  });

  test('one agent is the default at most', () => {
    expect(faults({ agents: { entries: { a: { default: true }, b: { default: true } } } })).toEqual(
      ['agents'],
    );
  });

  test('identity links never merge two people', () => {
    const links = { ann: ['telegram:1'], bob: ['whatsapp:+1', ' Telegram:1'], ANN: ['slack:U1'] };
    expect(faults({ session: { identityLinks: links } })).toEqual([
      'session.identityLinks.bob',
      'session.identityLinks.ANN',
    ]);
  });

  test.each([
    'NODE_OPTIONS',
    'LD_PRELOAD',
    'PATH',
    'BASH_ENV',
    'GIT_SSH_COMMAND',
    'OPENCLAW_STATE_DIR',
    'A B',
  ])('P03.03: env.vars cannot set %s', (name) => {
    expect(
      validateConfig({ env: { vars: { [name]: 'x', OPENAI_API_KEY: 'y' } } }).issues,
    ).toHaveLength(1);
  });
});

describe('endpoints', () => {
  test('a foreign endpoint is refused unless it is allowed in so many words', () => {
    expect(telegram({ apiRoot: 'https://evil.example' })).toEqual(['apiRoot']);
    expect(telegram({ apiRoot: 'http://localhost.evil.example:1' })).toEqual(['apiRoot']);
    expect(telegram({ apiRoot: 'http://127.0.0.1@evil.example' })).toEqual(['apiRoot']);
    expect(telegram({ accounts: { work: { apiRoot: 'https://10.0.0.1' } } })).toEqual([
      'accounts.work.apiRoot',
    ]);
    expect(telegram({ apiRoot: 'https://bots.example', dangerouslyAllowEndpoint: true })).toEqual(
      [],
    );
  });

  test.each([
    'http://127.0.0.1:8081',
    'http://localhost:1/x',
    'http://[::1]:2',
    'http://127.9.9.9',
  ])('%s is here', (apiRoot) => {
    expect(telegram({ apiRoot })).toEqual([]);
  });
});

/** A schema that wants `room` to be text. */
const chatSchema: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) =>
      typeof (value as { room?: unknown }).room === 'string'
        ? { value }
        : { issues: [{ message: 'room must be text', path: [{ key: 'room' }] }] },
  },
};

/** A schema that answers as told. */
function schema(validate: StandardSchema['~standard']['validate']): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

/** Paths of the issues of a block of the channel `chat`. */
function check(chat: ConfigObject): readonly string[] {
  const { issues } = validateConfig(
    { channels: { chat } },
    { channelSchemas: { chat: chatSchema } },
  );
  return issues.map((issue) => issue.path);
}

describe('channels of plugins', () => {
  test('a channel whose package is missing is left unchecked with a warning', () => {
    const config = {
      channels: {
        signal: { anything: 1 },
        telegrm: { dmPolicy: 'opn' },
        whatsapp: { nonsense: 1 },
      },
    };
    expect(validateConfig(config, { channelSchemas: {} })).toEqual({
      issues: [],
      warnings: [
        {
          path: 'channels.signal',
          message: 'no installed package offers this channel, so its block is left unchecked',
        },
        {
          path: 'channels.telegrm',
          message:
            'no installed package offers this channel, so its block is left unchecked, did you mean "telegram"?',
        },
        {
          path: 'channels.whatsapp',
          message: 'no installed package offers this channel, so its block is left unchecked',
        },
      ],
    });
  });

  test('each account is checked with what it inherits', () => {
    const accounts = { one: { room: 'x' }, two: { room: 7 }, three: {} };
    expect(check({ room: 'x', extra: true })).toEqual([]);
    expect(check({})).toEqual(['channels.chat.room']);
    expect(check({ accounts })).toEqual([
      'channels.chat.accounts.two.room',
      'channels.chat.accounts.three.room',
    ]);
    expect(check({ room: 'r', accounts: { three: {} } })).toEqual([]);
  });

  test('the common keys of such a channel are checked too', () => {
    const { issues } = validateConfig(
      { channels: { chat: { room: 'x', dmPolicy: 'Open' } } },
      { channelSchemas: { chat: chatSchema } },
    );
    expect(issues.map((issue) => [issue.path, issue.suggestion])).toEqual([
      ['channels.chat.dmPolicy', 'open'],
    ]);
  });

  test('a schema that throws or waits is an issue', () => {
    const schemas = {
      bad: schema(() => {
        throw new Error('boom');
      }),
      slow: schema(async (value) => ({ value })),
    };
    const config = { channels: { bad: {}, slow: {} } };
    expect(validateConfig(config, { channelSchemas: schemas }).issues).toEqual([
      { path: 'channels.bad', message: 'cannot be checked: the schema of its package failed' },
      {
        path: 'channels.slow',
        message: 'cannot be checked: the schema of its package is asynchronous',
      },
    ]);
  });

  test('reserved and malformed channel ids are refused', () => {
    expect(faults({ channels: { cron: {}, 'a/b': {}, Telegram: {} } })).toEqual([
      'channels.cron',
      'channels.a/b',
      'channels.Telegram',
    ]);
  });

  test('the options of an account', () => {
    const config = {
      channels: {
        telegram: { botToken: 'a', historyLimit: 5, accounts: { work: { botToken: 'b' } } },
      },
    };
    expect(accountOptions(config, 'telegram', 'work')).toEqual({ botToken: 'b', historyLimit: 5 });
    expect(accountOptions(config, 'telegram', 'constructor')).toEqual({
      botToken: 'a',
      historyLimit: 5,
    });
    expect(accountOptions(config, 'toString')).toEqual({});
  });
});
