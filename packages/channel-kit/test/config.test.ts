import { describe, expect, test } from 'vitest';
import { accountBlocks, accountCheck, endpointFault } from '../src/index.ts';

const rules = {
  key: 'apiUrl',
  official: 'https://chat.example/api',
  schemes: ['https', 'http'],
  anyServer: false,
} as const;

describe('endpointFault', () => {
  test.each([
    'https://chat.example/api',
    'https://chat.example/api/',
    'http://127.0.0.1:8081',
    'http://127.9.9.9/x',
    'http://localhost:1',
    'http://[::1]:8081',
  ])('%s may be used', (value) => {
    expect(endpointFault(value, rules)).toBeUndefined();
  });

  test.each([
    'https://chat.example',
    'https://chat.example/api/evil',
    'https://chat.example.evil.example/api',
    'https://chat.example@evil.example/api',
    'http://chat.example/api',
    'http://127.0.0.1.evil.example',
    'http://10.0.0.5',
    'http://0.0.0.0',
    'http://user:pass@127.0.0.1',
    'http://127.0.0.1/?x=1',
    'ws://127.0.0.1',
    'not a url',
  ])('%s may not', (value) => {
    expect(endpointFault(value, rules)).toMatch(/^apiUrl must /u);
  });

  test('any server is one that is reached securely', () => {
    const any = { ...rules, anyServer: true };
    expect(endpointFault('https://mine.example', any)).toBeUndefined();
    expect(endpointFault('http://mine.example', any)).toBe(
      'apiUrl must be https beyond this machine.',
    );
  });

  test('sockets have schemes of their own, and a network may have no fixed address', () => {
    const socket = { key: 'socketUrl', schemes: ['wss', 'ws'], anyServer: false } as const;
    expect(endpointFault('ws://127.0.0.1:5', socket)).toBeUndefined();
    expect(endpointFault('http://127.0.0.1:5', socket)).toBe('socketUrl must be wss or ws.');
    expect(endpointFault('wss://chat.example', socket)).toMatch(/loopback/u);
  });
});

describe('accounts of a configuration', () => {
  const config = {
    channels: {
      chat: {
        token: 'a',
        accounts: { work: { token: 'b' }, home: {}, old: { enabled: false } },
      },
    },
  };

  test('the channel and each account merged over it', () => {
    expect(accountBlocks(config, 'chat').map(([path, { token }]) => [path, token])).toEqual([
      ['channels.chat', 'a'],
      ['channels.chat.accounts.work', 'b'],
      ['channels.chat.accounts.home', 'a'],
    ]);
  });

  test.each([undefined, null, 5, {}, { channels: [] }, { channels: { chat: 'x' } }])(
    'none in %j',
    (strange) => {
      expect(accountBlocks(strange, 'chat')).toEqual([]);
    },
  );

  test('nothing of a channel that is off', () => {
    expect(accountBlocks({ channels: { chat: { enabled: false } } }, 'chat')).toEqual([]);
  });

  test('a check looks at each of them', () => {
    const finding = { severity: 'warn', title: 't', remediation: 'r' } as const;
    const check = accountCheck('chat.x', 'chat', (path, { token }) =>
      token === 'a' ? [{ ...finding, detail: path }] : [],
    );
    expect(check.id).toBe('chat.x');
    expect(check.check(config, {}).map(({ detail }) => detail)).toEqual([
      'channels.chat',
      'channels.chat.accounts.home',
    ]);
  });
});
