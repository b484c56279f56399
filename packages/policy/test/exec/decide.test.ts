// Commands: the table, the lists, and who may loosen what.
import { describe, expect, test } from 'vitest';

import { argvHash, type ExecInput, type HostApprovals } from '../../src/exec/index.ts';
import { ask, FULL, LISTED, which } from './asking.ts';

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

describe('P01.08: nobody answers, and the fallback would let everything run', () => {
  const config = {
    tools: { exec: { security: 'full', ask: 'always', askFallback: 'full' } },
  };
  const open = { tools: { exec: { ...config.tools.exec, strictInlineEval: false } } };
  test.each(['none', 'timeout'] as const)('a plain command runs (%s)', (approver) => {
    expect(ask(config, 'rg x', { approver })).toBe('exec.ask_fallback.full');
  });
  test.each([
    ['python3 -c x', 'program text'],
    ['rg x | python3 -', 'program text on standard input'],
    ['sudo rg x', 'a carrier'],
    ['A=1 rg x', 'a prelude'],
    ['echo $(python3 -c x)', 'text for a shell'],
    ['rg x > out', 'a redirection'],
  ])('%s does not (%s)', (command) => {
    expect(ask(config, command, { approver: 'timeout' })).toBe('exec.ask_fallback.miss');
    expect(ask(open, command, { approver: 'none' }, [{ pattern: '*' }])).toBe(
      'exec.ask_fallback.miss',
    );
  });
});
