/**
 * A gateway with a `cron` tool that hands the test its `schedule` broker, and a clock that the test
 * sets. 42 is the owner, 43 is listed, and -100 is a room both are in.
 */
import {
  type Job,
  type JobDraft,
  PortcullisError,
  type ScheduleBroker,
  type Tool,
} from '@portcullis/core';

import type { ApprovalItem, AuditLine, Services } from '../../src/services.ts';
import { SCHEDULE_TOPIC } from '../../src/schedule/job.ts';
import { type Harness, cli, direct, openHarness, until } from '../pipeline/harness.ts';

export const START = 1_700_000_000_000;
export const MINUTE = 60_000;

/** What a test does with the broker. */
type Use = (schedule: ScheduleBroker) => Promise<unknown>;

/** A tool of any name that does nothing. */
export function idleTool(name: string): Tool {
  return {
    name,
    description: 'Does nothing.',
    input: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
    inputSchema: { type: 'object' },
    effects: [],
    run: async () => ({ text: `${name} ran` }),
  };
}

const uses: Use[] = [];

const cron: Tool = {
  ...idleTool('cron'),
  effects: ['schedule'],
  run: async (_, { brokers }) => {
    if (brokers.schedule === undefined) throw new Error('no broker');
    await uses.shift()?.(brokers.schedule);
    return { text: 'done' };
  },
};

const TOOLS: readonly Tool[] = [cron, idleTool('read'), idleTool('web_fetch')];

export const CONFIG = {
  gateway: { mode: 'local' },
  session: { dmScope: 'per-channel-peer' },
  commands: { ownerAllowFrom: ['telegram:42'] },
  tools: { profile: 'full' },
  channels: {
    telegram: { dmPolicy: 'allowlist', allowFrom: ['42', '43'], groups: { '-100': {} } },
  },
} as const;

/** Opens the gateway. */
export async function openWorld(change: object = {}): Promise<World> {
  const harness = await openHarness({
    config: { ...CONFIG, ...change },
    tools: TOOLS,
    clock: { now: START },
  });
  return new World(harness);
}

/** A gateway with jobs. */
export class World {
  harness: Harness;
  #calls = 0;

  constructor(harness: Harness) {
    this.harness = harness;
  }

  /** What the next call of the tool does; resolves with what came of it. */
  async next<T>(use: (schedule: ScheduleBroker) => Promise<T>): Promise<T> {
    const done = Promise.withResolvers<T>();
    uses.push(async (schedule) => {
      try {
        done.resolve(await use(schedule));
      } catch (error) {
        done.reject(error);
      }
    });
    return await done.promise;
  }

  /** Has `sender` make the agent use its broker; resolves with what came of it. */
  async use<T>(use: (schedule: ScheduleBroker) => Promise<T>, sender = '42'): Promise<T> {
    this.#calls += 1;
    const done = this.next(use);
    const id = `call-${String(this.#calls)}`;
    this.harness.model.script.push(async function* () {
      yield { type: 'tool-call', id, name: 'cron', input: {} };
      yield { type: 'finish', reason: 'tool-calls', usage: {} };
    });
    const before = this.harness.network.sent.length;
    await this.harness.network.deliver(direct(sender, 'plan something'));
    const turn = until(() => this.harness.network.sent.length > before, 'the turn to end');
    try {
      return await done;
    } finally {
      await turn;
    }
  }

  /** The code that a use was refused with. */
  async refused(use: Use, sender = '42'): Promise<string> {
    try {
      await this.use(use, sender);
    } catch (error) {
      if (PortcullisError.is(error)) return error.code;
      throw error;
    }
    throw new Error('it was not refused');
  }

  /** An operator's job. */
  async add(draft: Partial<JobDraft> = {}): Promise<Job> {
    return await this.services.schedule.add(cli, {
      name: 'tea',
      schedule: { kind: 'every', everyMs: 10 * MINUTE },
      payload: { kind: 'agentTurn', message: 'Is the tea ready?' },
      delivery: { mode: 'announce', channel: 'telegram', to: '42' },
      ...draft,
    });
  }

  get services(): Services {
    return this.harness.gateway.services;
  }

  /** Sets the clock forward and has the gateway look at it. */
  async pass(ms: number): Promise<void> {
    this.harness.clock.now += ms;
    await this.look();
  }

  async look(): Promise<void> {
    await this.harness.store.transact((tx) => tx.notify(SCHEDULE_TOPIC));
  }

  /** Waits until `count` runs are over. */
  async ended(count: number): Promise<void> {
    await until(
      async () => {
        await this.look();
        return (await this.services.schedule.runs({ limit: 100 })).length === count;
      },
      `${String(count)} runs to be over`,
    );
  }

  /** What the model was asked in each run of a job. */
  prompts(): readonly string[] {
    return this.harness.model.heard.filter((text) => text.startsWith('(scheduled job'));
  }

  async audit(code: string): Promise<readonly AuditLine[]> {
    const lines = await this.services.audit.log({ limit: 1000 });
    return lines.filter(({ entry }) => entry['code'] === code);
  }

  /** The question that waits. */
  async question(): Promise<ApprovalItem> {
    await until(async () => (await this.services.approvals.pending()).length === 1, 'a question');
    const [item] = await this.services.approvals.pending();
    if (item === undefined) throw new Error('no question');
    return item;
  }

  async restart(): Promise<void> {
    await this.restartWith({});
  }

  /** Stops the gateway, and starts it again `ms` later. */
  async restartAfter(ms: number): Promise<void> {
    await this.restartWith({}, ms);
  }

  /** The same state under another config. */
  async restartWith(change: object, ms = 0): Promise<void> {
    const { harness } = this;
    await harness.gateway.stop('restart', 100);
    await harness.store.close();
    harness.clock.now += ms;
    this.harness = await openHarness({
      config: { ...CONFIG, ...change },
      tools: TOOLS,
      folder: harness.folder,
      clock: harness.clock,
    });
  }

  async close(): Promise<void> {
    uses.length = 0;
    await this.harness.close();
  }
}
