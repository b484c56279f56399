import { type FakeModelServer, fakeAnthropic } from '@portcullis/testkit';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { anthropicMessages } from '../src/index.ts';
import { KEY, ask, collect, modelOn, textOf } from './chat.ts';

const readTool = {
  name: 'read',
  description: 'Reads a file.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
};

let server: FakeModelServer;
beforeEach(async () => {
  server = await fakeAnthropic();
});
afterEach(() => server.close());

const model = () => modelOn(anthropicMessages(), server.url);

describe('an answer', () => {
  test('streams text and tool calls and finishes with usage', async () => {
    server.reply({
      chunks: ['Let me ', 'look.'],
      toolCalls: [{ id: 'c1', name: 'read', input: { path: 'notes.txt' } }],
      usage: { inputTokens: 21, outputTokens: 8 },
    });
    expect(await collect(model(), ask('read it', { tools: [readTool] }))).toEqual([
      { type: 'text', delta: 'Let me ' },
      { type: 'text', delta: 'look.' },
      { type: 'tool-call', id: 'c1', name: 'read', input: { path: 'notes.txt' } },
      { type: 'finish', reason: 'tool-calls', usage: { inputTokens: 21, outputTokens: 8 } },
    ]);
  });

  test('sends the key as x-api-key, and the system text apart from the messages', async () => {
    await collect(model(), ask('hi', { system: 'Be brief.', maxOutputTokens: 64 }));
    const [request] = server.requests;
    expect(request?.headers['x-api-key']).toBe(KEY);
    expect(request?.headers['authorization']).toBeUndefined();
    expect(request?.body['system']).toEqual([{ type: 'text', text: 'Be brief.' }]);
    expect(request?.body['max_tokens']).toBe(64);
  });

  test('takes tool results and their errors back to the model', async () => {
    const events = await collect(model(), {
      system: '',
      tools: [readTool],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'read notes.txt' }] },
        {
          role: 'assistant',
          content: [{ type: 'tool-call', id: 'c1', name: 'read', input: { path: 'notes.txt' } }],
        },
        {
          role: 'tool',
          content: [{ type: 'tool-result', id: 'c1', name: 'read', text: 'denied', isError: true }],
        },
      ],
    });
    expect(textOf(events)).toBe('You said: denied');
    expect(JSON.stringify(server.requests[0]?.body['messages'])).toContain('"is_error":true');
  });

  test('abort closes the connection', async () => {
    server.fail('never-ends');
    for await (const event of model().stream(ask('go'), new AbortController().signal)) {
      expect(event.type).toBe('text');
      break;
    }
    await vi.waitFor(() => expect(server.aborted).toBe(1));
  });
});
