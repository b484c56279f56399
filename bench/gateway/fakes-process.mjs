/**
 * The networks around the measured gateway, in a process of their own: a model that answers at
 * once, and a Telegram on which nothing happens.
 *
 * Prints one line of JSON, `{ url }`, when it listens. `GET /spent` answers how long each model
 * request took, in milliseconds, since it was last asked.
 *
 * @module
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20_000;
const BOT = { id: 7, is_bot: true, first_name: 'Bench', username: 'bench_bot' };
const WORDS = ['A ', 'short ', 'answer ', 'in ', 'six ', 'pieces.'];

/** @type {number[]} */
let spent = [];

function piece(delta, reason = null) {
  const choices = [{ index: 0, delta, finish_reason: reason }];
  const body = { id: 'bench', object: 'chat.completion.chunk', created: 1, model: 'm', choices };
  return `data: ${JSON.stringify(body)}\n\n`;
}

const ANSWER = [
  piece({ role: 'assistant', content: '' }),
  ...WORDS.map((content) => piece({ content })),
  piece({}, 'stop'),
  'data: [DONE]\n\n',
];

async function answer(request, response) {
  const began = performance.now();
  request.resume();
  await once(request, 'end');
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const part of ANSWER) response.write(part);
  response.end(() => spent.push(performance.now() - began));
}

function sendJson(response, body) {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function telegram(method, response) {
  if (method === 'getMe') return sendJson(response, { ok: true, result: BOT });
  if (method !== 'getUpdates') return sendJson(response, { ok: true, result: true });
  await sleep(POLL_MS, undefined, { ref: false });
  return sendJson(response, { ok: true, result: [] });
}

const server = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://bench').pathname;
  if (path.endsWith('/chat/completions')) void answer(request, response);
  else if (path === '/spent') {
    sendJson(response, spent);
    spent = [];
  } else {
    request.resume();
    void telegram(path.split('/').at(-1), response);
  }
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`);
});
