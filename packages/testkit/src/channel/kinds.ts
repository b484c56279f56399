/**
 * The contract of everything that is no new message: edits, reactions, buttons, commands.
 *
 * @module
 */
import { type Event, type EventKind, messageEventId } from '@portcullis/core';
import { expect } from 'vitest';
import { type ContractCase, skipped, without } from './contract-case.ts';
import type { Stage } from './stage.ts';

const soon = () => AbortSignal.timeout(10_000);

async function first(stage: Stage, kind: EventKind): Promise<Event> {
  const find = () => stage.accepted.find((event) => event.kind === kind);
  await stage.eventually(() => find() !== undefined, `an event of kind "${kind}"`);
  return find() ?? expect.fail('unreachable');
}

/** Starts, and waits until something was heard: networks tell what they were asked for by then. */
async function listening(stage: Stage): Promise<void> {
  stage.start();
  await stage.bench.receive('first', 'hello');
  await first(stage, 'message');
}

async function traces(stage: Stage) {
  const { receiveEdit } = stage.bench;
  if (receiveEdit === undefined) return without('receiveEdit');
  stage.start();
  await receiveEdit.call(stage.bench, 'buy ten', 'buy ten thousand');
  const edit = await first(stage, 'edit');
  const original = await first(stage, 'message');
  expect([original.text, edit.text]).toEqual(['buy ten', 'buy ten thousand']);
  expect(edit.messageId, 'an edit names the message it changes').toBe(original.messageId);
  expect(edit.eventId, 'with the id of its message an edit would count as a redelivery').not.toBe(
    original.eventId,
  );
  expect(edit.eventId).toBeTypeOf('string');
  const traced = messageEventId(edit.conversation.id, edit.messageId ?? '');
  expect(original.eventId, 'an edit is traced to its message by messageEventId()').toBe(traced);
  expect(edit.command, 'an edit never commands').toBeUndefined();
  return undefined;
}

async function reacts(stage: Stage) {
  const { bench } = stage;
  if (bench.receiveReaction === undefined) return without('receiveReaction');
  await listening(stage);
  const ours = { to: bench.conversation, text: 'like it?', idempotencyKey: 'reaction-1' };
  const { messageId } = await bench.channel.send(ours, soon());
  await bench.receiveReaction(messageId, '👍');
  const event = await first(stage, 'reaction');
  expect(event.messageId, 'a reaction names the message it is about').toBe(messageId);
  expect(event.eventId).toBeTypeOf('string');
  expect(event.sender.id).toBeTypeOf('string');
  expect(event.text ?? '', 'a reaction says which one it is').not.toBe('');
  return undefined;
}

async function presses(stage: Stage) {
  const { bench } = stage;
  const { channel } = bench;
  if (bench.receivePress === undefined) return without('receivePress');
  await listening(stage);
  const buttons = [
    [
      { label: 'Yes', data: 'yes-of-the-contract' },
      { label: 'No', data: 'no' },
    ],
  ];
  const ours = { to: bench.conversation, text: 'Shall I?', buttons, idempotencyKey: 'button-1' };
  const { messageId } = await channel.send(ours, soon());
  await bench.receivePress(messageId, 'yes-of-the-contract');
  const event = await first(stage, 'button');
  expect(event.button, 'a button gives back the data it was made with').toEqual({
    data: 'yes-of-the-contract',
  });
  expect(event.messageId, 'a press names the message its button is under').toBe(messageId);
  expect(event.sender.id, 'who pressed is who must be allowed to').toBeTypeOf('string');
  expect(event.conversation).toMatchObject({ id: bench.conversation.id });
  if (channel.answerButton === undefined) return undefined;
  await channel.answerButton(event, 'Done.', soon());
  const refused = channel.answerButton(await first(stage, 'message'), 'Done.', soon());
  await expect(refused, 'only a press can be answered').rejects.toBeInstanceOf(Error);
  return undefined;
}

async function refusesLongData(stage: Stage) {
  const { bench } = stage;
  if (bench.receivePress === undefined) return without('receivePress');
  const buttons = [[{ label: 'x', data: 'é'.repeat(33) }]];
  const message = { to: bench.conversation, text: 'x', buttons, idempotencyKey: 'button-2' };
  const error: unknown = await bench.channel
    .send(message, soon())
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof Error)) return skipped('this network takes more than 64 bytes');
  expect(error).toMatchObject({ outcome: 'failed' });
  expect(bench.sent()).toEqual([]);
  return undefined;
}

async function commands(stage: Stage) {
  const { receiveCommand } = stage.bench;
  if (receiveCommand === undefined) return without('receiveCommand');
  stage.start();
  await receiveCommand.call(stage.bench, 'stop', 'right now');
  const event = await first(stage, 'command');
  expect(event.command).toEqual({ name: 'stop', args: 'right now' });
  expect(event.eventId).toBeTypeOf('string');
  expect(event.sender.id).toBeTypeOf('string');
  return undefined;
}

/** What every channel does with what is no new message. */
export const KINDS: readonly ContractCase[] = [
  { name: 'an edit is an event of its own that is traced to its message', run: traces },
  { name: 'a reaction names its message', run: reacts },
  { name: 'a pressed button gives its data back', run: presses },
  { name: 'a button that carries too much is never half sent', run: refusesLongData },
  { name: 'a command has a name and its arguments', run: commands },
];
