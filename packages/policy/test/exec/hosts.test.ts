// Where a command runs, and what of the environment it may be given.
import { describe, expect, test } from 'vitest';

import type { ExecInput } from '../../src/exec/index.ts';
import { ask, FULL, LISTED } from './asking.ts';

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

const elevated = (settings: object) => ({
  tools: {
    ...FULL.tools,
    elevated: { enabled: true, allowFrom: { telegram: ['1'] }, ...settings },
  },
});

describe('hosts', () => {
  const node = { id: 'n', paired: true, commands: ['system.run'] };
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
      'P05.04: no sandboxed session',
      FULL,
      { host: 'node', node, sandboxed: true },
      'exec.host.node_forbidden',
    ],
    [
      'P05.04: not even where every command goes there',
      { tools: { exec: { security: 'full', ask: 'off', host: 'node' } } },
      { node, sandboxed: true },
      'exec.host.node_forbidden',
    ],
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
