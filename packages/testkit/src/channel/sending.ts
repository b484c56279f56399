/**
 * The contract of the way out: once, whole, and honest about what became of it.
 *
 * @module
 */
import { DeliveryError, type DeliveryOutcome, PortcullisError } from '@portcullis/core';
import { expect } from 'vitest';
import type { SendFault } from './bench.ts';
import { type ContractCase, skipped } from './contract-case.ts';
import type { Stage } from './stage.ts';

let sequence = 0;

function send({ bench }: Stage, text: string, to = bench.conversation) {
  sequence += 1;
  return bench.channel.send(
    { to, text, idempotencyKey: `contract-${sequence}` },
    AbortSignal.timeout(10_000),
  );
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => expect.fail('the call was taken for a success'),
    (error: unknown) => {
      // A send without a receipt must say so: silence counts as sent.
      expect(error).toBeInstanceOf(Error);
      return error;
    },
  );
}

/** Everything a reader of an error can see. */
export function visible(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const hint = PortcullisError.is(error) ? JSON.stringify([error.hint, error.details]) : '';
  const cause = error.cause === undefined ? '' : visible(error.cause);
  return [error.message, error.stack, hint, JSON.stringify(error), cause].join(' ');
}

async function sends(stage: Stage): Promise<void> {
  const first = await send(stage, 'one');
  const second = await send(stage, 'two');
  expect(stage.bench.sent()).toEqual(['one', 'two']);
  expect(first.messageId).not.toBe('');
  expect(second.messageId).not.toBe(first.messageId);
}

function outcome(fault: SendFault, wanted: DeliveryOutcome, arrives: readonly string[]) {
  return async (stage: Stage): Promise<void> => {
    await stage.bench.failNextSend(fault);
    const error = await failureOf(send(stage, 'did it arrive?'));
    await stage.bench.heal();
    expect(DeliveryError.outcomeOf(error)).toBe(wanted);
    for (const secret of stage.bench.secrets) expect(visible(error)).not.toContain(secret);
    // Neither a lost message nor a second one: the channel must not try again by itself.
    expect(stage.bench.sent()).toEqual(arrives);
    await send(stage, 'after the fault');
    expect(stage.bench.sent()).toEqual([...arrives, 'after the fault']);
  };
}

async function goneFails(stage: Stage): Promise<void> {
  const error = await failureOf(send(stage, 'anybody?', stage.bench.goneConversation));
  expect(DeliveryError.outcomeOf(error)).toBe('failed');
  expect(stage.bench.sent()).toEqual([]);
}

async function abortedIsNotSent(stage: Stage): Promise<void> {
  const { channel, conversation } = stage.bench;
  const message = { to: conversation, text: 'too late', idempotencyKey: 'aborted' };
  const error = await failureOf(channel.send(message, AbortSignal.abort()));
  expect(DeliveryError.outcomeOf(error)).toBe('retry');
  expect(stage.bench.sent()).toEqual([]);
}

async function splitsLongText(stage: Stage) {
  const { channel } = stage.bench;
  if (channel.split === undefined) return skipped('this network takes texts of any length');
  const words = Array.from({ length: 3000 }, (_, index) => `word${index}`);
  const pieces = channel.split(words.join(' '));
  for (const piece of pieces) await send(stage, piece);
  expect(stage.bench.sent().join(' ').split(/\s+/u)).toEqual(words);
  return undefined;
}

async function refusesBigMedia(stage: Stage) {
  const { channel, receiveFile } = stage.bench;
  if (receiveFile === undefined) return skipped('this network has no files');
  const file = await receiveFile.call(stage.bench, 5000);
  const fetchMedia = channel.fetchMedia?.bind(channel);
  if (fetchMedia === undefined) return skipped('this channel fetches no files');
  const whole = await fetchMedia(file, 5000, AbortSignal.timeout(5000));
  expect(whole.byteLength).toBe(5000);
  const unstated = { ref: file.ref };
  const stated = { ...unstated, size: 5000 };
  for (const attachment of [unstated, stated]) {
    const error = await failureOf(fetchMedia(attachment, 4999, AbortSignal.timeout(5000)));
    expect(PortcullisError.is(error)).toBe(true);
    for (const secret of stage.bench.secrets) expect(visible(error)).not.toContain(secret);
  }
  return undefined;
}

/** What every channel does with what goes out. */
export const SENDING: readonly ContractCase[] = [
  { name: 'sends a message and gives its id', run: sends },
  { name: 'a rate limit is to be tried again', run: outcome('rate-limited', 'retry', []) },
  { name: 'a refused connection is to be tried again', run: outcome('unreachable', 'retry', []) },
  {
    name: 'a lost answer is unknown, and nothing is sent twice',
    run: outcome('answer-lost', 'unknown', ['did it arrive?']),
  },
  { name: 'a fault of the network is unknown', run: outcome('server-fault', 'unknown', []) },
  { name: 'a conversation that is gone fails for good', run: goneFails },
  { name: 'nothing is sent after the signal aborted', run: abortedIsNotSent },
  { name: 'pieces of a long text arrive whole and in order', run: splitsLongText },
  { name: 'a file above the limit is refused, stated or not', run: refusesBigMedia },
];
