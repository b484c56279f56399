import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { diffMatrix, exposureDiff, isRanked } from '../../src/explain/index.ts';

const base = {
  gateway: { bind: 'loopback', auth: { mode: 'token', token: 'k'.repeat(32) } },
  session: { dmScope: 'per-channel-peer' },
  tools: { profile: 'messaging', exec: { security: 'deny' } },
  channels: { telegram: { botToken: 'x', dmPolicy: 'pairing' } },
};

function put(config: object, path: string, value: unknown): object {
  const [key = '', ...rest] = path.split('.');
  const below = (config as Record<string, unknown>)[key];
  const holder = typeof below === 'object' && below !== null ? below : {};
  return { ...config, [key]: rest.length === 0 ? value : put(holder, rest.join('.'), value) };
}

const keysOf = (items: readonly { key: string }[]) => items.map(({ key }) => key);

describe('a change that opens', () => {
  const opening: readonly (readonly [string, unknown])[] = [
    ['gateway.bind', 'lan'],
    ['gateway.auth.mode', 'none'],
    ['gateway.auth.token', 'another'],
    ['gateway.auth.rateLimit.maxAttempts', 1000],
    ['gateway.auth.rateLimit.exemptLoopback', true],
    ['gateway.auth.allowTailscale', true],
    ['gateway.tailscale.mode', 'funnel'],
    ['gateway.trustedProxies', ['10.0.0.0/8']],
    ['gateway.controlUi.allowedOrigins', ['https://a.example']],
    ['gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback', true],
    ['gateway.http.endpoints.chatCompletions.enabled', true],
    ['gateway.tools.allow', ['exec']],
    ['gateway.nodes.commands.allow', ['system.run']],
    ['gateway.nodes.pairing.autoApproveLocal', true],
    ['hooks.enabled', true],
    ['hooks.mappings', [{ match: { path: 'a' } }]],
    ['plugins.allow', ['x']],
    ['mcp.servers.files.command', 'node'],
    ['mcp.servers.web.url', 'https://mcp.example'],
    ['tools.exec.security', 'full'],
    ['tools.exec.ask', 'off'],
    ['tools.exec.safeBins', ['python3']],
    ['tools.fs.workspaceOnly', false],
    ['tools.elevated.allowFrom.telegram', ['42']],
    ['agents.defaults.sandbox.workspaceAccess', 'rw'],
    ['agents.entries.helper.sandbox.network', 'proxy'],
    ['session.dmScope', 'main'],
    ['session.identityLinks.ann', ['telegram:1', 'slack:2']],
    ['commands.ownerAllowFrom', ['telegram:42']],
    ['channels.telegram.execApprovals.approvers', ['42']],
    ['channels.telegram.apiRoot', 'http://127.0.0.1:1'],
    ['channels.slack.botToken', 'xoxb'],
    ['flow.mode', 'off'],
    ['logging.audit.retentionDays', 1],
    ['models.providers.openai.baseUrl', 'https://elsewhere.example'],
    ['execApprovals.approvers', ['telegram:42']],
    ['discovery.mdns.mode', 'full'],
  ];

  test.each(opening)('%s is named', (path, value) => {
    const { opens, changed } = exposureDiff(base, put(base, path, value));
    expect(keysOf(opens)).toContain(path);
    expect(changed).toEqual([path]);
  });

  test.each([
    ['env.vars', { source: 'env', id: 'A', FOO: 'b' }],
    ['env.vars', { source: 'env', id: 'A' }],
    ['mcp.servers.files', { source: 'env', id: 'A', command: 'node' }],
    ['tools.exec', { source: 'env', id: 'A', security: 'full' }],
    ['channels.slack', { source: 'env', id: 'A', dmPolicy: 'open', allowFrom: ['*'] }],
  ])('%s is not hidden by keys that make it look like a reference', (path, value) => {
    const { opens, changed, local } = exposureDiff(base, put(base, path, value));
    expect(opens).not.toEqual([]);
    expect(changed).toEqual(
      expect.arrayContaining(Object.keys(value).map((key) => `${path}.${key}`)),
    );
    if (!/^(?:tools|channels)/u.test(path)) expect(local).not.toEqual([]);
  });

  test('of who may write is told by asking the policy about everybody', () => {
    const after = put(
      put(base, 'channels.telegram.dmPolicy', 'open'),
      'channels.telegram.allowFrom',
      ['*'],
    );
    const { opens } = exposureDiff(base, after);
    expect(opens).toContainEqual({
      key: 'channels.telegram.allowFrom',
      what: 'stranger (telegram, direct): speak (pair -> allow)',
    });
  });

  test('of a setting nobody knows is named too', () => {
    const { opens } = exposureDiff(base, put(base, 'brand.new.key', 1));
    expect(opens).toEqual([{ key: 'brand.new.key', what: 'is set: what it opens is not known' }]);
    expect(isRanked(['brand', 'new', 'key'])).toBe(false);
  });

  test('of a value that cannot be read is named', () => {
    const { opens } = exposureDiff(base, put(base, 'gateway.bind', { odd: true }));
    expect(keysOf(opens)).toContain('gateway.bind');
  });
});

describe('what closes', () => {
  test.each([
    ['gateway.bind', 'lan', 'loopback'],
    ['tools.exec.security', 'full', 'deny'],
    ['gateway.tools.deny', undefined, ['exec']],
    ['budgets.sender.tokensPerDay', undefined, 100],
    ['session.dmScope', 'main', 'per-peer'],
    ['mcp.servers.web.enabled', undefined, false],
  ])('%s opens nothing the one way and something the other', (path, open, closed) => {
    const [wide, narrow] = [put(base, path, open), put(base, path, closed)];
    expect(keysOf(exposureDiff(wide, narrow).opens)).toEqual([]);
    expect(keysOf(exposureDiff(wide, narrow).closes)).toContain(path);
    expect(keysOf(exposureDiff(narrow, wide).opens)).toContain(path);
  });

  test('an agent that tightens what it would inherit opens nothing', () => {
    const loose = put(base, 'tools.exec.security', 'full');
    const tightened = put(loose, 'agents.entries.main.tools.exec.security', 'allowlist');
    expect(exposureDiff(loose, tightened).opens).toEqual([]);
    expect(keysOf(exposureDiff(tightened, loose).opens)).toContain(
      'agents.entries.main.tools.exec.security',
    );
  });

  test('neither are names, ports and levels of the log', () => {
    const after = put(put(base, 'gateway.port', 19_000), 'logging.level', 'debug');
    expect(exposureDiff(base, after)).toEqual({
      opens: [],
      closes: [],
      changed: ['gateway.port', 'logging.level'],
      local: [],
    });
  });
});

describe('settings that name programs or code', () => {
  test.each([
    'mcp.servers.files.command',
    'mcp.servers.files.args',
    'mcp.servers.files.env.NODE_OPTIONS',
    'plugins.load.paths',
    'plugins.entries.x.config',
    'browser.executablePath',
    'browser.profiles.work.executablePath',
    'tools.exec.pathPrepend',
    'agents.entries.main.tools.exec.pathPrepend',
    'agents.defaults.sandbox.backend',
    'agents.defaults.sandbox.docker.image',
    'secrets.providers.vault.command',
    'secrets.providers.vault.path',
    'hooks.transformsDir',
    'env.vars.NODE_OPTIONS',
    'gateway.controlUi.root',
    'gateway.remote.sshTarget',
    'logging.file',
  ])('%s is for somebody at this machine, with a reason', (path) => {
    const { local } = exposureDiff(base, put(base, path, 'value'));
    expect(local).toEqual([{ key: path, why: expect.stringMatching(/^(?:it|variables) /u) }]);
  });

  test('may be taken away from anywhere, as a whole', () => {
    const served = put(base, 'mcp.servers.files', { command: 'node', args: ['a.js'] });
    expect(exposureDiff(served, base).local).toEqual([]);
    const halved = put(base, 'mcp.servers.files', { command: 'node' });
    expect(keysOf(exposureDiff(served, halved).local)).toEqual(['mcp.servers.files.args']);
  });
});

const listed = (agent: object) => ({ ...base, agents: { list: [{ id: 'main', ...agent }] } });

describe('agents in the older list', () => {
  test('are compared one by one, like those in the section', () => {
    const after = listed({ tools: { exec: { security: 'full' } }, name: 'Ann' });
    const { opens, changed, local } = exposureDiff(listed({}), after);
    expect(keysOf(opens)).toContain('agents.list.main.tools.exec.security');
    expect(changed).toEqual(['agents.list.main.tools.exec.security', 'agents.list.main.name']);
    expect(local).toEqual([]);
  });

  test('cannot be told programs from anywhere either', () => {
    const after = listed({ sandbox: { backend: '/tmp/x' } });
    expect(keysOf(exposureDiff(listed({}), after).local)).toEqual([
      'agents.list.main.sandbox.backend',
    ]);
    const twice = { ...base, agents: { list: [{ id: 'main' }, { id: 'main' }] } };
    expect(keysOf(exposureDiff(listed({}), twice).local)).toContain('agents.list');
  });
});

test.each([
  ['gateway.bind', 'lan'],
  ['gateway.auth.mode', 'none'],
  ['gateway.tools.allow', ['exec']],
  ['hooks', { enabled: true, token: 'x', tools: ['exec'], mappings: [{ match: { path: 'a' } }] }],
  ['cron', { enabled: false }],
  ['logging', { level: 'debug' }],
  ['diagnostics', { otel: { enabled: true } }],
  ['models', { mode: 'replace', providers: { x: { baseUrl: 'https://x.example' } } }],
  ['secrets', { providers: { x: { source: 'env' } } }],
  ['env', { vars: { A: 'b' } }],
  ['store', { kind: 'postgres' }],
  ['budgets', { sender: { tokensPerDay: 0 } }],
  ['discovery', { mdns: { mode: 'full' } }],
])(
  'no answer about a person is read from %s, so that its rules say all there is',
  (path, value) => {
    const { rows } = diffMatrix(base, put(base, path, value));
    expect(rows).toEqual([]);
  },
);

describe('a sentence', () => {
  test('never holds a secret', () => {
    const canary = 'sk-canary-0123456789';
    const after = {
      ...base,
      gateway: { bind: 'lan', auth: { mode: 'password', token: canary, password: canary } },
      channels: { slack: { botToken: canary, apiUrl: `https://a:${canary}@host/` } },
      hooks: { enabled: true, token: canary },
      models: { providers: { x: { baseUrl: `https://u:${canary}@host`, apiKey: canary } } },
      store: { url: `postgres://u:${canary}@host/db` },
      gateway2: canary,
    };
    expect(JSON.stringify(exposureDiff(base, after))).not.toContain(canary);
    expect(JSON.stringify(exposureDiff(after, base))).not.toContain(canary);
  });
});

test('no change opens or closes nothing, and a change and its reverse never both go unnoticed', () => {
  const settings = constantFrom<readonly (readonly [string, unknown])[]>(
    [['gateway.bind', 'lan']],
    [['tools.profile', 'coding']],
    [['tools.exec.security', 'allowlist']],
    [
      ['channels.telegram.dmPolicy', 'open'],
      ['channels.telegram.allowFrom', ['*']],
    ],
    [['channels.telegram.groups', {}]],
    [['agents.entries.main.tools.deny', ['exec']]],
  );
  assert(
    property(array(settings, { maxLength: 3 }), (changes) => {
      const after = changes
        .flat()
        .reduce<object>((config, [path, value]) => put(config, path, value), base);
      const there = exposureDiff(base, after);
      const back = exposureDiff(after, base);
      expect(exposureDiff(after, structuredClone(after)).changed).toEqual([]);
      expect(there.changed.toSorted()).toEqual(back.changed.toSorted());
      if (there.opens.length > 0) expect(back.closes.length + back.opens.length).toBeGreaterThan(0);
    }),
    { numRuns: 60 },
  );
});
