/**
 * The contract of running: comes back after a loss, stops when told, keeps secrets.
 *
 * @module
 */
import { expect } from 'vitest';
import { type ContractCase, without } from './contract-case.ts';
import { visible } from './sending.ts';
import type { Stage } from './stage.ts';
import { watchTimers } from './timers.ts';

/** A channel that was told to stop has this long, milliseconds. */
const STOP_LIMIT = 1000;

async function stops(stage: Stage): Promise<void> {
  stage.start();
  await stage.bench.receive('first', 'hello');
  await stage.eventually(() => stage.accepted.length === 1, 'the event');
  expect(await stage.stop()).toBeLessThan(STOP_LIMIT);
  await stage.bench.receive('first', 'are you there?');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(stage.offered).toHaveLength(1);
}

async function startsAgain(stage: Stage): Promise<void> {
  stage.start();
  await stage.bench.receive('first', 'before');
  await stage.eventually(() => stage.accepted.length === 1, 'the first event');
  await stage.stop();
  await stage.bench.receive('first', 'in between');
  stage.start();
  await stage.eventually(() => stage.accepted.length === 2, 'what came in between');
  expect(stage.accepted.map(({ text }) => text)).toEqual(['before', 'in between']);
}

async function comesBack(stage: Stage): Promise<void> {
  stage.start();
  await stage.bench.receive('first', 'before');
  await stage.eventually(() => stage.accepted.length === 1, 'the first event');
  await stage.bench.dropConnections();
  await stage.bench.receive('first', 'after');
  await stage.eventually(() => stage.accepted.length === 2, 'the event after the loss');
  expect(stage.accepted.map(({ text }) => text)).toEqual(['before', 'after']);
}

async function reportsState(stage: Stage): Promise<void> {
  const status = () => stage.bench.channel.status?.().state ?? 'connected';
  stage.start();
  await stage.eventually(() => status() === 'connected', 'the state "connected"');
  await stage.stop();
  expect(stage.bench.channel.status?.().state ?? 'stopped').toBe('stopped');
}

async function keepsSecrets(stage: Stage): Promise<void> {
  const { bench } = stage;
  stage.start();
  await bench.receive('first', 'hello');
  await stage.eventually(() => stage.accepted.length === 1, 'the event');
  const errors: unknown[] = [];
  for (const fault of ['rate-limited', 'answer-lost', 'server-fault', 'unreachable'] as const) {
    await bench.failNextSend(fault);
    const message = { to: bench.conversation, text: 'x', idempotencyKey: fault };
    await bench.channel.send(message, AbortSignal.timeout(5000)).catch((error: unknown) => {
      errors.push(error);
    });
    await bench.heal();
  }
  await bench.dropConnections();
  await bench.receive('first', 'after');
  await stage.eventually(() => stage.accepted.length === 2, 'the event after the loss');
  await stage.stop();
  expect(errors).toHaveLength(4);
  const seen = [
    ...stage.logLines,
    ...errors.map(visible),
    JSON.stringify(stage.offered),
    JSON.stringify(bench.channel.status?.() ?? {}),
  ].join('\n');
  for (const secret of bench.secrets) expect(seen).not.toContain(secret);
}

async function keepsOrderOverLosses(stage: Stage): Promise<void> {
  const words = Array.from({ length: 9 }, (_, index) => `line ${index}`);
  stage.start();
  for (const [index, word] of words.entries()) {
    await stage.bench.receive('first', word);
    if (index % 3 === 1) await stage.bench.dropConnections();
  }
  await stage.eventually(() => stage.accepted.length === words.length, 'every event');
  expect(stage.accepted.map(({ text }) => text)).toEqual(words);
}

async function noticesSilence(stage: Stage) {
  const { stall } = stage.bench;
  if (stall === undefined) return without('stall');
  stage.start();
  await stage.bench.receive('first', 'before');
  await stage.eventually(() => stage.accepted.length === 1, 'the first event');
  await stall.call(stage.bench);
  await stage.bench.receive('first', 'after');
  // A dead route closes nothing: only whoever expects a sign of life finds out.
  await stage.eventually(() => stage.accepted.length === 2, 'the event after the silence');
  expect(stage.accepted.map(({ text }) => text)).toEqual(['before', 'after']);
  return undefined;
}

async function endsWhenRevoked(stage: Stage) {
  const { bench } = stage;
  if (bench.revoke === undefined) return without('revoke');
  stage.start();
  await bench.receive('first', 'before');
  await stage.eventually(() => stage.accepted.length === 1, 'the event');
  await bench.revoke();
  const error: unknown = await stage.ended().catch((thrown: unknown) => thrown);
  const why = 'run() rejects when trying again cannot help, so that somebody is told';
  expect(error, why).toBeInstanceOf(Error);
  for (const secret of bench.secrets) expect(visible(error)).not.toContain(secret);
  expect(bench.channel.status?.().state ?? 'failed').toBe('failed');
  if (bench.channel.probe === undefined) return undefined;
  const probed: unknown = await bench.channel
    .probe(AbortSignal.timeout(5000))
    .catch((thrown: unknown) => thrown);
  expect(probed, 'a probe says that the login is refused').toBeInstanceOf(Error);
  for (const secret of bench.secrets) expect(visible(probed)).not.toContain(secret);
  return undefined;
}

async function leavesNothing(stage: Stage) {
  const timers = watchTimers();
  stage.start();
  await stage.bench.receive('first', 'hello');
  await stage.eventually(() => stage.accepted.length === 1, 'the event');
  await stage.stop();
  const why = 'what is left keeps a process alive that has nothing to do any more';
  expect(await timers.left(STOP_LIMIT), why).toBe(0);
  const { connections } = stage.bench;
  if (connections === undefined) return undefined;
  const count = () => connections.call(stage.bench);
  await stage.eventually(() => count() === 0, 'every connection of the channel to end');
  return undefined;
}

/** What every channel does while it runs. */
export const LIFETIME: readonly ContractCase[] = [
  { name: 'stops soon when told, and takes nothing afterwards', run: stops },
  { name: 'can be started again and gets what came in between', run: startsAgain },
  { name: 'comes back after the connection was lost', run: comesBack },
  { name: 'keeps the order over losses', run: keepsOrderOverLosses },
  { name: 'notices a connection that went silent', run: noticesSilence },
  { name: 'ends when its login is refused for good', run: endsWhenRevoked },
  { name: 'leaves nothing open when it stopped', run: leavesNothing },
  { name: 'reports its state', run: reportsState },
  { name: 'shows no secret in logs, errors, events or status', run: keepsSecrets },
];
