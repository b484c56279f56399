import { type FakeModelServer, fakeOpenAI } from '@portcullis/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { openaiCompletions } from '../src/index.ts';
import { KEY, ask, collect, failureOf, modelOn, textOf } from './chat.ts';

const readTool = {
  name: 'read',
  description: 'Reads a file.',
  inputSchema: {
    type: 'object',
    properties: { path: { type: 'string' } },
    required: ['path'],
    additionalProperties: false,
  },
};

let server: FakeModelServer;
beforeEach(async () => {
  server = await fakeOpenAI();
});
afterEach(() => server.close());

const model = () => modelOn(openaiCompletions(), server.url);

describe('an answer', () => {
  test('streams text piece by piece and finishes with usage', async () => {
    server.reply({
      chunks: ['Hello', ', ', 'you.'],
      usage: { inputTokens: 12, outputTokens: 3 },
    });
    expect(await collect(model(), ask('hi'))).toEqual([
      { type: 'text', delta: 'Hello' },
      { type: 'text', delta: ', ' },
      { type: 'text', delta: 'you.' },
      { type: 'finish', reason: 'stop', usage: { inputTokens: 12, outputTokens: 3 } },
    ]);
  });

  test('sends the key, the system text and the tools by schema, and asks for a stream', async () => {
    await collect(model(), ask('hi', { system: 'Be brief.', tools: [readTool] }));
    const [request] = server.requests;
    expect(request?.headers['authorization']).toBe(`Bearer ${KEY}`);
    expect(request?.body['model']).toBe('fake-1');
    expect(request?.body['stream']).toBe(true);
    expect(request?.body['messages']).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
    ]);
    expect(request?.body['tools']).toEqual([
      {
        type: 'function',
        function: {
          name: 'read',
          description: 'Reads a file.',
          parameters: readTool.inputSchema,
        },
      },
    ]);
  });

  test('carries tool calls after text', async () => {
    server.reply({
      text: 'One moment.',
      toolCalls: [{ id: 'c1', name: 'read', input: { path: 'notes.txt' } }],
    });
    const events = await collect(model(), ask('read it', { tools: [readTool] }));
    expect(events.slice(-2)).toEqual([
      { type: 'tool-call', id: 'c1', name: 'read', input: { path: 'notes.txt' } },
      { type: 'finish', reason: 'tool-calls', usage: { inputTokens: 10, outputTokens: 5 } },
    ]);
  });

  test('carries a call to a tool that was never offered', async () => {
    server.reply({ toolCalls: [{ id: 'c1', name: 'exec', input: { command: 'id' } }] });
    const events = await collect(model(), ask('hi', { tools: [readTool] }));
    expect(events[0]).toEqual({
      type: 'tool-call',
      id: 'c1',
      name: 'exec',
      input: { command: 'id' },
    });
  });

  test('carries a call with no tools offered at all', async () => {
    server.reply({ toolCalls: [{ id: 'c1', name: 'exec', input: {} }] });
    const events = await collect(model(), ask('hi'));
    expect(events[0]).toEqual({ type: 'tool-call', id: 'c1', name: 'exec', input: {} });
  });

  test('hands over tool input that is no JSON as the text it is', async () => {
    server.reply({ toolCalls: [{ id: 'c1', name: 'read', input: '{"path": ' }] });
    const events = await collect(model(), ask('hi', { tools: [readTool] }));
    expect(events[0]).toEqual({ type: 'tool-call', id: 'c1', name: 'read', input: '{"path": ' });
  });

  test('reports a cut by the token limit', async () => {
    server.reply({ text: 'and so', finishReason: 'length' });
    expect((await collect(model(), ask('go on'))).at(-1)).toMatchObject({ reason: 'length' });
  });
});

describe('a conversation', () => {
  test('takes tool results back to the model', async () => {
    const events = await collect(model(), {
      system: '',
      tools: [readTool],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'read notes.txt' }] },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'Reading.' },
            { type: 'tool-call', id: 'c1', name: 'read', input: { path: 'notes.txt' } },
          ],
        },
        {
          role: 'tool',
          content: [
            { type: 'tool-result', id: 'c1', name: 'read', text: 'buy milk', isError: false },
          ],
        },
      ],
    });
    expect(textOf(events)).toBe('You said: buy milk');
    expect(server.requests[0]?.body['messages']).toEqual([
      { role: 'user', content: 'read notes.txt' },
      {
        role: 'assistant',
        content: 'Reading.',
        tool_calls: [
          {
            id: 'c1',
            type: 'function',
            function: { name: 'read', arguments: '{"path":"notes.txt"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'buy milk' },
    ]);
  });

  test('sends an image as bytes, even when its data reads like a URL', async () => {
    const image = { type: 'image', mimeType: 'image/png', data: `${server.url}/x.png` } as const;
    await collect(model(), {
      system: '',
      tools: [],
      messages: [{ role: 'user', content: [image] }],
    });
    expect(JSON.stringify(server.requests[0]?.body['messages'])).toContain(
      'data:image/png;base64,',
    );
    expect(server.requests).toHaveLength(1);
  });

  test('passes the cap on the answer: the request wins over the source', async () => {
    const capped = modelOn(openaiCompletions(), server.url, { maxOutputTokens: 100 });
    await collect(capped, ask('hi'));
    await collect(capped, ask('hi', { maxOutputTokens: 7 }));
    expect(server.requests.map((request) => request.body['max_tokens'])).toEqual([100, 7]);
  });

  test('an orphaned tool call is refused before anything is sent', async () => {
    const orphan = { type: 'tool-call', id: 'c1', name: 'read', input: {} } as const;
    const failure = await failureOf(model(), {
      system: '',
      tools: [],
      messages: [
        { role: 'assistant', content: [orphan] },
        { role: 'user', content: [{ type: 'text', text: 'and?' }] },
      ],
    });
    expect(failure.code).toBe('model.request');
    expect(server.requests).toHaveLength(0);
  });
});
