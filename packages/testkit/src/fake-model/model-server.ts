/**
 * The HTTP server behind the fake model networks: loopback only, a script of answers and failures,
 * and a record of every request.
 *
 * @module
 */
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';

import { listen, pause, sendJson, stop } from './loopback.ts';
import { failWith } from './misbehave.ts';
import {
  type FakeAnswer,
  type FakeDialect,
  type FakeFailure,
  type FakeFailureOptions,
  type FakeModelRequest,
  type FakeReply,
  type FakeStep,
  chunksOf,
} from './script.ts';

/** Settings of a fake model server. */
export interface FakeModelOptions {
  /** Model ids that `GET /v1/models` lists. Default `fake-1`. */
  readonly models?: readonly string[];
  /** The answer when the script is empty. Default: `You said: <the last message>`. */
  readonly respond?: FakeReply;
}

/** A running fake model server. */
export interface FakeModelServer {
  /** Base URL as a config names it, with `/v1` and without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Requests for an answer, in order. */
  readonly requests: readonly FakeModelRequest[];
  /** How many answers the other side hung up on. */
  readonly aborted: number;
  /** Adds answers to the script; each serves one request. */
  reply(...replies: readonly FakeReply[]): void;
  /** Adds a failure to the script, for the next `times` requests. Default 1. */
  fail(failure: FakeFailure, times?: number, options?: FakeFailureOptions): void;
  /** Stops the server and cuts open connections. */
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += String(piece);
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}

async function answerOf(reply: FakeReply, request: FakeModelRequest): Promise<FakeAnswer> {
  const made = typeof reply === 'function' ? await reply(request) : reply;
  return typeof made === 'string' ? { text: made } : made;
}

async function sendAnswer(
  dialect: FakeDialect,
  answer: FakeAnswer,
  request: FakeModelRequest,
  response: ServerResponse,
): Promise<void> {
  const model = String(request.body['model'] ?? 'fake-1');
  const delayMs = answer.delayMs ?? 0;
  if (request.body['stream'] !== true) {
    await pause(delayMs);
    sendJson(response, 200, dialect.whole(answer, model));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  for (const frame of dialect.open(answer, model)) response.write(frame);
  for (const [index, text] of chunksOf(answer).entries()) {
    if (delayMs > 0) await pause(delayMs);
    await answer.beforeChunk?.(index);
    if (response.destroyed) return;
    response.write(dialect.delta(text, model));
  }
  for (const frame of dialect.close(answer, model)) response.write(frame);
  response.end();
}

const echo: FakeReply = (request) => `You said: ${request.lastText}`;

/** Starts a fake of one network. The dialect says how it writes. */
export async function startFakeModel(
  dialect: FakeDialect,
  options: FakeModelOptions,
): Promise<FakeModelServer> {
  const script: FakeStep[] = [];
  const requests: FakeModelRequest[] = [];
  let aborted = 0;

  async function complete(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(incoming);
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    );
    const path = incoming.url ?? '';
    const lastText = dialect.lastText(body);
    const request = { method: incoming.method ?? '', path, headers, body, lastText };
    requests.push(request);
    // A close before the last byte left means that the client hung up, unless the script tore it.
    let tornByUs = false;
    response.on('close', () => {
      if (!response.writableFinished && !tornByUs) aborted += 1;
    });
    const step = script.shift() ?? { kind: 'reply', reply: options.respond ?? echo };
    if (step.kind === 'fail') {
      await failWith(step.failure, step.options, dialect, request, response, () => {
        tornByUs = true;
      });
      return;
    }
    await sendAnswer(dialect, await answerOf(step.reply, request), request, response);
  }

  const server = createServer((incoming, response) => {
    const path = (incoming.url ?? '').split('?')[0];
    if (incoming.method === 'GET' && path === '/v1/models') {
      const ids = options.models ?? ['fake-1'];
      sendJson(response, 200, { object: 'list', data: ids.map((id) => ({ id, object: 'model' })) });
    } else if (incoming.method === 'POST' && path === dialect.path) {
      complete(incoming, response).catch(() => response.destroy());
    } else {
      sendJson(response, 404, dialect.error(404, 'No such path.', 'not_found'));
    }
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    requests,
    get aborted() {
      return aborted;
    },
    reply(...replies) {
      script.push(...replies.map((reply) => ({ kind: 'reply', reply }) as const));
    },
    fail(failure, times = 1, failureOptions = {}) {
      for (let count = 0; count < times; count += 1) {
        script.push({ kind: 'fail', failure, options: failureOptions });
      }
    },
    close: () => stop(server),
  };
}
