/**
 * One gateway on all four networks for a long time, while connections break, sends are turned away
 * and messages come twice. At the end every message was heard once and answered once, in the order
 * of its chat, and the gateway has lived within a small heap. An answer that was on its
 * way when a connection broke may be in doubt where the network cannot be sent the same message
 * again; then it is named.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import type { FakeModelRequest } from '@portcullis/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Operator } from '../../../packages/cli/src/compose/operator.ts';
import { generator } from '../kill/generator.ts';
import { type World, createWorld, lastUserText } from '../world.ts';
import { openDiscord } from './discord.ts';
import type { Network, Person } from './network.ts';
import { openSlack } from './slack.ts';
import { openTelegram } from './telegram.ts';
import { openWhatsApp } from './whatsapp.ts';

const isLong = process.env['PORTCULLIS_LONG'] === '1';
/** Messages over all networks: a few by default, as many as one likes with PORTCULLIS_SOAK. */
const MESSAGES = isLong ? Number(process.env['PORTCULLIS_SOAK'] ?? 100_000) : 96;
/** People a network has, and how much each of them writes at a time. */
const PEOPLE = isLong ? 25 : 4;
const AT_ONCE = 2;
/** How often the networks are looked at: with many messages a look is work. */
const LOOK_MS = isLong ? 200 : 10;
/** How long a wave of messages may take: a rate limit of Slack's lasts a second. */
const PATIENCE_MS = 60_000;
/**
 * What JavaScript may hold in the gateway, megabytes: over a hundred thousand messages a leak of two
 * kilobytes each would end it.
 */
const HEAP_MB = 192;

const respond = (request: FakeModelRequest): string => `answer to ${lastUserText(request)}`;

interface Chat {
  readonly network: Network;
  readonly person: Person;
  readonly asked: string[];
}

let networks: readonly Network[];
let chats: readonly Chat[];
let world: World;
let operator: Operator;
let pid: number;

function answered({ network, person }: Chat): readonly string[] {
  return network.accounts[0]?.sentTo(person) ?? [];
}

/** What was asked and is not answered, as the answers would read. */
function missing(): readonly string[] {
  return chats.flatMap((chat) => {
    if (answered(chat).length >= chat.asked.length) return [];
    const said = new Set(answered(chat));
    return chat.asked.map((text) => `answer to ${text}`).filter((text) => !said.has(text));
  });
}

/** Answers of which the gateway says that they may not have arrived, by their channel. */
async function doubts(): Promise<ReadonlyMap<string, string>> {
  type Outbox = { items: readonly { state: string; preview: string; channel: string }[] };
  const { items } = await operator.call<Outbox>('outbox.list', { state: 'unknown', limit: 1000 });
  return new Map(items.map(({ preview, channel }) => [preview, channel]));
}

/** Resolves when every answer is there or named as doubtful. */
async function settled(): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  for (let looks = 1; ; looks += 1) {
    const open = missing();
    if (open.length === 0) return;
    // The networks tell it at once; the gateway is asked only when something takes long.
    if (looks % 50 === 0) {
      const doubtful = await doubts();
      if (open.every((text) => doubtful.has(text))) return;
    }
    if (performance.now() > until) throw new Error(`unanswered: ${open.slice(0, 5).join(' ')}`);
    await sleep(LOOK_MS);
  }
}

/** Resident memory of the gateway, megabytes. */
function memory(): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(?<kb>\d+)/mu.exec(status)?.groups?.['kb']) * 1024) / 1e6;
}

/** Everybody writes, and something goes wrong on each network. */
function wave(random: () => number): void {
  for (const chat of chats) {
    const account = chat.network.accounts[0];
    for (let count = 0; count < AT_ONCE; count += 1) {
      const text = `${chat.person.id} says ${String(chat.asked.length)};`;
      chat.asked.push(text);
      account?.say(chat.person, text);
    }
  }
  for (const { accounts } of networks) {
    const { lost, limited, repeated } = accounts[0]?.trouble ?? {};
    const chance = random();
    if (chance < 0.1) lost?.();
    else if (chance < 0.2) limited?.();
    else if (chance < 0.6) repeated?.();
  }
}

beforeAll(async () => {
  networks = await Promise.all([openTelegram(1), openDiscord(1), openSlack(1), openWhatsApp(1)]);
  chats = networks.flatMap((network) =>
    Array.from({ length: PEOPLE }, (_, index) => ({
      network,
      person: network.person(`Person ${String(index)}`),
      asked: [],
    })),
  );
  const blocks = networks.map((network) => {
    const people = chats.filter((chat) => chat.network === network);
    const allowFrom = people.map(({ person }) => person.id);
    return [network.channel, { ...network.accounts[0]?.options, dmPolicy: 'allowlist', allowFrom }];
  });
  const launch = networks.find((network) => network.launch !== undefined)?.launch;
  world = await createWorld(
    respond,
    (config) => ({ ...config, channels: Object.fromEntries(blocks) }),
    launch === undefined
      ? undefined
      : {
          ...launch,
          variables: {
            ...launch.variables,
            NODE_OPTIONS: `--max-old-space-size=${String(HEAP_MB)}`,
          },
        },
  );
  const started = await world.start();
  pid = started?.child.pid ?? 0;
  operator = await world.operator();
  for (const { link } of networks) {
    await link?.((method, params) => operator.call(method, { ...params }), ['default']);
  }
  await Promise.all(networks.map((network) => network.connected()));
}, 60_000);

afterAll(async () => {
  await operator.close();
  await world.close();
  await Promise.all(networks.map((network) => network.close()));
});

describe('a long time on four networks', () => {
  test(
    'loses nothing, says nothing twice, keeps the order of each chat, and holds its memory',
    { timeout: isLong ? 4 * 3_600_000 : 120_000, retry: 0 },
    async () => {
      const random = generator(7);
      const waves = Math.ceil(MESSAGES / (chats.length * AT_ONCE));
      const from = performance.now();
      for (let count = 0; count < waves; count += 1) {
        wave(random);
        await settled();
      }
      const doubtful = await doubts();
      for (const chat of chats) {
        const answers = chat.asked.map((text) => `answer to ${text}`);
        // In order, each once; what is not there is named as doubtful, or it is lost.
        const said = new Set(answered(chat));
        expect(answered(chat)).toEqual(answers.filter((text) => said.has(text)));
        expect(answers.filter((text) => !said.has(text) && !doubtful.has(text))).toEqual([]);
      }
      const repeating = networks.filter(({ dropsRepeats }) => dropsRepeats);
      const named = new Set(doubtful.values());
      expect(repeating.filter(({ channel }) => named.has(channel))).toEqual([]);
      expect(await operator.call('audit.verify', {})).toMatchObject({ ok: true });
      const total = waves * chats.length * AT_ONCE;
      const rate = Math.round((total / (performance.now() - from)) * 1000);
      process.stdout.write(
        `${String(total)} messages, ${String(rate)} a second, ${String(doubtful.size)} answers in doubt; ${String(Math.round(memory()))} MB resident\n`,
      );
    },
  );
});
