import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { QuestionItem } from '../../src/services.ts';
import { checkedCall, failedCall } from './checked-call.ts';
import { type Bench, connect, makeDevice, openAuthed, type Raw, startBench } from './clients.ts';
import { publishedFaults } from './published-schema.ts';

const ID = '0123456789abcdef0123456789abcdef';

const ITEM: QuestionItem = {
  id: ID,
  state: 'pending',
  text: 'Which one?',
  options: ['red', 'blue'],
  agentId: 'main',
  sessionKey: 'agent:main:main',
  runId: 'r1',
  createdAt: 1000,
  expiresAt: 9000,
  asks: 'operator.questions',
};

const RECORD = {
  id: ID,
  questions: [
    {
      questionId: 'answer',
      header: 'Question',
      question: 'Which one?',
      options: [{ label: 'red' }, { label: 'blue' }],
      isOther: true,
    },
  ],
  agentId: 'main',
  sessionKey: 'agent:main:main',
  runId: 'r1',
  createdAtMs: 1000,
  expiresAtMs: 9000,
  status: 'pending',
};

const BLUE = { answers: { answer: ['blue'] } };

let bench: Bench;
let person: Raw;

beforeEach(async () => {
  bench = await startBench();
  bench.services.questionItems.push(ITEM);
  person = await openAuthed(bench, { scopes: ['operator.questions'] });
});

afterEach(() => bench.close());

test('the published client hears of a question, lists it, answers it and hears of the end', async () => {
  const { client, waitFor } = await connect(bench, {
    ...makeDevice(),
    scopes: ['operator.questions'],
  });
  bench.services.notify({ type: 'question', phase: 'requested', question: ITEM });
  const { payload } = await waitFor(({ event }) => event === 'question.requested');
  expect(payload).toEqual(RECORD);
  expect(publishedFaults('QuestionRecord', payload)).toEqual([]);
  expect(await client.request('question.list', {})).toEqual({ questions: [RECORD] });
  expect(await client.request('question.resolve', { id: ID, answers: BLUE })).toEqual({
    status: 'answered',
    answers: BLUE,
  });
  const resolved = await waitFor(({ event }) => event === 'question.resolved');
  expect(resolved.payload).toEqual({ id: ID, status: 'answered', answers: BLUE });
  expect(publishedFaults('QuestionResolvedEvent', resolved.payload)).toEqual([]);
  expect(await client.request('question.list', {})).toEqual({ questions: [] });
});

describe('events', () => {
  test.each([
    ['operator.admin', ['operator.questions'], 0],
    ['person', ['operator.admin'], 0],
    ['operator.admin', ['operator.admin'], 2],
    ['operator.questions', ['operator.read', 'operator.write'], 0],
    ['operator.questions', ['operator.questions'], 2],
  ] as const)('of a question that asks %s, to %j: %i', async (asks, scopes, count) => {
    const listener = await openAuthed(bench, { scopes: [...scopes] });
    const question = { ...ITEM, asks };
    bench.services.notify({ type: 'question', phase: 'requested', question });
    bench.services.notify({
      type: 'question',
      phase: 'resolved',
      question: { ...question, state: 'expired' },
    });
    // The answer comes after everything that was told before.
    await listener.request(
      scopes.includes('operator.questions' as never) ? 'question.list' : 'status',
    );
    const heard = listener.frames.filter(({ event }) => event?.startsWith('question.') === true);
    expect(heard).toHaveLength(count);
  });
});

describe('question.resolve', () => {
  test('ends a question without an answer', async () => {
    expect(await checkedCall(person, 'question.resolve', { id: ID, cancel: true })).toEqual({
      status: 'cancelled',
    });
    expect(await checkedCall(person, 'question.get', { id: ID })).toMatchObject({
      question: { status: 'cancelled' },
    });
  });

  test.each([
    [{ id: ID }, 'answers or cancel required'],
    [{ id: ID, cancel: true, answers: BLUE }, 'answers or cancel required'],
    [{ id: ID, answers: { answers: {} } }, 'answer required'],
    [{ id: ID, answers: { answers: { answer: [' '] } } }, 'answer required'],
    [{ id: 'nobody', answers: BLUE }, 'unknown or expired question id'],
  ])('refuses %j', async (params, message) => {
    expect(await failedCall(person, 'question.resolve', params)).toMatchObject({ message });
    expect(bench.services.questionItems).toEqual([ITEM]);
  });

  test('counts once, whoever a client says it speaks for', async () => {
    await checkedCall(person, 'question.resolve', { id: ID, answers: BLUE, resolvedBy: 'owner' });
    expect(bench.services.questionItems[0]?.resolvedBy).not.toBe('owner');
    const again = await failedCall(person, 'question.resolve', { id: ID, answers: BLUE });
    expect(again).toMatchObject({ details: { reason: 'QUESTION_ALREADY_RESOLVED' } });
  });
});
