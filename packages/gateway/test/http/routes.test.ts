import { randomBytes } from 'node:crypto';
import { createConnection } from 'node:net';

import {
  assert,
  asyncProperty,
  constantFrom,
  dictionary,
  json,
  oneof,
  string,
  uint8Array,
} from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ROUTES } from '../../src/server/http/routes.ts';
import { idleTool } from '../schedule/world.ts';
import { type Answered, HttpWorld, NOBODY, openHttp, READER, SHARED } from './world.ts';

let world: HttpWorld;

beforeAll(async () => {
  world = await openHttp({
    tools: [idleTool('web_fetch'), idleTool('exec')],
    // Whoever guesses in this file must not lock out the next test.
    gateway: {
      auth: { mode: 'token', token: SHARED, rateLimit: { maxAttempts: 10_000 } },
    },
    change: { hooks: { enabled: true, token: 'hook-token-of-32-characters-0001' } },
  });
});

afterAll(() => world.close());

const SCOPED = ROUTES.filter(({ access }) => access !== 'anybody').flatMap((route) =>
  route.paths.flatMap((path) =>
    route.methods.map((method) => ({ path, method, access: route.access })),
  ),
);
const PATHS = ROUTES.flatMap(({ paths }) => paths);

const tricks = (path: string): readonly string[] => [
  `/${path}`,
  `${path}/`,
  `${path}%00`,
  `${path};x=1`,
  `${path}%2f..%2fhealth`,
  `/health/..${path}`,
  `/.${path}`,
  path.toUpperCase(),
  path.replace(/\/(?=[^/]*$)/u, '%2f'),
  path.replaceAll('o', '%6f'),
];

const isAnswer = ({ status }: Answered): boolean => status >= 200 && status < 500;

/** What a request without rights may never leave behind. */
async function traces(): Promise<unknown> {
  const { services } = world.harness.gateway;
  const lines = await services.audit.log({ limit: 1000 });
  const kept = lines.filter(
    ({ kind }) => kind === 'admit' || kind === 'tool' || kind === 'session',
  );
  return { sessions: (await services.sessions.list()).total, lines: kept.length };
}

const WRONG = [
  ['nothing', {}],
  ['a wrong token', { authorization: 'Bearer wrong-token-of-32-characters-0001' }],
  ['another scheme', { authorization: `Basic ${Buffer.from(`x:${SHARED}`).toString('base64')}` }],
  ['an empty token', { authorization: 'Bearer ' }],
  ['two tokens in one header', { authorization: `Bearer ${SHARED} ${SHARED}` }],
  ['a token as a cookie', { cookie: `token=${SHARED}` }],
  ['a token of hooks', { authorization: 'Bearer hook-token-of-32-characters-0001' }],
  ['a token in a header of hooks', { 'x-openclaw-token': SHARED }],
  ['a name of the tailnet', { 'tailscale-user-login': 'owner@example.com' }],
  ['scopes that it gives itself', { 'x-openclaw-scopes': 'operator.admin' }],
] as const;

describe('P29.01: every route that wants a scope', () => {
  test('is in the table, and says which', () => {
    expect(SCOPED.map(({ path, method, access }) => `${method} ${path} ${access}`)).toEqual([
      'GET /metrics operator.read',
      'GET /control-ui-config.json operator.read',
      'GET /__openclaw/control-ui-config.json operator.read',
      'GET /v1/models operator.read',
      'POST /v1/chat/completions operator.write',
      'POST /v1/responses operator.write',
      'POST /tools/invoke operator.write',
    ]);
  });

  test.each(SCOPED)('$method $path asks who it is, before anything else', async (route) => {
    const before = await traces();
    for (const [, headers] of WRONG) {
      const body = route.method === 'POST' ? { body: '{' } : {};
      const answer = await world.call(route.method, route.path, { headers, ...body });
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    }
    const inAddress = await world.call(
      route.method,
      `${route.path}?token=${SHARED}&auth=${SHARED}`,
    );
    expect(inAddress.status).toBe(400);
    expect((await world.call(route.method, route.path, { token: NOBODY })).status).toBe(403);
    const lower = await world.call(route.method, route.path, { token: READER });
    expect(lower.status === 403).toBe(route.access !== 'operator.read');
    expect(await traces()).toEqual(before);
  });

  test.each(SCOPED)('$method $path is not for pages of others', async ({ method, path }) => {
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const answer = await world.call(method, path, { token: SHARED, headers });
    if (method === 'POST') expect(answer.status).toBe(403);
    for (const name of Object.keys(answer.headers)) {
      expect(name).not.toMatch(/^access-control-/u);
    }
  });
});

describe('P30.03: a body that any page can send', () => {
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    'application/jsonp',
    'text/plain, application/json',
    '',
  ];

  test.each(types)('of type %j is not taken', async (type) => {
    const before = await traces();
    for (const { path } of SCOPED.filter(({ method }) => method === 'POST')) {
      const headers = { 'content-type': type };
      const answer = await world.call('POST', path, { token: SHARED, headers, body: '{}' });
      expect(answer.status).toBe(415);
    }
    expect(await traces()).toEqual(before);
  });
});

describe('P29.02: a path', () => {
  test.each(SCOPED)('that reads like $path opens nothing more', async ({ method, path }) => {
    for (const trick of tricks(path)) {
      const answer = await world.call(method, trick);
      // Either it is that path, and asks who it is, or it is nothing.
      expect([400, 401, 404]).toContain(answer.status);
    }
  });
});

describe('whatever is sent', () => {
  const hostile = oneof(json(), string(), uint8Array({ maxLength: 2000 }));
  const shapes = dictionary(
    constantFrom(
      'model',
      'messages',
      'input',
      'stream',
      'user',
      'tool',
      'name',
      'args',
      'sessionKey',
      'agentId',
      '__proto__',
      'text',
      'message',
      'x',
    ),
    oneof(
      json().map((text): unknown => JSON.parse(text)),
      string(),
    ),
  ).map((value) => JSON.stringify(value));

  test('is answered, by somebody with rights, without an error of ours', async () => {
    await assert(
      asyncProperty(constantFrom(...PATHS), oneof(hostile, shapes), async (path, body) => {
        const bytes = typeof body === 'string' ? body : Buffer.from(body);
        const answer = await world.call('POST', path, { token: SHARED, body: bytes });
        expect(isAnswer(answer)).toBe(true);
        expect(answer.text).not.toMatch(/\bat \S+:\d+:\d+|node:internal/u);
      }),
      { numRuns: 300 },
    );
  });

  test('changes nothing without them', async () => {
    const before = await traces();
    await assert(
      asyncProperty(
        constantFrom(...PATHS, '/hooks/wake', '/hooks/agent'),
        constantFrom('GET', 'POST', 'HEAD'),
        oneof(hostile, shapes),
        async (path, method, body) => {
          const sent =
            method === 'POST' ? { body: typeof body === 'string' ? body : Buffer.from(body) } : {};
          expect(isAnswer(await world.call(method, path, sent))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
    expect(await traces()).toEqual(before);
    expect(world.harness.model.requests.length).toBeLessThan(300);
  });

  test('P33.05: is not too deep and not too wide', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const wide = JSON.stringify(
      Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`k${String(at)}`, at])),
    );
    for (const { path } of SCOPED.filter(({ method }) => method === 'POST')) {
      for (const body of [
        deep,
        wide,
        `{"messages":${deep}}`,
        `{"args":${deep},"tool":"web_fetch"}`,
      ]) {
        expect((await world.call('POST', path, { token: SHARED, body })).status).toBe(400);
      }
      const large = randomBytes(3_000_000).toString('hex');
      expect((await world.call('POST', path, { token: SHARED, body: large })).status).toBe(413);
    }
  });

  test('P13.01: before it is known who it is from, is not read', async () => {
    const head = [
      'POST /v1/chat/completions HTTP/1.1',
      'Host: localhost',
      'Content-Type: application/json',
      'Content-Length: 2000000',
      '',
      '',
    ].join('\r\n');
    const socket = createConnection(world.server.port, '127.0.0.1');
    const answer = await new Promise<string>((resolve) => {
      socket.on('data', (data) => resolve(String(data)));
      // Of two megabytes that are announced nothing ever comes.
      socket.write(head);
    });
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 401 /u);
  });
});
