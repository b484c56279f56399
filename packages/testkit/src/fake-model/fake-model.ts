/**
 * Fake model networks for tests: OpenAI, Anthropic and Ollama as in-process servers on loopback.
 *
 * @module
 */
import { createServer } from 'node:http';

import { anthropicDialect } from './anthropic-dialect.ts';
import { listen, sendJson, stop } from './loopback.ts';
import { type FakeModelOptions, type FakeModelServer, startFakeModel } from './model-server.ts';
import { openaiDialect } from './openai-dialect.ts';

/**
 * Starts a fake of OpenAI's chat completions (`POST /v1/chat/completions`, `GET /v1/models`).
 *
 * @example
 * ```ts
 * const server = await fakeOpenAI();
 * server.reply('Hello.', { toolCalls: [{ name: 'read', input: { path: 'notes.txt' } }] });
 * server.fail(429, 2, { retryAfter: '1' });
 * // ... point a model at server.url ...
 * server.requests.at(0)?.body;
 * await server.close();
 * ```
 */
export function fakeOpenAI(options: FakeModelOptions = {}): Promise<FakeModelServer> {
  return startFakeModel(openaiDialect, options);
}

/** Starts a fake of Anthropic's messages (`POST /v1/messages`, `GET /v1/models`). */
export function fakeAnthropic(options: FakeModelOptions = {}): Promise<FakeModelServer> {
  return startFakeModel(anthropicDialect, options);
}

/** A running fake of Ollama's model list. */
export interface FakeOllamaServer {
  readonly port: number;
  /** Paths it was asked for, in order. */
  readonly paths: readonly string[];
  close(): Promise<void>;
}

/** Starts a fake of Ollama that answers `GET /api/tags` with the models given. */
export async function fakeOllama(
  models: readonly string[] = ['llama3.2:3b'],
): Promise<FakeOllamaServer> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    paths.push(path);
    if (path === '/api/tags') {
      sendJson(response, 200, { models: models.map((name) => ({ name, model: name })) });
    } else {
      sendJson(response, 404, { error: 'not found' });
    }
  });
  const port = await listen(server);
  return { port, paths, close: () => stop(server) };
}
