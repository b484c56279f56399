import { inspect } from 'node:util';

import { PortcullisError, Secret, silentLogger } from '@portcullis/core';
import {
  type FakeFailure,
  type FakeModelServer,
  fakeAnthropic,
  fakeOpenAI,
} from '@portcullis/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { anthropicMessages, openaiCompletions } from '../src/index.ts';
import { KEY, ask, collect, failureOf, modelOn } from './chat.ts';

const OTHER_SECRET = 'hdr-fedcba9876543210';
const WORDS = 'private words of a person';

const networks = [
  { name: 'openai-completions', start: fakeOpenAI, definition: openaiCompletions },
  { name: 'anthropic-messages', start: fakeAnthropic, definition: anthropicMessages },
] as const;

const failures: readonly {
  readonly kind: FakeFailure;
  readonly code: string;
  readonly retryable: boolean;
}[] = [
  { kind: 400, code: 'model.request', retryable: false },
  { kind: 401, code: 'model.auth', retryable: false },
  { kind: 403, code: 'model.auth', retryable: false },
  { kind: 404, code: 'model.request', retryable: false },
  { kind: 408, code: 'model.unavailable', retryable: true },
  { kind: 429, code: 'model.rate_limited', retryable: true },
  { kind: 'quota', code: 'model.quota', retryable: false },
  { kind: 500, code: 'model.unavailable', retryable: true },
  { kind: 503, code: 'model.unavailable', retryable: true },
  { kind: 529, code: 'model.unavailable', retryable: true },
  { kind: 'context-length', code: 'model.context_length', retryable: false },
  { kind: 'garbage', code: 'model.bad_response', retryable: true },
  { kind: 'html', code: 'model.bad_response', retryable: true },
  { kind: 'half-stream', code: 'model.bad_response', retryable: true },
  { kind: 'reset', code: 'model.unreachable', retryable: true },
  { kind: 'stream-error', code: 'model.unavailable', retryable: true },
  { kind: 'redirect', code: 'model.redirect', retryable: false },
];

/** Everything an error shows to a logger: fields, causes, stacks, hidden properties. */
function everythingIn(error: Error): string {
  const deep = {
    depth: 20,
    showHidden: true,
    maxStringLength: null,
    maxArrayLength: null,
  } as const;
  return [inspect(error, deep), JSON.stringify(error), error.stack ?? '', String(error)].join('\n');
}

describe.each(networks)('$name', ({ start, definition }) => {
  let server: FakeModelServer;
  beforeEach(async () => {
    server = await start();
  });
  afterEach(() => server.close());

  test.each(failures)('$kind is $code', async ({ kind, code, retryable }) => {
    // A hostile or careless server quotes what it was sent.
    server.fail(kind, 1, {
      message: `${kind === 'context-length' ? 'prompt is too long' : 'no'}: ${KEY} ${OTHER_SECRET}`,
      location: `${server.url}/elsewhere?key=${KEY}`,
    });
    const lines: string[] = [];
    const note = (fields: object, message: string): void => {
      lines.push(`${inspect(fields, { depth: 20 })} ${message}`);
    };
    const model = modelOn(definition(), `${server.url}?code=${OTHER_SECRET}`, {
      headers: { 'x-other': new Secret(OTHER_SECRET, 'test') },
      log: { debug: note, info: note, warn: note, error: note },
    });
    const failure = await failureOf(model, ask(WORDS));
    expect(failure.code).toBe(code);
    expect(failure.retryable).toBe(retryable);
    const shown = everythingIn(failure) + lines.join('\n');
    expect(shown).not.toContain(KEY);
    expect(shown).not.toContain(OTHER_SECRET);
    expect(shown).not.toContain(WORDS);
    expect(server.requests).toHaveLength(1);
  });

  test('a refused connection is model.unreachable', async () => {
    const gone = await start();
    await gone.close();
    const failure = await failureOf(modelOn(definition(), gone.url));
    expect(failure.code).toBe('model.unreachable');
    expect(failure.retryable).toBe(true);
    expect(failure.cause).toBeUndefined();
  });

  test('a key that cannot be a header is refused without quoting it', async () => {
    const apiKey = new Secret(`${KEY}\nx-injected: 1`, 'test');
    const failure = await failureOf(modelOn(definition(), server.url, { apiKey }));
    expect(failure.code).toBe('model.header_invalid');
    expect(everythingIn(failure)).not.toContain(KEY);
    expect(server.requests).toHaveLength(0);
  });
});

describe('Retry-After', () => {
  let server: FakeModelServer;
  beforeEach(async () => {
    server = await fakeOpenAI();
  });
  afterEach(() => server.close());

  test.each([
    { header: '7', ms: 7000 },
    { header: '0.5', ms: 500 },
    { header: 'soon', ms: undefined },
    { header: '-3', ms: undefined },
    { header: 'Thu, 01 Jan 1970 00:00:00 GMT', ms: 0 },
  ])('"$header" is $ms ms', async ({ header, ms }) => {
    server.fail(429, 1, { retryAfter: header });
    const failure = await failureOf(modelOn(openaiCompletions(), server.url));
    expect(failure.retryAfterMs).toBe(ms);
  });
});

describe('where requests go', () => {
  test('a redirect is not followed, so the key stays with the configured server', async () => {
    const elsewhere = await fakeOpenAI();
    const server = await fakeOpenAI();
    server.fail('redirect', 1, { location: `${elsewhere.url}/chat/completions` });
    expect((await failureOf(modelOn(openaiCompletions(), server.url))).code).toBe('model.redirect');
    expect(elsewhere.requests).toHaveLength(0);
    await Promise.all([elsewhere.close(), server.close()]);
  });

  test('the query of baseUrl goes with every request', async () => {
    const server = await fakeOpenAI();
    await collect(modelOn(openaiCompletions(), `${server.url}/?api-version=2`), ask('hi'));
    expect(server.requests[0]?.path).toBe('/v1/chat/completions?api-version=2');
    await server.close();
  });

  test('a key in the environment is not sent along', async () => {
    const server = await fakeAnthropic();
    process.env['ANTHROPIC_API_KEY'] = 'sk-of-someone-else';
    try {
      const definition = anthropicMessages();
      const source = { provider: 'proxy', model: 'm', baseUrl: server.url };
      await collect(definition.create({ ...source, log: silentLogger }), ask('hi'));
    } finally {
      delete process.env['ANTHROPIC_API_KEY'];
    }
    expect(server.requests[0]?.headers['x-api-key']).toBeUndefined();
    await server.close();
  });

  test.each([
    'file:///etc/passwd',
    'http://user:pass@127.0.0.1/v1',
    'localhost:1234',
    'not a url',
    '',
  ])('the address "%s" is refused', (baseUrl) => {
    expect(() => modelOn(openaiCompletions(), baseUrl)).toThrow(
      'models.providers.local.baseUrl is not an address of a model server.',
    );
  });

  test('everything goes through the fetch that was given', async () => {
    const server = await fakeOpenAI();
    const seen: string[] = [];
    const definition = openaiCompletions({
      fetch: (input, init) => {
        seen.push(`${String(input)} ${init?.redirect}`);
        return fetch(input, init);
      },
    });
    await collect(modelOn(definition, server.url), ask('hi'));
    expect(seen).toEqual([`${server.url}/chat/completions manual`]);
    await server.close();
  });

  test.each(networks)('the door of a gateway comes before it: $name', async (network) => {
    const server = await network.start();
    const seen: unknown[] = [];
    const definition = network.definition({
      fetch: () => Promise.reject(new Error('not this way')),
    });
    const model = modelOn(definition, server.url, {
      fetch: (url, init, request) => {
        seen.push([new URL(url).origin, init.redirect, request.runId]);
        return fetch(url, init);
      },
    });
    await collect(model, ask('hi', { runId: 'run-1' }));
    expect(seen).toEqual([[new URL(server.url).origin, 'manual', 'run-1']]);
    expect(JSON.stringify(server.requests)).not.toContain('run-1');
    await server.close();
  });

  test('what the door refuses is the failure', async () => {
    const model = modelOn(openaiCompletions(), 'http://127.0.0.1:1/v1', {
      fetch: () => Promise.reject(new PortcullisError('net.model_address', 'Not there.')),
    });
    expect(await failureOf(model, ask('hi'))).toMatchObject({ code: 'net.model_address' });
  });
});
