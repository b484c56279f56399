// Commands: the table, the lists, the hosts, and who may loosen what.
import { describe, expect, test } from 'vitest';
import { argvHash, decideExec, type ExecInput, type HostApprovals } from '../../src/exec/index.ts';

const LISTED = { tools: { exec: { security: 'allowlist', ask: 'off' } } };
const FULL = { tools: { exec: { security: 'full', ask: 'off' } } };
const which = Object.fromEntries(
  ['rg', 'cut', 'head', 'tr', 'wc', 'mytool', 'python3', 'cat'].map((name) => [
    name,
    { path: `/usr/bin/${name}` },
  ]),
);
const input = (
  command: string,
  changes: Partial<ExecInput> = {},
  allowlist: readonly unknown[] = [],
) => ({
  command,
  cwd: '/ws',
  home: '/home/u',
  which,
  hostApprovals: { agents: { main: { allowlist } } },
  ...changes,
});
const ask = (config: unknown, ...rest: Parameters<typeof input>) =>
  decideExec(config, input(...rest)).code;

describe('allow lists', () => {
  test.each([
    [{ pattern: 'r?' }, 'exec.allowlist.match'],
    [{ pattern: 'R?' }, 'exec.allowlist.miss'],
    [{ pattern: '/usr/*/rg' }, 'exec.allowlist.match'],
    [{ pattern: '/usr/*' }, 'exec.allowlist.miss'],
    [{ pattern: '/usr/**' }, 'exec.allowlist.match'],
    [{ pattern: '/usr/bin/./rg' }, 'exec.allowlist.miss'],
    [{ pattern: 'rg', argPattern: '^x$' }, 'exec.allowlist.match'],
    [{ pattern: 'rg', argPattern: 'y' }, 'exec.allowlist.miss'],
    [{ pattern: 'rg', argPattern: '(' }, 'exec.allowlist.miss'],
    [{ pattern: 'rg', argPattern: null }, 'exec.allowlist.miss'],
    [{ pattern: 'rg', source: 'allow-always' }, 'exec.allowlist.miss'],
    [{ pattern: '' }, 'exec.allowlist.miss'],
    ['rg', 'exec.allowlist.miss'],
  ])('%j', (entry, code) => {
    expect(ask(LISTED, 'rg x', {}, [entry])).toBe(code);
  });

  test('entries for everybody count for each agent, names that every object has for none', () => {
    const hostApprovals = { agents: { '*': { allowlist: [{ pattern: 'rg' }] } } };
    expect(ask(LISTED, 'rg x', { hostApprovals, agentId: 'a' })).toBe('exec.allowlist.match');
    expect(ask(LISTED, 'constructor', { hostApprovals })).toBe('exec.allowlist.miss');
  });

  test('an executable is trusted by where it really is', () => {
    const linked = { rg: { path: '/usr/bin/rg', realPath: '/ws/rg' } };
    expect(ask(LISTED, 'rg x', { which: linked }, [{ pattern: '/usr/bin/rg' }])).toBe(
      'exec.allowlist.miss',
    );
  });

  test('a relative path behind cd is another file', () => {
    const tool = { './t': { path: '/ws/t' } };
    const list = [{ pattern: '/ws/t' }];
    expect(ask(LISTED, './t', { which: tool }, list)).toBe('exec.allowlist.match');
    expect(ask(LISTED, 'cd x && ./t', { which: tool }, list)).toBe('exec.allowlist.miss');
    expect(ask(LISTED, "sh -c 'cd x' && ./t", { which: tool }, list)).toBe('exec.allowlist.miss');
  });
});

describe('durable trust', () => {
  const entry = {
    source: 'allow-always',
    realPath: '/usr/bin/cat',
    argvHash: argvHash(['cat', 'a'], '/ws'),
  };
  test.each([
    ['the same words', 'cat a', entry, {}, 'exec.allowlist.match'],
    ['other words', 'cat b', entry, {}, 'exec.allowlist.miss'],
    ['another directory', 'cat a', entry, { cwd: '/ws/x' }, 'exec.allowlist.miss'],
    ['no directory', 'cat a', entry, { cwd: undefined }, 'exec.allowlist.miss'],
    ['behind cd', 'cd x && cat a', entry, {}, 'exec.allowlist.miss'],
    ['another executable', 'cat a', { ...entry, realPath: '/bin/cat' }, {}, 'exec.allowlist.miss'],
    ['contents unknown', 'cat a', { ...entry, sha256: 'aa' }, {}, 'exec.allowlist.miss'],
    [
      'contents known',
      'cat a',
      { ...entry, sha256: 'aa' },
      { which: { cat: { path: '/usr/bin/cat', sha256: 'aa' } } },
      'exec.allowlist.match',
    ],
    [
      'a script of the workspace',
      'cat a',
      { ...entry, script: { path: '/ws/a', sha256: 'bb' } },
      { scripts: { '/ws/a': 'bb' } },
      'exec.allowlist.miss',
    ],
    [
      'an unchanged script',
      'cat a',
      { ...entry, script: { path: '/s/a', sha256: 'bb' } },
      { scripts: { '/s/a': 'bb' } },
      'exec.allowlist.match',
    ],
    [
      'a changed script',
      'cat a',
      { ...entry, script: { path: '/s/a', sha256: 'bb' } },
      { scripts: { '/s/a': 'cc' } },
      'exec.allowlist.miss',
    ],
    ['in the workspace', 'cat a', entry, { workspace: '/usr' }, 'exec.allowlist.miss'],
  ])('%s', (_name, command, durable, changes, code) => {
    expect(ask(LISTED, command, changes as Partial<ExecInput>, [durable])).toBe(code);
  });

  test('never answers where everything is asked', () => {
    const always = { tools: { exec: { security: 'allowlist', ask: 'always' } } };
    expect(ask(always, 'cat a', {}, [entry])).toBe('exec.ask.always');
  });
});

const listedWith = (settings: object) => ({
  tools: { exec: { security: 'allowlist', ask: 'off', ...settings } },
});

describe('safe bins', () => {
  test.each([
    ['cut -d, -f1', 'match'],
    ['cut -d , --fields=1', 'match'],
    ["cut -d '*' -f1", 'match'],
    ['cut -d * -f1', 'miss'],
    ["cut -d '$' -f1", 'miss'],
    ['cut -d / -f1', 'miss'],
    ['cut f', 'miss'],
    ['cut -d', 'miss'],
    ['cut --fie=1', 'miss'],
    ['head -5', 'miss'],
    ['head -n5 -q', 'match'],
    ['head -qv', 'match'],
    ['head -n ~', 'miss'],
    ['head -- -n', 'miss'],
    ['head -', 'miss'],
    ['tr a b', 'match'],
    ["tr -d '[:lower:]'", 'match'],
    ['tr -d [:lower:]', 'miss'],
    ['tr', 'miss'],
    ['tr a b c', 'miss'],
    ['wc -lc', 'match'],
    ['wc -l=x', 'miss'],
    ['/usr/bin/wc -l', 'miss'],
  ])('%s is a %s', (command, found) => {
    expect(ask(LISTED, command)).toBe(`exec.allowlist.${found}`);
  });

  const safeBinProfiles = {
    mytool: { allowedFlags: ['-a', '-b'], deniedFlags: ['-b'], maxPositional: 1 },
    python3: {},
  };
  test.each([
    ['mytool -a x', { safeBins: ['mytool'], safeBinProfiles }, 'match'],
    ['mytool -b', { safeBins: ['mytool'], safeBinProfiles }, 'miss'],
    ['mytool', { safeBins: ['mytool'] }, 'miss'],
    ['mytool', { safeBinProfiles }, 'miss'],
    ['wc -l', { safeBins: ['mytool'], safeBinProfiles }, 'match'],
    ['/usr/bin/x', { safeBins: ['/usr/bin/x'], safeBinProfiles: { '/usr/bin/x': {} } }, 'miss'],
    ['wc -l', { safeBins: [] }, 'miss'],
  ])('%s with %j is a %s', (command, settings, found) => {
    const known = { ...which, '/usr/bin/x': { path: '/usr/bin/x' } };
    expect(ask(listedWith(settings), command, { which: known })).toBe(`exec.allowlist.${found}`);
  });

  test('an interpreter is never one', () => {
    const settings = { safeBins: ['python3'], safeBinProfiles: { python3: { maxPositional: 1 } } };
    expect(ask(listedWith(settings), 'python3 x.py')).toBe('exec.allowlist.miss');
  });

  test('other directories must be named', () => {
    const local = { wc: { path: '/opt/bin/wc' } };
    expect(ask(LISTED, 'wc -l', { which: local })).toBe('exec.allowlist.miss');
    expect(ask(listedWith({ safeBinTrustedDirs: ['/opt/bin/'] }), 'wc -l', { which: local })).toBe(
      'exec.allowlist.match',
    );
  });
});

describe('the effective policy', () => {
  const everything = [{ pattern: '*' }];
  test.each([
    [
      'mode and security: the stricter',
      { mode: 'full', security: 'allowlist' },
      {},
      'exec.allowlist.match',
    ],
    ['mode and ask: the stricter', { mode: 'full', ask: 'always' }, {}, 'exec.ask.always'],
    ['auto', { mode: 'auto' }, {}, 'exec.allowlist.match'],
    [
      'an owner loosens',
      { mode: 'allowlist', ask: 'always' },
      { session: { security: 'full', ask: 'off', setByOwner: true } },
      'exec.full',
    ],
    [
      'an owner does not lift a deny',
      { security: 'deny', ask: 'off' },
      { session: { security: 'full', setByOwner: true } },
      'exec.security.deny',
    ],
    ['anybody tightens', { mode: 'full' }, { session: { security: 'deny' } }, 'exec.security.deny'],
    [
      'owner must be true itself',
      { mode: 'allowlist', ask: 'always' },
      { session: { ask: 'off', setByOwner: 'yes' } },
      'exec.ask.always',
    ],
    [
      'a session cannot be misspelled',
      { mode: 'full' },
      { session: { security: 'FULL' } },
      'config.invalid',
    ],
    [
      'a host only tightens',
      { mode: 'allowlist' },
      { hostApprovals: { defaults: { security: 'full', ask: 'off' }, agents: {} } },
      'exec.allowlist.miss',
    ],
    [
      'a host tightens asking',
      { mode: 'full' },
      { hostApprovals: { agents: { '*': { ask: 'always' } } } },
      'exec.ask.always',
    ],
    [
      'an agent’s entry goes before the others',
      { mode: 'full' },
      { hostApprovals: { defaults: { ask: 'always' }, agents: { main: { ask: 'off' } } } },
      'exec.full',
    ],
  ])('%s', (_name, exec, changes, code) => {
    expect(ask({ tools: { exec } }, 'rg x', changes as Partial<ExecInput>, everything)).toBe(code);
  });

  test.each([
    [undefined, { askFallback: 'full' }, 'exec.ask_fallback.full'],
    ['full', { askFallback: 'deny' }, 'exec.ask_fallback.deny'],
    ['full', {}, 'exec.ask_fallback.full'],
    [undefined, {}, 'exec.ask_fallback.deny'],
  ])('nobody answers: config %s, host %j', (askFallback, defaults, code) => {
    const config = {
      tools: { exec: { security: 'full', ask: 'always', ...(askFallback && { askFallback }) } },
    };
    const hostApprovals = { defaults, agents: {} } as HostApprovals;
    const changes = { approver: 'none', hostApprovals } as const;
    expect(ask(config, 'rg x', changes)).toBe(code);
  });

  test('the fallback is never more than the security', () => {
    const config = {
      tools: { exec: { security: 'allowlist', ask: 'always', askFallback: 'full' } },
    };
    expect(ask(config, 'rg x', { approver: 'timeout' })).toBe('exec.ask_fallback.miss');
    expect(ask(config, 'rg x', { approver: 'timeout' }, everything)).toBe(
      'exec.ask_fallback.allowlist',
    );
    expect(ask(config, 'python3 -c x', { approver: 'timeout' }, everything)).toBe(
      'exec.ask_fallback.miss',
    );
  });
});

describe('program text under full', () => {
  test.each([
    ['python3 -c x', 'exec.ask.inline_eval'],
    ['echo $(python3 -c x)', 'exec.ask.inline_eval'],
    ['ls | awk x > f', 'exec.ask.inline_eval'],
    ['python3 x.py > f', 'exec.full'],
    ['echo $HOME', 'exec.full'],
  ])('%s', (command, code) => {
    expect(ask(FULL, command)).toBe(code);
    const relaxed = { tools: { exec: { ...FULL.tools.exec, strictInlineEval: false } } };
    expect(ask(relaxed, command)).toBe('exec.full');
  });
});

describe('self-control', () => {
  test.each([
    'openclaw --profile x config set a b',
    '/opt/bin/openclaw pairing approve',
    'sudo openclaw gateway stop',
    'npx openclaw security audit',
    'node /x/openclaw.mjs config set',
    "sh -c 'openclaw approve 1'",
    'openclaw config set a "$x"',
    'ls; open"claw" config set > f',
    "sudo sh -c 'openclaw channels add'",
    'oc approve 1',
  ])('%s', (command) => {
    const oc = { oc: { path: '/usr/bin/oc', realPath: '/usr/lib/openclaw/openclaw.mjs' } };
    expect(ask(FULL, command, { which: { ...which, ...oc } })).toBe('exec.self_control');
    expect(ask({}, command, { which: { ...which, ...oc } })).toBe('exec.self_control');
  });

  test.each(['openclaw status', 'rg openclaw config', 'echo config'])(
    '%s is harmless',
    (command) => {
      expect(ask(FULL, command)).toBe('exec.full');
    },
  );
});

describe('environment', () => {
  test.each([
    ['path', 'ls'],
    ['Ld_Library_Path', 'ls'],
    ['BASH_FUNC_ls%%', 'ls'],
    ['GIT_CONFIG_COUNT', 'ls'],
    ['A B', 'ls'],
    ['', 'ls'],
    ['CI', 'bash -lc ls'],
    ['CI', 'echo x | sh'],
    ['CI', 'sudo bash -c ls'],
    ['lang', 'sh -c ls'],
    ['CI', 'sh -c "$x"'],
  ])('%j may not be set for %s', (name, command) => {
    expect(ask(FULL, command, { env: { [name]: 'x' } })).toBe('exec.env.blocked');
  });

  test('a script is no shell with options, and the sandbox is no host', () => {
    expect(ask(FULL, 'sh build.sh', { env: { CI: '1' } })).toBe('exec.full');
    expect(ask(FULL, 'ls', { env: { PATH: '/x' }, sandboxed: true })).toBe('exec.sandbox');
  });
});

describe('hosts', () => {
  const node = { id: 'n', paired: true, commands: ['system.run'] };
  const elevated = (settings: object) => ({
    tools: {
      ...FULL.tools,
      elevated: { enabled: true, allowFrom: { telegram: ['1'] }, ...settings },
    },
  });
  test.each([
    [
      'a node’s own list',
      LISTED,
      {
        host: 'node',
        node: { ...node, hostApprovals: { agents: { main: { allowlist: [{ pattern: 'rg' }] } } } },
      },
      'exec.allowlist.match',
    ],
    [
      'not the gateway’s',
      LISTED,
      {
        host: 'node',
        node,
        hostApprovals: { agents: { main: { allowlist: [{ pattern: 'rg' }] } } },
      },
      'exec.allowlist.miss',
    ],
    [
      'a node tightens',
      FULL,
      { host: 'node', node: { ...node, hostApprovals: { defaults: { security: 'deny' } } } },
      'exec.security.deny',
    ],
    [
      'so does the gateway',
      FULL,
      { host: 'node', node, hostApprovals: { defaults: { ask: 'always' } } },
      'exec.ask.always',
    ],
    ['no node', FULL, { host: 'node' }, 'exec.node.not_paired'],
    [
      'a switched off command',
      { ...FULL, gateway: { nodes: { commands: { deny: ['system.run'] } } } },
      { host: 'node', node },
      'exec.node.command_denied',
    ],
    ['a host that is no text', FULL, { host: 7 }, 'exec.host.invalid'],
    [
      'an owner moves the session',
      FULL,
      { session: { host: 'node', setByOwner: true }, node },
      'exec.full',
    ],
    [
      'anybody else asks like a call',
      { tools: { exec: { ...FULL.tools.exec, host: 'gateway' } } },
      { session: { host: 'node' }, node },
      'exec.host.mismatch',
    ],
    ['elevation without a sandbox is judged', FULL, { elevated: true }, 'exec.elevated.disabled'],
    [
      'an agent opts out',
      {
        ...elevated({}),
        agents: { entries: { main: { tools: { elevated: { enabled: false } } } } },
      },
      { elevated: 'on', channel: 'telegram', sender: { id: '1' } },
      'exec.elevated.disabled',
    ],
    [
      'an agent narrows',
      {
        ...elevated({}),
        agents: { entries: { main: { tools: { elevated: { allowFrom: {} } } } } },
      },
      { elevated: 'on', channel: 'telegram', sender: { id: '1' } },
      'exec.elevated.sender_not_allowed',
    ],
    [
      'another channel',
      elevated({}),
      { elevated: true, channel: 'signal', sender: { id: '1' } },
      'exec.elevated.sender_not_allowed',
    ],
    [
      'no sender',
      elevated({}),
      { elevated: true, channel: 'telegram' },
      'exec.elevated.sender_not_allowed',
    ],
    [
      'the gateway asked for from the sandbox',
      elevated({}),
      {
        elevated: true,
        sandboxed: true,
        host: 'gateway',
        channel: 'telegram',
        sender: { id: 'tg:1' },
      },
      'exec.full',
    ],
    [
      'elevation lifts no deny',
      { tools: { elevated: { enabled: true, allowFrom: { telegram: ['1'] } } } },
      { elevated: 'full', sandboxed: true, channel: 'telegram', sender: { id: '1' } },
      'exec.security.deny',
    ],
    ['an unknown way to elevate', FULL, { elevated: 'yes' }, 'config.invalid'],
  ])('%s', (_name, config, changes, code) => {
    expect(ask(config, 'rg x', changes as unknown as Partial<ExecInput>)).toBe(code);
  });
});
