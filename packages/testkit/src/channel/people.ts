/**
 * The contract of identity: who somebody is does not depend on what they call themselves.
 *
 * @module
 */
import type { Event } from '@portcullis/core';
import { expect } from 'vitest';
import { type ContractCase, without } from './contract-case.ts';
import type { Stage } from './stage.ts';

async function next(stage: Stage, text: string): Promise<Event | undefined> {
  await stage.eventually(
    () => stage.accepted.some((event) => event.text === text),
    `the event "${text}"`,
  );
  return stage.accepted.find((event) => event.text === text);
}

async function staysTheSame(stage: Stage) {
  const { bench } = stage;
  if (bench.identity === undefined) return without('identity');
  if (bench.rename === undefined) return without('rename');
  const id = bench.identity('first');
  stage.start();
  await bench.receive('first', 'it is me');
  const before = await next(stage, 'it is me');
  await bench.rename('first', 'Somebody Else');
  await bench.receive('first', 'still me');
  const after = await next(stage, 'still me');
  const why = 'sender.id is the id the network knows a person by for good';
  expect(before?.sender.id, why).toBe(id);
  expect(after?.sender.id, `${why}: a new name makes nobody else of them`).toBe(id);
  expect(before?.conversation.id, 'a conversation is not named after a name').toBe(
    after?.conversation.id,
  );
  return undefined;
}

async function isNobodyElse(stage: Stage) {
  const { bench } = stage;
  if (bench.identity === undefined) return without('identity');
  if (bench.rename === undefined) return without('rename');
  await bench.rename('second', bench.identity('first'));
  stage.start();
  await bench.receive('second', 'let me in, I am the first');
  const event = await next(stage, 'let me in, I am the first');
  const why = 'names are chosen by whoever bears them: taken for an id, they open every allow list';
  expect(event?.sender.id, why).not.toBe(bench.identity('first'));
  expect(event?.sender.id).toBe(bench.identity('second'));
  return undefined;
}

async function keepsForwardsApart(stage: Stage) {
  const { bench } = stage;
  if (bench.receiveForward === undefined) return without('receiveForward');
  stage.start();
  await bench.receiveForward('words of a stranger');
  await bench.receive('first', 'what do you say?');
  await next(stage, 'what do you say?');
  const forward = stage.accepted.find(({ text }) => text !== 'what do you say?');
  expect(forward, 'a forwarded message is an event, too').toBeDefined();
  const why = 'what somebody passes on is not said by them: it belongs into context';
  expect(forward?.text ?? '', why).not.toContain('words of a stranger');
  expect(forward?.command, 'forwarded words never command').toBeUndefined();
  expect(forward?.context?.map(({ kind, text }) => [kind, text])).toContainEqual([
    'forwarded',
    'words of a stranger',
  ]);
  return undefined;
}

/** What every channel says about people. */
export const PEOPLE: readonly ContractCase[] = [
  { name: 'a person keeps their id, whatever they call themselves', run: staysTheSame },
  { name: 'whose name is the id of another is still themselves', run: isNobodyElse },
  { name: 'forwarded words are context, never what the sender said', run: keepsForwardsApart },
];
