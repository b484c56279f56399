import { describe, expect, test } from 'vitest';

import { validateConfig } from '../../src/config/index.ts';

const TOKEN = 'a-token-of-more-than-24-characters';

/** The paths of what is wrong with a config. */
function faultsOf(gateway: object, more: object = {}): readonly string[] {
  return validateConfig({ gateway, ...more } as never).issues.map(({ path }) => path);
}

const tokens = (entries: object) => ({ http: { tokens: entries } });

describe('gateway.http.tokens', () => {
  test('may name clients with rights', () => {
    const scopes = ['operator.read', 'operator.write', 'operator.admin'];
    expect(
      faultsOf(tokens({ grafana: { token: TOKEN, scopes }, none: { tokenFile: '~/t' } })),
    ).toEqual([]);
  });

  test.each([
    [
      'a name that cannot stand in a principal',
      { 'a:b': { token: TOKEN } },
      'gateway.http.tokens.a:b',
    ],
    ['no token', { x: { scopes: [] } }, 'gateway.http.tokens.x.token'],
    ['a token that can be guessed', { x: { token: 'short' } }, 'gateway.http.tokens.x.token'],
    [
      'one token twice',
      { x: { token: TOKEN }, y: { token: TOKEN } },
      'gateway.http.tokens.y.token',
    ],
    [
      'a right that is misspelt',
      { x: { token: TOKEN, scopes: ['operator.reed'] } },
      'gateway.http.tokens.x.scopes[0]',
    ],
    [
      'a right that HTTP has not',
      { x: { token: TOKEN, scopes: ['operator.approvals'] } },
      'gateway.http.tokens.x.scopes[0]',
    ],
  ])('may not have %s', (_name, entries, path) => {
    expect(faultsOf(tokens(entries))).toEqual([path]);
  });

  test('may not be what opens another door', () => {
    const shared = { auth: { mode: 'token', token: TOKEN }, ...tokens({ x: { token: TOKEN } }) };
    expect(faultsOf(shared)).toEqual(['gateway.http.tokens.x.token']);
    const hooks = { hooks: { enabled: true, token: TOKEN } };
    expect(faultsOf(tokens({ x: { token: TOKEN } }), hooks)).toEqual([
      'gateway.http.tokens.x.token',
    ]);
  });
});

describe('gateway.controlUi.basePath', () => {
  test.each(['/v1', '/tools/x', '/metrics', '/hooks', '/a//b', '/a/../v1', '/./x'])(
    'may not be %s',
    (basePath) => {
      expect(faultsOf({ controlUi: { basePath } })).toEqual(['gateway.controlUi.basePath']);
    },
  );

  test.each(['/', '/ui', '/ui/', '/v1x', '/a/b'])('may be %s', (basePath) => {
    expect(faultsOf({ controlUi: { basePath } })).toEqual([]);
  });
});
