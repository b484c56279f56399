/**
 * The contract of rooms: who is addressed is what the network says, not what the words look like.
 *
 * @module
 */
import type { Event } from '@portcullis/core';
import { expect } from 'vitest';
import type { RoomMessage } from './bench.ts';
import { type ContractCase, type Skip, skipped, without } from './contract-case.ts';
import type { Stage } from './stage.ts';

/** What the room hears, as an event. `text` of the message must be its own in the test. */
async function heard(stage: Stage, message: RoomMessage): Promise<Event> {
  await stage.bench.receiveInRoom?.(message);
  const find = () => stage.accepted.find(({ text }) => text?.includes(message.text) === true);
  await stage.eventually(() => find() !== undefined, `the event "${message.text}"`);
  return find() ?? expect.fail('unreachable');
}

function lacksRoom({ bench }: Stage): Skip | undefined {
  if (bench.room === undefined) return without('room');
  return bench.receiveInRoom === undefined ? without('receiveInRoom') : undefined;
}

async function isARoom(stage: Stage) {
  const lacks = lacksRoom(stage);
  if (lacks !== undefined) return lacks;
  const { bench } = stage;
  stage.start();
  const event = await heard(stage, { text: 'good morning everybody' });
  expect(event.conversation, 'an answer goes to the conversation of the event').toEqual(bench.room);
  expect(event.conversation.kind, 'a room taken for a direct chat lets everybody in').not.toBe(
    'direct',
  );
  expect(event.facts?.nativeMention ?? false, 'nobody was mentioned').toBe(false);
  expect(event.facts?.replyToBot ?? false, 'nothing was answered').toBe(false);
  if (bench.identity !== undefined) {
    const why = 'a person is the same in a room and in their own chat';
    expect(event.sender.id, why).toBe(bench.identity('first'));
  }
  return undefined;
}

async function knowsMentions(stage: Stage) {
  const lacks = lacksRoom(stage);
  if (lacks !== undefined) return lacks;
  stage.start();
  const us = await heard(stage, { text: 'what is the time?', mention: 'us' });
  if (us.facts?.canDetectMention === false) return skipped('this network cannot tell a mention');
  expect(us.facts?.nativeMention, "the network's mention of us is a fact").toBe(true);
  const other = await heard(stage, { text: 'and your time?', mention: 'somebody' });
  expect(other.facts?.nativeMention ?? false, 'a mention of somebody else is none of us').toBe(
    false,
  );
  expect(other.facts?.mentionsOthers, 'that somebody else was addressed is a fact').toBe(true);
  return undefined;
}

async function knowsNames(stage: Stage) {
  const lacks = lacksRoom(stage);
  if (lacks !== undefined) return lacks;
  const { ourName } = stage.bench;
  if (ourName === undefined) return without('ourName');
  stage.start();
  const event = await heard(stage, { text: `I do not like ${ourName} at all` });
  const why = 'words that look like a name are no mention: patterns are for the gateway to match';
  expect(event.facts?.nativeMention ?? false, why).toBe(false);
  return undefined;
}

async function knowsReplies(stage: Stage) {
  const lacks = lacksRoom(stage);
  if (lacks !== undefined) return lacks;
  const { channel, room } = stage.bench;
  if (room === undefined) return without('room');
  stage.start();
  await heard(stage, { text: 'anybody here?' });
  const ours = { to: room, text: 'I am', idempotencyKey: 'room-1' };
  const { messageId } = await channel.send(ours, AbortSignal.timeout(10_000));
  const event = await heard(stage, { text: 'then answer me', replyTo: messageId });
  expect(event.facts?.replyToBot, 'an answer to what we wrote addresses us').toBe(true);
  expect(event.replyTo, 'the id of the answered message is the one our send got').toBe(messageId);
  return undefined;
}

/** Where an event happened, threads told apart. */
function place({ conversation: { id, threadId, topicId } }: Event): string {
  return JSON.stringify([id, threadId, topicId]);
}

async function keepsThreads(stage: Stage) {
  const lacks = lacksRoom(stage);
  if (lacks !== undefined) return lacks;
  const { bench } = stage;
  if (bench.threads === undefined) return without('threads');
  stage.start();
  const outside = await heard(stage, { text: 'in the open' });
  const inside = await heard(stage, { text: 'in a corner', inThread: true });
  const why = 'a thread is a place of its own, or its answers go to the whole room';
  expect(place(inside), why).not.toBe(place(outside));
  const again = await heard(stage, { text: 'in the same corner', inThread: true });
  expect(place(again), 'a thread keeps its id').toBe(place(inside));
  if (bench.lastSent === undefined) return undefined;
  const answer = { to: inside.conversation, text: 'psst', idempotencyKey: 'thread-1' };
  await bench.channel.send(answer, AbortSignal.timeout(10_000));
  expect(bench.lastSent()?.thread, 'an answer goes to the thread it answers').toBe(
    inside.conversation.threadId ?? inside.conversation.topicId,
  );
  return undefined;
}

async function marksBots(stage: Stage) {
  const lacks = lacksRoom(stage);
  if (lacks !== undefined) return lacks;
  if (stage.bench.hidesBots === true) return skipped('this network does not mark bots');
  stage.start();
  const bot = await heard(stage, { text: 'I am a machine', byBot: true });
  const why = 'two bots that take each other for people never stop talking';
  expect(bot.sender.isBot, why).toBe(true);
  expect(bot.sender.isSelf ?? false, 'another bot is not us').toBe(false);
  const person = await heard(stage, { text: 'and I am not' });
  expect(person.sender.isBot ?? false).toBe(false);
  return undefined;
}

/** What every channel says about rooms. */
export const ROOMS: readonly ContractCase[] = [
  { name: 'a message in a room is one of that room', run: isARoom },
  { name: 'a mention is what the network says is one', run: knowsMentions },
  { name: 'our name in the text is no mention', run: knowsNames },
  { name: 'an answer to us is known as such', run: knowsReplies },
  { name: 'a thread is a place of its own', run: keepsThreads },
  { name: 'other bots are marked', run: marksBots },
];
