import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { type FakeModelServer, fakeAnthropic, fakeOllama, fakeOpenAI } from '../src/index.ts';

function post(
  server: FakeModelServer,
  path: string,
  body: object,
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer k' },
    body: JSON.stringify(body),
    redirect: 'manual',
    ...(signal !== undefined && { signal }),
  });
}

const ask = { model: 'm', messages: [{ role: 'user', content: 'hello there' }] };

describe('fakeOpenAI', () => {
  let server: FakeModelServer;
  beforeEach(async () => {
    server = await fakeOpenAI({ models: ['a', 'b'] });
  });
  afterEach(() => server.close());

  const complete = (body: object = ask, signal?: AbortSignal) =>
    post(server, '/chat/completions', body, signal);

  test('echoes by default and records the request', async () => {
    expect(await (await complete()).json()).toMatchObject({
      object: 'chat.completion',
      choices: [
        { message: { role: 'assistant', content: 'You said: hello there' }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    });
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer k' },
      body: ask,
      lastText: 'hello there',
    });
  });

  test('streams frames that end with a finish reason, usage and the end mark', async () => {
    server.reply({
      chunks: ['one', 'two'],
      toolCalls: [{ name: 'read', input: { path: 'x' } }],
    });
    const text = await (await complete({ ...ask, stream: true })).text();
    const frames = text.trim().split('\n\n');
    expect(frames.at(-1)).toBe('data: [DONE]');
    const deltas = frames.slice(0, -1).map((frame): unknown => JSON.parse(frame.slice(6)));
    expect(deltas).toMatchObject([
      { choices: [{ delta: { role: 'assistant' } }] },
      { choices: [{ delta: { content: 'one' } }] },
      { choices: [{ delta: { content: 'two' } }] },
      { choices: [{ delta: { tool_calls: [{ id: 'call_1', function: { name: 'read' } }] } }] },
      { choices: [{ delta: {}, finish_reason: 'tool_calls' }] },
      { choices: [], usage: { prompt_tokens: 10 } },
    ]);
  });

  test('follows the script in order, then answers by default again', async () => {
    server.reply('first', (request) => `second after ${request.lastText}`);
    server.fail(500);
    const texts: unknown[] = [];
    for (let turn = 0; turn < 4; turn += 1) texts.push(await (await complete()).json());
    expect(texts).toMatchObject([
      { choices: [{ message: { content: 'first' } }] },
      { choices: [{ message: { content: 'second after hello there' } }] },
      { error: { message: 'The fake answers with 500.' } },
      { choices: [{ message: { content: 'You said: hello there' } }] },
    ]);
  });

  test.each([400, 401, 403, 404, 408, 429, 500, 503, 529] as const)(
    'fails with %i',
    async (kind) => {
      server.fail(kind, 1, { retryAfter: '3' });
      const response = await complete();
      expect(response.status).toBe(kind);
      expect(response.headers.get('retry-after')).toBe('3');
    },
  );

  test('redirects where it is told to', async () => {
    server.fail('redirect', 1, { location: 'http://127.0.0.1:1/' });
    const response = await complete();
    expect([response.status, response.headers.get('location')]).toEqual([
      307,
      'http://127.0.0.1:1/',
    ]);
  });

  test('a half stream ends without a finish reason', async () => {
    server.fail('half-stream');
    const text = await (await complete({ ...ask, stream: true })).text();
    expect(text).toContain('Half ');
    expect(text).not.toContain('[DONE]');
  });

  test('a reset tears the connection, which is no hang-up of the client', async () => {
    server.fail('reset');
    const response = await complete({ ...ask, stream: true });
    await expect(response.text()).rejects.toThrow('terminated');
    expect(server.aborted).toBe(0);
  });

  test.each(['hang', 'never-ends', 'stall'] as const)(
    'counts a client that hangs up on %s',
    async (kind) => {
      server.fail(kind);
      const signal = AbortSignal.timeout(50);
      const read = async (): Promise<string> =>
        (await complete({ ...ask, stream: true }, signal)).text();
      await expect(read()).rejects.toThrow('timeout');
      await vi.waitFor(() => expect(server.aborted).toBe(1));
    },
  );

  test('lists its models', async () => {
    const response = await fetch(`${server.url}/models`);
    expect(await response.json()).toMatchObject({ data: [{ id: 'a' }, { id: 'b' }] });
    expect(server.requests).toEqual([]);
  });
});

describe('fakeAnthropic', () => {
  test('streams the events of a message', async () => {
    const server = await fakeAnthropic();
    server.reply({ text: 'hi', toolCalls: [{ id: 'c', name: 'read', input: {} }] });
    const text = await (await post(server, '/messages', { ...ask, stream: true })).text();
    expect([...text.matchAll(/^event: (.*)$/gm)].map((match) => match[1])).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    await server.close();
  });

  test('answers whole where no stream is asked for', async () => {
    const server = await fakeAnthropic({ respond: 'fixed' });
    expect(await (await post(server, '/messages', ask)).json()).toMatchObject({
      content: [{ type: 'text', text: 'fixed' }],
      stop_reason: 'end_turn',
    });
    await server.close();
  });
});

test('fakeOllama lists its models', async () => {
  const server = await fakeOllama(['llama3.2:3b']);
  const response = await fetch(`http://127.0.0.1:${server.port}/api/tags`);
  expect(await response.json()).toEqual({
    models: [{ name: 'llama3.2:3b', model: 'llama3.2:3b' }],
  });
  expect(server.paths).toEqual(['/api/tags']);
  await server.close();
});
