/**
 * Every HTTP route, asked by everybody, in every way: who may is answered, and everybody else is
 * told the one thing that is wrong. A route that is new is in here by being in the table of routes.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ROUTES } from '../../../packages/gateway/src/server/http/routes.ts';
import { opens, SCOPES } from '../../../packages/gateway/test/server/matrix/law.ts';
import { type Answered, ask } from './ask.ts';
import { type RealGateway, TOKEN, startRealGateway } from './real-gateway.ts';

/** Who may ask, read off the table by hand: a change here is a change of authority. */
const ACCESS: Readonly<Record<string, string>> = {
  '/health': 'anybody',
  '/healthz': 'anybody',
  '/ready': 'anybody',
  '/readyz': 'anybody',
  '/metrics': 'operator.read',
  '/control-ui-config.json': 'operator.read',
  '/__openclaw/control-ui-config.json': 'operator.read',
  '/v1/models': 'operator.read',
  '/v1/chat/completions': 'operator.write',
  '/v1/responses': 'operator.write',
  '/tools/invoke': 'operator.write',
};

const tokenOf = (scope: string): string => `${scope.replaceAll('.', '-')}-token-of-the-proofs-0001`;

/** A token for each scope a token can have, and one for nothing. */
const HOLDERS: readonly (readonly [string, readonly string[]])[] = [
  [tokenOf('none'), []],
  ...['operator.read', 'operator.write', 'operator.admin'].map(
    (scope) => [tokenOf(scope), [scope]] as const,
  ),
];

const SERVED = {
  // Wrong credentials are what is tried here; what happens after ten of them is another matter.
  auth: { mode: 'token', token: TOKEN, rateLimit: { maxAttempts: 1000 } },
  http: {
    endpoints: { chatCompletions: { enabled: true }, responses: { enabled: true } },
    metrics: { enabled: true },
    tokens: Object.fromEntries(
      HOLDERS.map(([token, scopes]) => [
        `holder-${String(scopes[0]).replaceAll('.', '-')}`,
        { token, scopes },
      ]),
    ),
  },
};

let gateway: RealGateway;

beforeAll(async () => {
  gateway = await startRealGateway(SERVED);
});

afterAll(() => gateway.close());

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
const JSON_TYPE = { 'Content-Type': 'application/json' };

/** What is sent along, where anything is. */
const bodyOf = (method: string, text: string): string => (method === 'POST' ? text : '');

/** Every route at each of its paths. */
const PLACES = ROUTES.flatMap(({ paths, methods, access }) =>
  paths.map((path) => ({ path, methods, access: String(access), method: methods[0] ?? 'GET' })),
);
const PROVED = PLACES.filter(({ access }) => access !== 'anybody');

/** What is no proof, wherever it is put. */
const NO_PROOF: readonly (readonly [
  string,
  string,
  Readonly<Record<string, string | readonly string[]>>,
])[] = [
  ['nothing', '', {}],
  ['a wrong token', '', bearer(`${TOKEN}x`)],
  ['an empty token', '', { Authorization: 'Bearer ' }],
  ['the token without its scheme', '', { Authorization: TOKEN }],
  ['the token as a password', '', { Authorization: `Basic ${btoa(`owner:${TOKEN}`)}` }],
  ['the token under another scheme', '', { Authorization: `Token ${TOKEN}` }],
  ['the token twice', '', { Authorization: [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`] }],
  ['a wrong token before the right one', '', { Authorization: ['Bearer x', `Bearer ${TOKEN}`] }],
  ['the token in a list', '', { Authorization: `Bearer x, Bearer ${TOKEN}` }],
  ['the token in the address, as nobody calls it', `?t=${TOKEN}&owner=${TOKEN}`, {}],
  ['the token in a cookie', '', { Cookie: `token=${TOKEN}; openclaw=${TOKEN}` }],
  ['the token in other headers', '', { 'X-Api-Key': TOKEN, 'X-OpenClaw-Token': TOKEN }],
  ['the token for a proxy', '', { 'Proxy-Authorization': `Bearer ${TOKEN}` }],
  ['the word of a proxy', '', { 'X-User': 'owner', 'X-Remote-User': 'owner' }],
  ['the word of a tailnet', '', { 'Tailscale-User-Login': 'owner@example.com' }],
];

describe('the table of routes', () => {
  test('P29.01: says of each path who may ask', () => {
    expect(Object.fromEntries(PLACES.map(({ path, access }) => [path, access]))).toEqual(ACCESS);
  });

  test('P29.01: has a case here for everybody who must prove himself', () => {
    expect(PROVED.length).toBeGreaterThan(5);
    expect(PROVED.filter(({ access }) => !SCOPES.some((scope) => scope === access))).toEqual([]);
  });
});

describe.each(PROVED)('$method $path', ({ path, method, access }) => {
  test.each(NO_PROOF)('P29.01: answers 401 to %s', async (_what, query, headers) => {
    const before = gateway.state();
    const answer = await ask(gateway, method, `${path}${query}`, {
      headers: { ...JSON_TYPE, ...headers },
      body: bodyOf(method, '{}'),
    });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(JSON.parse(answer.text)).toEqual({
      error: { message: 'Unauthorized', type: 'unauthorized' },
    });
    expect(gateway.state()).toBe(before);
  });

  test('P29.01, P22.04: answers 403 to every scope that does not open it', async () => {
    const before = gateway.state();
    const answers: [string, number, string][] = [];
    const lacking = HOLDERS.filter(([, scopes]) => !opens(scopes, access));
    for (const [token, scopes] of lacking) {
      const headers = { ...JSON_TYPE, ...bearer(token) };
      // No JSON: whoever may not ask is told that before anything is read.
      const { status, text } = await ask(gateway, method, path, {
        headers,
        body: bodyOf(method, '{'),
      });
      answers.push([String(scopes), status, text]);
    }
    const error = { message: `missing scope: ${access}`, type: 'forbidden' };
    expect(answers).toEqual(
      lacking.map(([, scopes]) => [String(scopes), 403, JSON.stringify({ error })]),
    );
    expect(gateway.state()).toBe(before);
  });

  test('answers every scope that opens it', async () => {
    for (const [token, scopes] of HOLDERS.filter(([, held]) => opens(held, access))) {
      const headers = { ...JSON_TYPE, ...bearer(token) };
      const { status } = await ask(gateway, method, path, { headers, body: bodyOf(method, '{') });
      expect([scopes, status]).toEqual([scopes, method === 'GET' ? 200 : 400]);
    }
  });
});

/** Other ways to write a path. */
const tricks = (plain: string): readonly string[] => [
  `/${plain}`,
  plain.replace('/', '//'),
  plain.replace(/^\//u, '/./'),
  `/x/..${plain}`,
  `/x/%2e%2e${plain}`,
  `/%2F${plain.slice(1)}`,
  `${plain}%00`,
  `${plain}%20`,
  `${plain}/`,
  `${plain};x=1`,
  `${plain}%3Bx`,
  plain.replaceAll('/', '\\'),
  plain.toUpperCase(),
  `http://127.0.0.1${plain}`,
  encodeURI(`${plain}\u{2028}`),
];

describe.each(PLACES)('$path', ({ path, methods, method }) => {
  test('answers 405 to every other method, and does nothing', async () => {
    const before = gateway.state();
    const served = new Set<string>(methods.includes('GET') ? [...methods, 'HEAD'] : methods);
    const others = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];
    for (const other of others.filter((each) => !served.has(each))) {
      const { status } = await ask(gateway, other, path, { headers: bearer(TOKEN) });
      expect([other, status]).toEqual([other, 405]);
    }
    expect(gateway.state()).toBe(before);
  });

  test('P31.04: answers 421 under a name that is not ours, whoever asks', async () => {
    const names = ['evil.example', 'evil.example:18789', '127.0.0.1.evil.example', '2130706433'];
    const statuses: (readonly [string, number])[] = [];
    for (const name of names) {
      const headers = { ...bearer(TOKEN), Host: name };
      statuses.push([name, (await ask(gateway, method, path, { headers })).status]);
    }
    expect(statuses).toEqual(names.map((name) => [name, 421]));
  });

  test('P29.02: is no other spelling', async () => {
    const open: string[] = [];
    for (const spelling of tricks(path)) {
      const { status, headers } = await ask(gateway, method, spelling, { headers: bearer(TOKEN) });
      // A view of the page, which anybody may load.
      const isPage = status === 200 && headers['content-type'] === 'text/html; charset=utf-8';
      if (![400, 404, 405].includes(status) && !isPage) open.push(`${spelling}: ${String(status)}`);
    }
    expect(open).toEqual([]);
  });
});

/** What a page can have a browser post without asking. */
const SIMPLE = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''];

describe.each(PROVED.filter(({ method }) => method === 'POST'))('POST $path', ({ path }) => {
  test.each(SIMPLE)('P30.03: takes nothing as %j', async (type) => {
    const before = gateway.state();
    const headers = { ...bearer(TOKEN), ...(type !== '' && { 'Content-Type': type }) };
    expect((await ask(gateway, 'POST', path, { headers, body: '{}' })).status).toBe(415);
    expect(gateway.state()).toBe(before);
  });

  const pages = ['https://evil.example', 'null', 'http://localhost.evil.example', 'file://'];

  test.each(pages)('P30.03: takes nothing from a page of %s, token or cookie', async (origin) => {
    const before = gateway.state();
    const headers = { ...bearer(TOKEN), ...JSON_TYPE, Origin: origin, Cookie: `token=${TOKEN}` };
    const { status, text } = await ask(gateway, 'POST', path, { headers, body: '{}' });
    expect(status).toBe(403);
    expect(text).toContain('origin_not_allowed');
    expect(gateway.state()).toBe(before);
  });
});

describe('a route that is off', () => {
  test('P29.01: is not there, for anybody', async () => {
    const closed = await startRealGateway();
    try {
      const answers: (readonly [string, number])[] = [];
      const off = PROVED.filter(({ path }) => path.startsWith('/v1/') || path === '/metrics');
      for (const { path, method } of off) {
        for (const headers of [{}, bearer('wrong'), bearer(TOKEN)]) {
          const asked: Answered = await ask(closed, method, path, { headers, body: '' });
          answers.push([path, asked.status]);
        }
      }
      expect(answers.filter(([, status]) => status !== 404)).toEqual([]);
      expect(answers.length).toBeGreaterThan(8);
    } finally {
      await closed.close();
    }
  });
});
