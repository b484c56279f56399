import { describe, expect, test } from 'vitest';
import {
  type ConfigValue,
  REDACTED,
  redactConfig,
  redactConfigText,
  restoreRedacted,
  restoreRedactedText,
} from '@portcullis/gateway/config';
import { thrown } from './temporary-home.ts';

const X = '__OPENCLAW_REDACTED__';

const config: ConfigValue = {
  gateway: { auth: { mode: 'token', token: 'gate-token', password: 12_345, allowTailscale: true } },
  channels: {
    telegram: {
      botToken: 'bot',
      tokenFile: '/run/token',
      accounts: { w: { webhookSecret: 'hook' } },
    },
    slack: { appToken: '${SLACK_APP_TOKEN}', signingSecret: { source: 'env', id: 'SIGN' } },
    tlon: { code: 'login-code' },
  },
  models: {
    providers: { p: { apiKey: 'k', headers: { 'X-Any': 'v' }, models: [{ maxTokens: 5 }] } },
  },
  env: { vars: { OPENAI_API_KEY: 'sk' } },
  mcp: { servers: { s: { env: { A: 'a' }, url: 'https://ann:pw@host/x' } } },
  browser: { cdpUrl: 'wss://host/?token=abc' },
  plugins: { entries: { z: { config: { nested: { clientSecret: ['one', 'two'] } } } } },
  budgets: { sender: { tokensPerDay: 9 } },
  hooks: { token: '' },
};

const shown = {
  gateway: { auth: { mode: 'token', token: X, password: X, allowTailscale: true } },
  channels: {
    telegram: { botToken: X, tokenFile: '/run/token', accounts: { w: { webhookSecret: X } } },
    slack: { appToken: '${SLACK_APP_TOKEN}', signingSecret: { source: 'env', id: 'SIGN' } },
    tlon: { code: X },
  },
  models: { providers: { p: { apiKey: X, headers: { 'X-Any': X }, models: [{ maxTokens: 5 }] } } },
  env: { vars: { OPENAI_API_KEY: X } },
  mcp: { servers: { s: { env: { A: X }, url: X } } },
  browser: { cdpUrl: X },
  plugins: { entries: { z: { config: { nested: { clientSecret: [X, X] } } } } },
  budgets: { sender: { tokensPerDay: 9 } },
  hooks: { token: '' },
};

describe('values', () => {
  test('every secret is replaced; placeholders and references stay', () => {
    expect(REDACTED).toBe('__OPENCLAW_REDACTED__');
    expect(redactConfig(config)).toEqual(shown);
  });

  test('what was hidden comes back', () => {
    expect(restoreRedacted<ConfigValue>(shown, config)).toEqual(config);
  });

  test('a new secret is taken as written', () => {
    expect(restoreRedacted<ConfigValue>({ hooks: { token: 'new' } }, config)).toEqual({
      hooks: { token: 'new' },
    });
  });

  test('a marker where no secret was is refused', () => {
    expect(
      thrown(() => restoreRedacted<ConfigValue>({ hooks: { token: X } }, config)),
    ).toMatchObject({
      code: 'config.redacted',
      details: { path: 'hooks.token' },
    });
    expect(thrown(() => restoreRedacted<ConfigValue>({ gateway: { bind: X } }, config)).code).toBe(
      'config.redacted',
    );
    expect(
      thrown(() => restoreRedacted<ConfigValue>({ gateway: { auth: { mode: X } } }, config)).code,
    ).toBe('config.redacted');
  });

  test('in a list that changed length, a secret follows its own entry or is refused', () => {
    const old: ConfigValue = {
      list: [
        { url: 'a', token: '1' },
        { url: 'b', token: '2' },
        { url: 'c', token: '3' },
      ],
    };
    expect(
      restoreRedacted<ConfigValue>(
        {
          list: [
            { url: 'c', token: X },
            { url: 'a', token: X },
          ],
        },
        old,
      ),
    ).toEqual({
      list: [
        { url: 'c', token: '3' },
        { url: 'a', token: '1' },
      ],
    });
    expect(
      thrown(() => restoreRedacted<ConfigValue>({ list: [{ url: 'evil', token: X }] }, old)).code,
    ).toBe('config.redacted');
  });

  test('the value handed in is not changed', () => {
    const frozen = Object.freeze({
      gateway: Object.freeze({ auth: Object.freeze({ token: 'secret' }) }),
    });
    redactConfig(frozen as unknown as ConfigValue);
    expect(frozen.gateway.auth.token).toBe('secret');
  });
});

describe('texts', () => {
  const text = `{
  // old token: "abc" and apiKey=def, see https://docs.example/x
  gateway: { auth: { token: 'gate-token', /* 7f3a9c1e5b8d4f60a2c4e6f8091b3d5f */ mode: "token" } },
  channels: { telegram: { botToken: "\${TG}" } }, // plain words stay
}
`;

  test('secrets go, from values and from comments, and the rest stays', () => {
    expect(redactConfigText(text)).toBe(`{
  // old token: ${X} and apiKey=${X}, see https://docs.example/x
  gateway: { auth: { token: "${X}", /* ${X} */ mode: "token" } },
  channels: { telegram: { botToken: "\${TG}" } }, // plain words stay
}
`);
  });

  test('an edited text takes its secrets and comments back', () => {
    const edited = redactConfigText(text).replace('mode: "token"', 'mode: "password"');
    expect(restoreRedactedText(edited, text)).toBe(
      text.replace('mode: "token"', 'mode: "password"'),
    );
  });

  test('a marker that moved to another key is refused', () => {
    const moved = redactConfigText(text).replace('token: "', 'password: "');
    expect(thrown(() => restoreRedactedText(moved, text)).code).toBe('config.redacted');
  });

  test('long comments and values take no long time', () => {
    const hostile = `{ a: '://${':'.repeat(500_000)}' /* ${'a.'.repeat(300_000)} ${'token '.repeat(50_000)} */ }`;
    const started = performance.now();
    expect(redactConfigText(hostile)).toBe(hostile);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test('a text that does not parse is not shown at all', () => {
    expect(thrown(() => redactConfigText('{ token: "x" ')).code).toBe('config.syntax');
  });
});
