/**
 * The contract of the way in: once, in order, acknowledged after it is stored, never forged.
 *
 * @module
 */
import { expect } from 'vitest';
import { type ContractCase, skipped, without } from './contract-case.ts';
import type { Stage } from './stage.ts';

const textsOf = (stage: Stage) => stage.accepted.map(({ text }) => text);

async function handsOver(stage: Stage): Promise<void> {
  stage.start();
  await stage.bench.receive('first', 'good morning');
  await stage.eventually(() => stage.accepted.length > 0, 'the event');
  await stage.eventually(() => stage.bench.unacknowledged() === 0, 'the acknowledgement');
  expect(textsOf(stage)).toEqual(['good morning']);
  expect(stage.offered).toHaveLength(1);
  const [event] = stage.accepted;
  expect(event?.kind).toBe('message');
  expect(event?.eventId).toBeTypeOf('string');
  expect(event?.sender.id).toBeTypeOf('string');
  expect(event?.sender.isSelf ?? false).toBe(false);
  expect(event?.conversation).toMatchObject({ channel: stage.bench.channel.id, kind: 'direct' });
  expect(JSON.parse(JSON.stringify(event))).toEqual(event);
}

async function tellsEventsApart(stage: Stage): Promise<void> {
  stage.start();
  await stage.bench.receive('first', 'the same words');
  await stage.bench.receive('first', 'the same words');
  await stage.bench.receive('second', 'the same words');
  await stage.eventually(() => stage.accepted.length === 3, 'three events');
  const senders = new Set(stage.accepted.map(({ sender }) => sender.id));
  expect(senders.size).toBe(2);
  const ids = stage.accepted.map(({ conversation, eventId }) => `${conversation.id} ${eventId}`);
  expect(new Set(ids).size).toBe(3);
}

async function keepsOrder(stage: Stage): Promise<void> {
  const words = Array.from({ length: 12 }, (_, index) => `word ${index}`);
  // Earlier events take longer to store: a channel that does not wait would turn them around.
  stage.beforeAccept = () =>
    new Promise((resolve) => setTimeout(resolve, Math.max(1, 12 - stage.offered.length) * 2));
  for (const word of words) await stage.bench.receive('first', word);
  stage.start();
  await stage.eventually(() => stage.accepted.length === words.length, 'every event');
  expect(textsOf(stage)).toEqual(words);
}

async function acknowledgesLate(stage: Stage): Promise<void> {
  const { promise: stored, resolve: store } = Promise.withResolvers<void>();
  stage.beforeAccept = () => stored;
  stage.start();
  await stage.bench.receive('first', 'hold on');
  await stage.eventually(() => stage.offered.length > 0, 'the event');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const before = stage.bench.unacknowledged();
  store();
  expect(before).toBe(1);
  await stage.eventually(() => stage.bench.unacknowledged() === 0, 'the acknowledgement');
}

async function redelivers(stage: Stage): Promise<void> {
  let refusals = 2;
  stage.beforeAccept = async () => {
    refusals -= 1;
    if (refusals >= 0) throw new Error('the disk is full');
  };
  stage.start();
  await stage.bench.receive('first', 'store me');
  await stage.eventually(() => stage.accepted.length === 1, 'the redelivery');
  expect(stage.offered.map(({ text }) => text)).toEqual(['store me', 'store me', 'store me']);
  expect(new Set(stage.offered.map(({ eventId }) => eventId)).size).toBe(1);
  expect(stage.offered[0]?.eventId).toBeTypeOf('string');
}

async function marksOwn(stage: Stage) {
  const { receiveOwn } = stage.bench;
  if (receiveOwn === undefined) return skipped('this network never echoes what we send');
  stage.start();
  await receiveOwn.call(stage.bench, 'I said this');
  await stage.bench.receive('first', 'and I answer');
  await stage.eventually(() => textsOf(stage).includes('and I answer'), 'the event after the echo');
  const own = stage.accepted.filter(({ text }) => text === 'I said this');
  expect(own.every(({ sender }) => sender.isSelf === true)).toBe(true);
  const other = stage.accepted.find(({ text }) => text === 'and I answer');
  expect(other?.sender.isSelf ?? false).toBe(false);
  return undefined;
}

async function refusesForged(stage: Stage) {
  const { receiveForged } = stage.bench;
  if (receiveForged === undefined) return skipped('nobody can reach this channel uninvited');
  stage.start();
  await stage.bench.receive('first', 'genuine');
  await stage.eventually(() => stage.accepted.length === 1, 'the genuine event');
  await receiveForged.call(stage.bench, 'forged');
  await stage.bench.receive('first', 'genuine too');
  await stage.eventually(
    () => textsOf(stage).includes('genuine too'),
    'the event after the forged one',
  );
  expect(stage.offered.map(({ text }) => text)).toEqual(['genuine', 'genuine too']);
  return undefined;
}

async function waitsForInbox(stage: Stage): Promise<void> {
  const words = Array.from({ length: 40 }, (_, index) => `flood ${index}`);
  const { promise: stored, resolve: store } = Promise.withResolvers<void>();
  stage.beforeAccept = () => stored;
  stage.start();
  for (const word of words) await stage.bench.receive('first', word);
  await stage.eventually(() => stage.offered.length > 0, 'the first event');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const [offered, open] = [stage.offered.length, stage.bench.unacknowledged()];
  store();
  expect(offered, 'while the inbox is busy nothing more of the same chat is offered').toBe(1);
  expect(open, 'what is not stored is not acknowledged').toBe(words.length);
  await stage.eventually(() => stage.accepted.length === words.length, 'every event');
  expect(textsOf(stage)).toEqual(words);
}

async function knowsRepeats(stage: Stage) {
  const { redeliver } = stage.bench;
  if (redeliver === undefined) return without('redeliver');
  stage.start();
  await stage.bench.receive('first', 'say it once');
  await stage.eventually(() => stage.accepted.length === 1, 'the event');
  await redeliver.call(stage.bench);
  await stage.bench.receive('first', 'and more');
  await stage.eventually(() => textsOf(stage).includes('and more'), 'the event after the repeat');
  const ids = stage.offered.filter(({ text }) => text === 'say it once').map((e) => e.eventId);
  expect(new Set(ids).size, 'a repeat has the id of what it repeats, or it counts twice').toBe(1);
  expect(textsOf(stage)).toEqual(['say it once', 'and more']);
  return undefined;
}

async function downloadsLate(stage: Stage) {
  const { bench } = stage;
  const { receiveFile, downloads } = bench;
  if (receiveFile === undefined) return without('receiveFile');
  if (downloads === undefined) return without('downloads');
  stage.start();
  await receiveFile.call(bench, 5000);
  await stage.eventually(() => stage.accepted.length === 1, 'the event');
  const [attachment] = stage.accepted[0]?.attachments ?? [];
  expect(attachment?.ref, 'a file is a reference in the event').toBeTypeOf('string');
  expect(attachment?.content, 'no bytes come with an event').toBeUndefined();
  const why = 'nothing of a stranger is downloaded: the gateway asks once the event is admitted';
  expect(downloads.call(bench), why).toBe(0);
  if (attachment === undefined || bench.channel.fetchMedia === undefined) {
    return skipped('this channel fetches no files');
  }
  const bytes = await bench.channel.fetchMedia(attachment, 5000, AbortSignal.timeout(5000));
  expect(bytes.byteLength).toBe(5000);
  expect(downloads.call(bench)).toBeGreaterThan(0);
  return undefined;
}

/** What every channel does with what comes in. */
export const RECEIVING: readonly ContractCase[] = [
  { name: 'hands over what a person wrote, once, as plain JSON', run: handsOver },
  { name: 'tells equal words of two messages and two people apart', run: tellsEventsApart },
  { name: 'keeps the order of one chat', run: keepsOrder },
  { name: 'acknowledges only after the inbox has the event', run: acknowledgesLate },
  { name: 'an event the inbox refused comes again with the same id', run: redelivers },
  { name: 'waits for a slow inbox, and loses nothing', run: waitsForInbox },
  { name: 'a repeated delivery keeps its id', run: knowsRepeats },
  { name: 'downloads no file before it is asked to', run: downloadsLate },
  { name: 'marks what we sent ourselves', run: marksOwn },
  { name: 'a forged event never reaches the inbox', run: refusesForged },
];
