/**
 * The networks around the measured gateway, in a process of their own: a model that answers at
 * once, and a Telegram on which nothing happens.
 *
 * Prints one line of JSON, `{ url }`, when it listens. `GET /spent` answers how long each model
 * request took, in milliseconds, since it was last asked; `GET /called` how long the tool calls of
 * each turn took together.
 *
 * @module
 */
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
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

/** A message that asks for calls of a tool: `call read 20`. Those of `nothing` reach no broker. */
const CALLS = /^call (?<tool>read|exec|nothing) (?<count>\d{1,3})$/u;

/** Every call differs from the others: a gateway may stop a model that repeats itself. */
function inputOf(tool, index) {
  if (tool === 'nothing') return { path: index };
  return tool === 'read' ? { path: `file-${index}.txt` } : { command: `true ${index}` };
}

function callsOf(tool, count) {
  const calls = Array.from({ length: count }, (_, index) => ({
    index,
    id: `call_${index}`,
    type: 'function',
    function: {
      name: tool === 'nothing' ? 'read' : tool,
      arguments: JSON.stringify(inputOf(tool, index)),
    },
  }));
  return [
    piece({ role: 'assistant', tool_calls: calls }),
    piece({}, 'tool_calls'),
    'data: [DONE]\n\n',
  ];
}

/** What the newest message asks for; an answer in words to anything but a request for calls. */
function answerTo({ messages }) {
  const last = messages.at(-1);
  const words = Array.isArray(last.content) ? last.content[0]?.text : last.content;
  const wanted = last.role === 'user' ? CALLS.exec(words ?? '')?.groups : undefined;
  const failed = messages.find(
    ({ role, content }) => role === 'tool' && /refused|\[[a-z]+\.[a-z_.]+\]/iu.test(content),
  );
  if (failed !== undefined) process.stderr.write(`a call failed: ${failed.content}\n`);
  return wanted === undefined ? ANSWER : callsOf(wanted.tool, Number(wanted.count));
}

/** When the model last asked for calls; undefined when it has not. */
let asked;
/** How long the calls took that the model asked for, in milliseconds. @type {number[]} */
let called = [];

async function answer(request, response) {
  const began = performance.now();
  if (asked !== undefined) called.push(began - asked);
  asked = undefined;
  const parts = answerTo(JSON.parse(await text(request)));
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const part of parts) response.write(part);
  response.end(() => {
    spent.push(performance.now() - began);
    if (parts !== ANSWER) asked = performance.now();
  });
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
  } else if (path === '/called') {
    sendJson(response, called);
    called = [];
  } else {
    request.resume();
    void telegram(path.split('/').at(-1), response);
  }
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })}\n`);
});
