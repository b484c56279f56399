/**
 * The gateway is killed at every point of the way of a Telegram message, again and again on one
 * state directory. At the end every message was answered once, in order, or its answer is named as
 * doubtful; nothing is lost and nothing is answered twice.
 */
import type { Step } from '@portcullis/gateway';
import type { FakeAnswer, FakeModelRequest, FakeTelegramUser } from '@portcullis/testkit';
import { describe, expect, test } from 'vitest';

import { type World, createWorld, lastUserText, until } from '../world.ts';
import { SEEDS, generator, shuffledSteps } from './generator.ts';

const REACH_MS = 15_000;

function respond(request: FakeModelRequest): string | FakeAnswer {
  const text = lastUserText(request);
  // A message that asks for a tool gets one call; its refusal is then answered like any text.
  const isFirst = request.lastText === text;
  if (isFirst && text.startsWith('use a tool'))
    return { toolCalls: [{ name: 'read', input: { path: 'x' } }] };
  return `answer to ${text}`;
}

class Run {
  readonly world: World;
  readonly people: FakeTelegramUser[] = [];
  readonly asked = new Map<number, string[]>();
  #strangers = 0;

  constructor(world: World) {
    this.world = world;
  }

  say(person: FakeTelegramUser, text: string): void {
    const texts = this.asked.get(person.id) ?? [];
    this.asked.set(person.id, texts);
    const numbered = `${text} #${String(person.id)}.${String(texts.length)}`;
    texts.push(numbered);
    this.world.telegram.userSends({ from: person, text: numbered });
  }

  async approve(person: FakeTelegramUser): Promise<void> {
    await until(
      async () => {
        const operator = await this.world.operator();
        try {
          type Pending = { requests: { senderId: string; accountId: string; requestId: string }[] };
          const { requests } = await operator.call<Pending>('channels.pairing.list', {
            channel: 'telegram',
          });
          const request = requests.find(({ senderId }) => senderId === String(person.id));
          if (request === undefined) return false;
          const { accountId, requestId } = request;
          await operator.call('channels.pairing.approve', {
            channel: 'telegram',
            accountId,
            requestId,
          });
          return true;
        } finally {
          await operator.close();
        }
      },
      'a pairing request',
      20_000,
    );
  }

  newPerson(): FakeTelegramUser {
    this.#strangers += 1;
    return this.world.telegram.addUser({ firstName: `Person${String(this.#strangers)}` });
  }

  /** Runs a gateway into its death at `step`, with everything on its way that leads there. */
  async crashAt(step: Step, nth: number): Promise<void> {
    const gateway = await this.world.start(step, nth);
    const [first, second] = this.people;
    if (first === undefined || second === undefined) throw new Error('nobody is there');
    const text = step.startsWith('tool.') ? 'use a tool' : 'question';
    for (let index = 0; index < 2; index += 1) {
      this.say(first, text);
      this.say(second, text);
    }
    if (gateway === undefined) return;
    const approving = step.startsWith('pairing.') ? this.crashWhileApproving() : Promise.resolve();
    const reached = await Promise.race([gateway.ended, sleep(REACH_MS)]);
    await approving;
    if (reached !== 'SIGKILL') {
      gateway.child.kill('SIGKILL');
      throw new Error(`${step} was not reached`);
    }
  }

  async crashWhileApproving(): Promise<void> {
    const stranger = this.newPerson();
    this.world.telegram.userSends({ from: stranger, text: 'let me in' });
    // The gateway dies under the call; what it committed counts.
    await this.approve(stranger).catch(() => undefined);
  }
}

function sleep(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), ms).unref();
  });
}

interface OutboxView {
  readonly items: readonly {
    readonly state: string;
    readonly preview: string;
    readonly conversationId: string;
  }[];
}

describe.each(SEEDS)('seed %i', (seed) => {
  test(
    'every message is answered once and in order, or its answer is named as doubtful',
    { timeout: 240_000 },
    async () => {
      const random = generator(seed);
      const world = await createWorld(respond);
      try {
        const run = new Run(world);
        const setup = await world.start();
        for (let index = 0; index < 2; index += 1) {
          const person = run.newPerson();
          run.people.push(person);
          world.telegram.userSends({ from: person, text: 'hello' });
          await run.approve(person);
        }
        await until(() => world.telegram.sent.length >= 4, 'the welcome of two people');
        const welcomes = world.telegram.sent.length;
        setup?.child.kill('SIGKILL');
        await setup?.ended;

        for (const step of shuffledSteps(random))
          await run.crashAt(step, 1 + Math.floor(random() * 2));

        const last = await world.start();
        const operator = await world.operator();
        // Settled is not the sum of answers and doubts: a doubtful answer may have arrived.
        const settled = async (): Promise<boolean> => {
          const { items } = await operator.call<OutboxView>('outbox.list', { limit: 1000 });
          if (items.some(({ state }) => state === 'pending' || state === 'sending')) return false;
          const known = [
            ...world.telegram.sent.map(({ text }) => text),
            ...items.map(({ preview }) => preview),
          ];
          const marks = [...run.asked.values()].flat().map((text) => text.slice(text.indexOf('#')));
          return marks.every((mark) => known.some((text) => text.endsWith(mark)));
        };
        await until(settled, 'an end of every message', 60_000);
        const { items } = await operator.call<OutboxView>('outbox.list', { limit: 1000 });
        const doubtful = items
          .filter(({ state }) => state === 'unknown')
          .map(({ preview }) => preview);

        for (const person of run.people) {
          const asked = run.asked.get(person.id) ?? [];
          const said = world.telegram.sentTo(person).map(({ text }) => text);
          const order: number[] = [];
          for (const [index, text] of asked.entries()) {
            const mark = text.slice(text.indexOf('#'));
            const times = said.filter((each) => each.endsWith(mark)).length;
            const inDoubt = doubtful.some((each) => each.endsWith(mark));
            expect(times, `${text} was answered ${String(times)} times`).toBeLessThanOrEqual(1);
            expect(times === 1 || inDoubt, `${text} was lost`).toBe(true);
            if (times === 1)
              order.push(
                said.findIndex((each) => each.endsWith(mark)),
                index,
              );
          }
          const places = order.filter((_, index) => index % 2 === 0);
          expect(places).toEqual(places.toSorted((a, b) => a - b));

          type History = {
            messages: {
              role: string;
              stopReason?: string;
              content: { type: string; text?: string }[];
            }[];
          };
          const key = `agent:main:telegram:direct:${String(person.id)}`;
          const { messages } = await operator.call<History>('chat.history', {
            sessionKey: key,
            limit: 1000,
          });
          const users = messages
            .filter(({ role }) => role === 'user')
            .map(({ content }) => content[0]?.text);
          expect(users).toEqual(asked);
          const answers = messages.filter(
            ({ role, stopReason }) => role === 'assistant' && stopReason === 'stop',
          );
          expect(answers).toHaveLength(asked.length);
        }
        expect(world.telegram.sent.length).toBeGreaterThanOrEqual(welcomes);
        const verdict = await operator.call<{ ok: boolean }>('audit.verify', {});
        expect(verdict.ok).toBe(true);
        await operator.close();
        last?.child.kill('SIGTERM');
        expect(await last?.ended).toBe('0');
      } finally {
        await world.close();
      }
    },
  );
});
