/**
 * The clients of the measured gateway, in a process of their own.
 *
 * Its argument is JSON: `port`, `token`, and one of `turns: { sessions, each, name }`,
 * `requests: { method, params, connections, inFlight, ms }`, `paced: { calls, connections,
 * perSecond, ms }` and `hellos: { from, perSecond, ms }`. Prints one line of JSON.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { median, percentile } from '../statistics.mjs';
import { makeDevice } from './device.mjs';
import { WireClient } from './wire.mjs';

/** How often it is looked at what is due. */
const PACE_MS = 2;

const { port, token, turns, requests, paced, hellos } = JSON.parse(process.argv[2] ?? '{}');

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

/**
 * Does `work` `perSecond` times a second, whether the earlier ones are done or not, and answers how
 * long each took from when it was due: whoever waits in a queue waits as well.
 */
async function atPace({ perSecond, ms }, work) {
  const waits = [];
  const failures = [];
  const under = [];
  const began = performance.now();
  const total = Math.round((perSecond * ms) / 1000);
  for (let made = 0; made < total; await sleep(PACE_MS)) {
    const due = Math.min(total, ((performance.now() - began) / 1000) * perSecond);
    for (; made < due; made += 1) {
      const at = began + (made / perSecond) * 1000;
      const done = work(made).then(
        () => waits.push(performance.now() - at),
        (error) => failures.push(String(error)),
      );
      under.push(done);
    }
  }
  await Promise.all(under);
  const seconds = (performance.now() - began) / 1000;
  return {
    perSecond: waits.length / seconds,
    p50: median(waits),
    p99: percentile(waits, 0.99),
    worst: percentile(waits, 1),
    failed: failures.length,
    why: failures[0],
  };
}

/** Calls one method after the other, over connections in turn. */
async function runPaced({ calls, connections, ...pace }) {
  const clients = await Promise.all(
    Array.from({ length: connections }, () => WireClient.connect(port, token)),
  );
  for (const client of clients) client.skims = true;
  const result = await atPace(pace, (made) => {
    const [method, params] = calls[made % calls.length];
    return clients[made % connections].call(method, params);
  });
  for (const client of clients) client.close();
  return result;
}

/** Pairs a device, and has it connect, say hello and leave, again and again. */
async function runHellos({ from, ...pace }) {
  const as = { device: makeDevice(), localAddress: from };
  const first = await WireClient.connect(port, token, as);
  const { deviceToken } = first.granted;
  first.close();
  return atPace(pace, async () => (await WireClient.connect(port, deviceToken, as)).close());
}

async function run() {
  if (turns !== undefined) return runTurns(turns);
  if (paced !== undefined) return runPaced(paced);
  return hellos === undefined ? runRequests(requests) : runHellos(hellos);
}

process.stdout.write(`${JSON.stringify(await run())}\n`);
