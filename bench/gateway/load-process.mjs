/**
 * The clients of the measured gateway, in a process of their own.
 *
 * Its argument is JSON: `port`, `token`, and either `turns: { sessions, each, name }` or
 * `requests: { method, params, connections, inFlight, ms }`. Prints one line of JSON.
 *
 * @module
 */
import { WireClient } from './wire.mjs';

const { port, token, turns, requests } = JSON.parse(process.argv[2] ?? '{}');

/** Sends `each` messages in every session, one after the other, all sessions side by side. */
async function runTurns({ sessions, each, name, message = 'Say something short.' }) {
  const client = await WireClient.connect(port, token);
  const ends = new Map();
  client.onEvent((event, payload) => {
    if (event !== 'chat' || payload.state === 'delta') return;
    const end = ends.get(payload.runId);
    ends.delete(payload.runId);
    if (payload.state === 'final') end?.resolve();
    else end?.reject(new Error(`a turn ended as ${payload.state}`));
  });
  const walls = [];
  const began = performance.now();
  const talk = async (session) => {
    const sessionKey = `agent:main:${name}-${session}`;
    for (let turn = 0; turn < each; turn += 1) {
      const from = performance.now();
      const idempotencyKey = `${name}-${session}-${turn}`;
      const ended = Promise.withResolvers();
      ends.set(idempotencyKey, ended);
      await client.call('chat.send', { sessionKey, message, idempotencyKey });
      await ended.promise;
      walls.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: sessions }, (_, session) => talk(session)));
  const seconds = (performance.now() - began) / 1000;
  client.close();
  return { walls, perSecond: (sessions * each) / seconds };
}

/** Keeps `inFlight` requests under way on each of `connections`. */
async function runRequests({ method, params, connections, inFlight, ms }) {
  const clients = await Promise.all(
    Array.from({ length: connections }, () => WireClient.connect(port, token)),
  );
  for (const client of clients) client.skims = true;
  let answered = 0;
  const began = performance.now();
  const until = began + ms;
  const ask = async (client) => {
    while (performance.now() < until) {
      await client.call(method, params);
      answered += 1;
    }
  };
  const asking = clients.flatMap((client) => Array.from({ length: inFlight }, () => ask(client)));
  await Promise.all(asking);
  const seconds = (performance.now() - began) / 1000;
  for (const client of clients) client.close();
  return { perSecond: answered / seconds };
}

const result = turns === undefined ? await runRequests(requests) : await runTurns(turns);
process.stdout.write(`${JSON.stringify(result)}\n`);
