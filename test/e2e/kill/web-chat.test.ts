/**
 * The same for operator chat: a client that sends each message again, under the same key, until it
 * is told that it was answered. Every message is in the transcript once, with one answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { FakeAnswer, FakeModelRequest } from '@portcullis/testkit';
import { describe, expect, test } from 'vitest';

import type { Operator } from '../../../packages/cli/src/compose/operator.ts';
import { type World, createWorld, lastUserText } from '../world.ts';
import { SEEDS, generator, shuffledSteps } from './generator.ts';

const REACH_MS = 15_000;
/** Points that operator chat does not pass: it has no strangers, and no outbox. */
const ELSEWHERE = /^(?:pairing|outbox)\./u;

function respond(request: FakeModelRequest): string | FakeAnswer {
  const text = lastUserText(request);
  const isFirst = request.lastText === text;
  if (isFirst && text.startsWith('use a tool'))
    return { toolCalls: [{ name: 'read', input: { path: 'x' } }] };
  return `answer to ${text}`;
}

/** Sends until the gateway says that the message was answered, whatever dies meanwhile. */
async function insist(world: World, session: string, key: string, message: string): Promise<void> {
  for (;;) {
    let operator: Operator | undefined;
    try {
      operator = await world.operator();
      const send = { sessionKey: session, message, idempotencyKey: key };
      const { status } = await operator.call<{ status: string }>('chat.send', send);
      if (status === 'ok') return;
    } catch {
      // Nobody is there right now: the next try is the point of the test.
    } finally {
      await operator?.close().catch(() => undefined);
    }
    await sleep(20);
  }
}

describe.each(SEEDS)('seed %i', (seed) => {
  test(
    'every message is in the transcript once, with one answer',
    { timeout: 240_000 },
    async () => {
      const random = generator(seed);
      const world = await createWorld(respond, (config) => ({ ...config, channels: {} }));
      const asked = new Map<string, string[]>([
        ['main', []],
        ['agent:main:side', []],
      ]);
      const sending: Promise<void>[] = [];
      const tails = new Map<string, Promise<void>>();
      const say = (session: string, text: string): void => {
        const texts = asked.get(session) ?? [];
        const numbered = `${text} #${session}.${String(texts.length)}`;
        texts.push(numbered);
        // A person sends the next message after the one before was taken.
        const tail = (tails.get(session) ?? Promise.resolve()).then(() =>
          insist(world, session, numbered, numbered),
        );
        tails.set(session, tail);
        sending.push(tail);
      };
      try {
        for (const step of shuffledSteps(random, (each) => !ELSEWHERE.test(each))) {
          const gateway = await world.start(step, 1 + Math.floor(random() * 2));
          for (const session of asked.keys()) {
            say(session, step.startsWith('tool.') ? 'use a tool' : 'question');
            say(session, step.startsWith('tool.') ? 'use a tool' : 'question');
          }
          const end =
            gateway === undefined
              ? 'SIGKILL'
              : await Promise.race([gateway.ended, sleep(REACH_MS, 'late')]);
          expect(end, step).toBe('SIGKILL');
        }
        const last = await world.start();
        await Promise.all(sending);
        const operator = await world.operator();
        for (const [session, texts] of asked) {
          type Message = { role: string; stopReason?: string; content: { text?: string }[] };
          type History = { messages: Message[] };
          const { messages } = await operator.call<History>('chat.history', {
            sessionKey: session,
            limit: 1000,
          });
          const said = messages
            .filter(({ role }) => role === 'user')
            .map(({ content }) => content[0]?.text);
          expect(said).toEqual(texts);
          const answers = messages
            .filter(({ role, stopReason }) => role === 'assistant' && stopReason === 'stop')
            .map(({ content }) => content[0]?.text);
          expect(answers).toEqual(texts.map((text) => `answer to ${text}`));
        }
        expect(await operator.call('audit.verify', {})).toMatchObject({ ok: true });
        await operator.close();
        last?.child.kill('SIGTERM');
        expect(await last?.ended).toBe('0');
      } finally {
        await world.close();
      }
    },
  );
});
