/**
 * The gateway is killed on the way of messages of each network, again and again on one state
 * directory. At the end every message was heard once and answered once, in order: nothing is lost and
 * nothing is said twice. Where a network cannot be sent the same message again, an answer may be in
 * doubt instead, and is named.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Step } from '@portcullis/gateway';
import type { FakeModelRequest } from '@portcullis/testkit';
import { describe, expect, test } from 'vitest';

import { openDiscord } from '../networks/discord.ts';
import type { Network, OpenNetwork, Person } from '../networks/network.ts';
import { openSlack } from '../networks/slack.ts';
import { openWhatsApp } from '../networks/whatsapp.ts';
import { type World, createWorld, lastUserText, until } from '../world.ts';
import { SEEDS, generator, shuffledSteps } from './generator.ts';

const NETWORKS: Readonly<Record<string, OpenNetwork>> = {
  Discord: openDiscord,
  Slack: openSlack,
  WhatsApp: openWhatsApp,
};
const REACH_MS = 15_000;
/** Points this way does not pass: nobody asks to be let in, and no tool is called. */
const ELSEWHERE = /^(?:pairing|tool|config)\./u;
/** One point on each side of every promise, for the short run. */
const SHORT: readonly Step[] = [
  'inbox.before-commit',
  'model.after-response',
  'outbox.before-send',
  'outbox.after-send',
];
const isLong = process.env['PORTCULLIS_LONG'] === '1';

const respond = (request: FakeModelRequest): string => `answer to ${lastUserText(request)}`;

/** Two people who ask, and what they asked. */
class Asking {
  readonly asked = new Map<Person, string[]>();
  readonly #network: Network;

  constructor(network: Network) {
    this.#network = network;
    for (const name of ['Ada', 'Bob']) this.asked.set(network.person(name), []);
  }

  /** Everybody asks twice. */
  ask(): void {
    for (const [person, texts] of this.asked) {
      for (let count = 0; count < 2; count += 1) {
        const text = `question ${person.id}.${String(texts.length)};`;
        texts.push(text);
        this.#network.accounts[0]?.say(person, text);
      }
    }
  }

  said(person: Person): readonly string[] {
    return this.#network.accounts[0]?.sentTo(person) ?? [];
  }

  /** What nobody answered yet. */
  unanswered(): readonly string[] {
    return [...this.asked].flatMap(([person, texts]) => {
      const said = new Set(this.said(person));
      return texts.filter((text) => !said.has(`answer to ${text}`));
    });
  }
}

async function openWorld(network: Network, asking: Asking): Promise<World> {
  const allowFrom = [...asking.asked.keys()].map(({ id }) => id);
  return await createWorld(
    respond,
    (config) => ({
      ...config,
      channels: {
        [network.channel]: { ...network.accounts[0]?.options, dmPolicy: 'allowlist', allowFrom },
      },
    }),
    network.launch,
  );
}

/** What the gateway says of itself at the end. */
async function expectAccounted(
  world: World,
  { channel, dropsRepeats }: Network,
  asking: Asking,
): Promise<void> {
  const operator = await world.operator();
  try {
    type Outbox = { items: { state: string; preview: string }[] };
    const settled = async (): Promise<boolean> => {
      const { items } = await operator.call<Outbox>('outbox.list', { limit: 1000 });
      const inDoubt = new Set(items.map(({ preview }) => preview));
      return (
        items.every(({ state }) => state !== 'pending' && state !== 'sending') &&
        asking.unanswered().every((text) => inDoubt.has(`answer to ${text}`))
      );
    };
    await until(settled, 'an end of every answer', 30_000);
    const { items } = await operator.call<Outbox>('outbox.list', { limit: 1000 });
    const doubtful = items.filter(({ state }) => state === 'unknown').map(({ preview }) => preview);
    if (dropsRepeats) expect(doubtful).toEqual([]);
    for (const [person, texts] of asking.asked) {
      const answers = texts.map((text) => `answer to ${text}`);
      // In order, each once; what is not there is named as doubtful, and nothing is that is there.
      expect(asking.said(person)).toEqual(answers.filter((text) => !doubtful.includes(text)));
      type History = { messages: { role: string; content: { text?: string }[] }[] };
      const { messages } = await operator.call<History>('chat.history', {
        sessionKey: `agent:main:${channel}:direct:${person.id.toLowerCase()}`,
        limit: 1000,
      });
      const heard = messages.filter(({ role }) => role === 'user').map(({ content }) => content[0]);
      expect(heard.map((part) => part?.text)).toEqual(texts);
    }
    expect(await operator.call('audit.verify', {})).toMatchObject({ ok: true });
  } finally {
    await operator.close();
  }
}

const RUNS = Object.entries(NETWORKS).flatMap(([name, open]) =>
  SEEDS.slice(0, isLong ? 40 : 1).map((seed) => ({ name, open, seed })),
);

describe.each(RUNS)('$name, seed $seed', ({ open, seed }) => {
  test('every message is answered once and in order', { timeout: 240_000 }, async () => {
    const random = generator(seed);
    const network = await open(1);
    const asking = new Asking(network);
    const world = await openWorld(network, asking);
    const steps = isLong ? shuffledSteps(random, (step) => !ELSEWHERE.test(step)) : SHORT;
    try {
      // Networks tell of what is written after they were first spoken to.
      const first = await world.start();
      if (network.link !== undefined) {
        const operator = await world.operator();
        await network.link((method, params) => operator.call(method, { ...params }), ['default']);
        await operator.close();
      }
      await network.connected();
      asking.ask();
      await expect.poll(() => asking.unanswered(), { timeout: 20_000 }).toEqual([]);
      first?.child.kill('SIGKILL');
      await first?.ended;
      for (const step of steps) {
        const gateway = await world.start(step, 1 + Math.floor(random() * 2));
        asking.ask();
        const end =
          gateway === undefined
            ? 'SIGKILL'
            : await Promise.race([gateway.ended, sleep(REACH_MS, 'late')]);
        expect(end, step).toBe('SIGKILL');
      }
      const last = await world.start();
      await expectAccounted(world, network, asking);
      last?.child.kill('SIGTERM');
      expect(await last?.ended).toBe('0');
    } finally {
      await world.close();
      await network.close();
    }
  });
});
