/**
 * The contract of running: comes back after a loss, stops when told, keeps secrets.
 *
 * @module
 */
import { expect } from 'vitest';
import type { ContractCase } from './contract-case.ts';
import { visible } from './sending.ts';
import type { Stage } from './stage.ts';

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

/** What every channel does while it runs. */
export const LIFETIME: readonly ContractCase[] = [
  { name: 'stops soon when told, and takes nothing afterwards', run: stops },
  { name: 'can be started again and gets what came in between', run: startsAgain },
  { name: 'comes back after the connection was lost', run: comesBack },
  { name: 'reports its state', run: reportsState },
  { name: 'shows no secret in logs, errors, events or status', run: keepsSecrets },
];
