import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { fakeOllama, fakeOpenAI } from '@portcullis/testkit';
import { describe, expect, test } from 'vitest';

import { discoverLocalServers } from '../src/index.ts';

/** A port on which nobody listens: it was free a moment ago. */
async function deadPort(): Promise<number> {
  const server = await fakeOllama();
  await server.close();
  return server.port;
}

/** A server that answers everything with one body, or never. */
async function answering(
  body: string | undefined,
): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((_request, response) => {
    if (body !== undefined) response.end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('discoverLocalServers', () => {
  test('lists the servers that answer, with their chat models', async () => {
    const ollama = await fakeOllama(['llama3.2:3b', 'nomic-embed-text']);
    const llamacpp = await fakeOpenAI({ models: ['qwen.gguf'] });
    const ports = { ollama: ollama.port, lmstudio: await deadPort(), llamacpp: llamacpp.port };
    expect(await discoverLocalServers({ ports, timeoutMs: 2000 })).toEqual([
      { kind: 'ollama', baseUrl: `http://127.0.0.1:${ollama.port}/v1`, models: ['llama3.2:3b'] },
      { kind: 'llamacpp', baseUrl: `http://127.0.0.1:${llamacpp.port}/v1`, models: ['qwen.gguf'] },
    ]);
    expect(ollama.paths).toEqual(['/api/tags']);
    expect(llamacpp.requests).toEqual([]);
    await Promise.all([ollama.close(), llamacpp.close()]);
  });

  test.each([
    { name: 'a web page', body: '<!doctype html>' },
    { name: 'JSON of another shape', body: '{"data":{}}' },
    { name: 'null', body: 'null' },
    { name: 'a body without end', body: `{"data":[],"x":"${'x'.repeat(1_100_000)}"}` },
    { name: 'silence', body: undefined },
  ])('$name is no model server', async ({ body }) => {
    const server = await answering(body);
    const ports = { ollama: server.port, lmstudio: server.port, llamacpp: server.port };
    expect(await discoverLocalServers({ ports, timeoutMs: 200 })).toEqual([]);
    server.close();
  });

  test('drops model names that could not be shown or configured', async () => {
    const names = ['good-1', 'bad\u001b[31m', 'two words', '', 7, null];
    const server = await answering(JSON.stringify({ data: names.map((id) => ({ id })) }));
    const dead = await deadPort();
    const ports = { ollama: dead, lmstudio: server.port, llamacpp: dead };
    const [found] = await discoverLocalServers({ ports, timeoutMs: 2000 });
    expect(found?.models).toEqual(['good-1']);
    server.close();
  });
});
