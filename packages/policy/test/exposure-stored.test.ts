// Stored secrets, the key of the state directory, and the rights of users whom others vouch for.
import { describe, expect, test } from 'vitest';
import {
  decideAuth,
  decideDevice,
  decideStart,
  identityCeilingOf,
  parseStored,
  storedSecretOf,
} from '../src/exposure/index.ts';

const SALT = 'c2FsdHNhbHRzYWx0c2FsdA';
const HASH = 'A'.repeat(43);
const STORED = `scrypt:15:8:3:${SALT}:${HASH}`;

const withAuth = (auth: object, more: object = {}) => ({ gateway: { auth, ...more } });
const PASSWORD = withAuth({ mode: 'password', password: STORED });
const remote = { surface: 'ws', source: '203.0.113.7', local: false } as const;
const local = { surface: 'ws', source: '127.0.0.1', local: true } as const;

describe('a stored form', () => {
  test.each([
    ['another cost', `scrypt:20:8:3:${SALT}:${HASH}`],
    ['no cost worth having', `scrypt:10:8:3:${SALT}:${HASH}`],
    ['too many passes', `scrypt:15:8:9:${SALT}:${HASH}`],
    ['a short salt', `scrypt:15:8:3:abc:${HASH}`],
    ['a cut hash', `scrypt:15:8:3:${SALT}:AAAA`],
    ['more behind it', `${STORED}:x`],
    ['another scheme', `argon2:15:8:3:${SALT}:${HASH}`],
  ])('with %s is none', (_name, text) => {
    expect(parseStored(text)).toBeUndefined();
  });

  test('proves nothing by itself: only the comparison that the caller made counts', () => {
    const credentials = { password: STORED };
    expect(decideAuth(PASSWORD, { ...remote, credentials }).code).toBe('gateway.auth.mismatch');
    const compared = (stored: 'match' | 'mismatch') =>
      decideAuth(PASSWORD, { ...remote, credentials: { password: 'x' }, facts: { stored } }).code;
    expect(compared('match')).toBe('gateway.auth.ok');
    expect(compared('mismatch')).toBe('gateway.auth.mismatch');
    expect(decideAuth(PASSWORD, { ...remote, facts: { stored: 'match' } }).code).toBe(
      'gateway.auth.missing',
    );
  });

  test('that cannot be read lets nobody in, and no gateway start', () => {
    const config = withAuth({ mode: 'password', password: 'scrypt:99' });
    const facts = { stored: 'match' } as const;
    const input = { ...remote, credentials: { password: 'scrypt:99' }, facts };
    expect(decideAuth(config, input).code).toBe('gateway.auth.mismatch');
    expect(storedSecretOf(config)).toBeUndefined();
    expect(decideStart(config, {}).code).toBe('gateway.auth.stored_invalid');
    expect(decideStart(PASSWORD, {}).effect).toBe('allow');
  });

  test('has no say about a plain secret', () => {
    const plain = withAuth({ mode: 'token', token: 'k7Qm2xV9bT4wZ8pL1nR6sD3fJ5' });
    const input = { ...remote, credentials: { token: 'x' }, facts: { stored: 'match' } as const };
    expect(decideAuth(plain, input).code).toBe('gateway.auth.mismatch');
  });
});

describe('the key of the state directory', () => {
  const facts = { stateKey: true } as const;
  const configs = [
    PASSWORD,
    withAuth({ mode: 'none' }),
    withAuth({ mode: 'trusted-proxy', trustedProxy: { userHeader: 'x-user' } }),
  ];

  test.each(configs)('lets a program of this machine in where no secret can be typed', (config) => {
    expect(decideAuth(config, { ...local, facts }).code).toBe('gateway.auth.state_key');
  });

  test.each(configs)('is nothing anywhere else', (config) => {
    expect(decideAuth(config, { ...remote, facts }).effect).toBe('deny');
  });
});

const proxied = (auth: object) =>
  withAuth(
    { mode: 'trusted-proxy', trustedProxy: { userHeader: 'x-user' }, ...auth },
    { trustedProxies: ['10.0.0.1'] },
  );

describe('P22.06: the scopes of a user whom a proxy names', () => {
  const automatic = {
    trustedProxy: { userHeader: 'x-user', deviceAutoApprove: { enabled: true } },
  };
  const admin = { identityScopes: { 'ada@x.test': ['operator.admin'] } };

  test.each([
    ['say nothing where nothing is written', {}, 'ada@x.test', undefined],
    ['are those of the map', admin, 'ada@x.test', ['operator.admin']],
    ['are none for a user the map leaves out', admin, 'bob@x.test', []],
    [
      'are those every user gets, where devices are paired at once',
      automatic,
      'bob@x.test',
      ['operator.read', 'operator.write', 'operator.approvals', 'operator.questions'],
    ],
    ['of the map win over those', { ...automatic, ...admin }, 'ada@x.test', ['operator.admin']],
    ['are no property of objects', admin, 'constructor', []],
  ] as const)('%s', (_name, auth, user, expected) => {
    expect(identityCeilingOf(proxied(auth), user, 'proxy')).toEqual(expected);
  });

  const device = { id: 'd1', signature: 'valid', nonce: 'fresh' } as const;
  const wish = { role: 'operator', scopes: ['operator.read', 'operator.admin'] };
  const base = { surface: 'control-ui', local: false, auth: 'proxy', device, store: {} } as const;
  const ask = (auth: object, more: object = {}) =>
    decideDevice(proxied(auth), { ...base, requested: wish, identity: 'bob@x.test', ...more });

  test('bound what his device is paired with, at once only where that is configured', () => {
    expect(ask({}).code).toBe('gateway.device.pairing_required');
    expect(ask(automatic)).toMatchObject({
      code: 'gateway.device.auto_approved_proxy',
      value: { role: 'operator', scopes: ['operator.read'] },
    });
    expect(ask(automatic, { requested: { role: 'node', scopes: [] } }).effect).toBe('pair');
    expect(ask(automatic, { identity: undefined }).effect).toBe('pair');
    const nothing = { requested: { role: 'operator', scopes: ['operator.pairing'] } };
    expect(ask(automatic, nothing).effect).toBe('pair');
  });

  test('bound a paired device at every connect', () => {
    const store = { d1: { role: 'operator', scopes: ['operator.admin'] } };
    const held = ask({ identityScopes: { 'bob@x.test': ['operator.read'] } }, { store });
    expect(held).toMatchObject({
      code: 'gateway.device.ok',
      value: { scopes: ['operator.read'] },
    });
    expect(ask({ identityScopes: { 'ada@x.test': [] } }, { store }).value).toMatchObject({
      scopes: [],
    });
  });
});

describe('a device', () => {
  const device = { id: 'd1', signature: 'valid', nonce: 'fresh' } as const;
  const rights = { role: 'operator', scopes: ['operator.read'] };
  const base = { surface: 'ws', local: true, auth: 'shared', requested: rights } as const;

  test('that says it is another kind of machine has to be approved anew', () => {
    const store = { d1: rights };
    const changed = { ...device, metadata: 'changed' } as const;
    expect(decideDevice({}, { ...base, device: changed, store }).code).toBe(
      'gateway.device.metadata_changed',
    );
  });

  test('P12.04: with a setup code gets what that was made for, and never more', () => {
    const setup = { role: 'operator', scopes: ['operator.write'] };
    const by = (requested: object) =>
      decideDevice({}, {
        ...base,
        auth: 'setup',
        local: false,
        setup,
        device,
        store: {},
        requested,
      } as never).code;
    expect(by(rights)).toBe('gateway.device.setup_code');
    expect(by({ role: 'operator', scopes: ['operator.admin'] })).toBe(
      'gateway.device.setup_exceeded',
    );
    expect(by({ role: 'node', scopes: [] })).toBe('gateway.device.setup_exceeded');
  });
});
