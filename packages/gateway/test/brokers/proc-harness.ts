/**
 * A gateway with one tool that hands its input to the `proc` broker, for tests of commands.
 */
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  PortcullisError,
  type ProcBroker,
  type ProcRequest,
  type ProcResult,
  type Tool,
} from '@portcullis/core';

import type { Resolve } from '../../src/index.ts';
import type { ApprovalAnswer, ApprovalItem } from '../../src/services.ts';
import { type Harness, cli, direct, openHarness, until } from '../pipeline/harness.ts';

/** What a call of the broker came to: its result, or the code it was refused with. */
export type Outcome = ProcResult | { readonly refused: string; readonly message: string };

/** Something to do with the broker. */
export type Use = (proc: ProcBroker) => Promise<unknown>;

/** A gateway whose agent runs commands. */
export class ProcHarness {
  readonly harness: Harness;
  readonly workspace: string;
  readonly #uses: Use[];
  #calls = 0;

  constructor(harness: Harness, workspace: string, uses: Use[]) {
    this.harness = harness;
    this.workspace = workspace;
    this.#uses = uses;
  }

  /** Lets the agent use the broker once; resolves with what came of it. */
  async use<T>(use: (proc: ProcBroker) => Promise<T>, sender = '42'): Promise<T> {
    const before = this.harness.model.requests.length;
    try {
      return await this.begin(use, sender);
    } finally {
      const heard = (): boolean => this.harness.model.requests.length === before + 2;
      await until(heard, 'the model to hear of it');
    }
  }

  /** The same without waiting for the end of the turn. */
  async begin<T>(use: (proc: ProcBroker) => Promise<T>, sender = '42'): Promise<T> {
    this.#calls += 1;
    const id = `call-${String(this.#calls)}`;
    const done = Promise.withResolvers<T>();
    this.#uses.push(async (proc) => {
      try {
        done.resolve(await use(proc));
      } catch (error) {
        done.reject(error);
      }
    });
    this.harness.model.script.push(async function* () {
      yield { type: 'tool-call', id, name: 'use', input: {} };
      yield { type: 'finish', reason: 'tool-calls', usage: {} };
    });
    await this.harness.network.deliver(direct(sender, 'go'));
    return await done.promise;
  }

  /** Runs one command. */
  async run(request: ProcRequest, sender = '42'): Promise<Outcome> {
    return await this.use((proc) => outcomeOf(proc.run(request)), sender);
  }

  /** The question that waits. */
  async question(): Promise<ApprovalItem> {
    const { approvals } = this.harness.gateway.services;
    await until(async () => (await approvals.pending()).length === 1, 'a question');
    const [item] = await approvals.pending();
    if (item === undefined) throw new Error('no question');
    return item;
  }

  /** Answers the question that waits. */
  async answer(how: ApprovalAnswer = 'allow-once'): Promise<ApprovalItem> {
    const item = await this.question();
    return await this.harness.gateway.services.approvals.resolve(cli, item.id, how);
  }

  /** Gives a control command in the agent's conversation; resolves with what was answered. */
  async command(name: string, args: string, sender = '42'): Promise<string> {
    const { network } = this.harness;
    const before = network.texts(sender).length;
    // What the model said may still be on its way.
    const answer = (): string | undefined =>
      network
        .texts(sender)
        .slice(before)
        .find((text) => !text.startsWith('echo:'));
    await network.deliver(direct(sender, `/${name} ${args}`, { command: { name, args } }));
    await until(() => answer() !== undefined, 'an answer to the command');
    return answer() ?? '';
  }

  file(name: string, text: string, mode = 0o644): string {
    const path = join(this.workspace, name);
    writeFileSync(path, text, { mode });
    return path;
  }

  async codes(): Promise<readonly unknown[]> {
    const lines = await this.harness.gateway.services.audit.log({ limit: 1000 });
    return lines.map(({ entry }) => entry['code']);
  }
}

/** The result, or the code of the refusal. */
export async function outcomeOf(work: Promise<ProcResult>): Promise<Outcome> {
  try {
    return await work;
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    return { refused: error.code, message: error.message };
  }
}

/** What is configured for a gateway with commands. */
export interface ProcConfig {
  readonly exec?: object;
  readonly sandbox?: object;
  readonly flow?: object;
  /** `tools.web`. */
  readonly web?: object;
  /** Answers look-ups. Default: no name exists. */
  readonly resolve?: Resolve;
  /** `exec-approvals.json`. */
  readonly document?: object;
  /** More of `gateway`. */
  readonly gateway?: object;
  /** More of `tools`. */
  readonly tools?: object;
  /** In place of an owner. */
  readonly commands?: object;
  /** Default: a session for each person. */
  readonly session?: object;
}

/** Opens a gateway in which 42 is the owner and 43 a guest. */
export async function openProc(config: ProcConfig): Promise<ProcHarness> {
  const uses: Use[] = [];
  const tool: Tool = {
    name: 'use',
    description: 'Runs commands.',
    input: {
      '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) },
    },
    inputSchema: { type: 'object' },
    effects: ['proc'],
    run: async (_, { brokers }) => {
      if (brokers.proc === undefined) throw new Error('no broker');
      await uses.shift()?.(brokers.proc);
      return { text: 'done' };
    },
  };
  const harness = await openHarness({
    config: {
      gateway: { mode: 'local', ...config.gateway },
      session: config.session ?? { dmScope: 'per-channel-peer' },
      commands: config.commands ?? { ownerAllowFrom: ['telegram:42'] },
      tools: {
        profile: 'full',
        sandbox: { tools: { alsoAllow: ['use'] } },
        ...(config.web === undefined ? {} : { web: config.web }),
        ...config.tools,
        ...(config.exec === undefined ? {} : { exec: config.exec }),
      },
      ...(config.flow === undefined ? {} : { flow: config.flow }),
      ...(config.sandbox === undefined
        ? {}
        : { agents: { defaults: { sandbox: config.sandbox } } }),
      channels: { telegram: { dmPolicy: 'allowlist', allowFrom: ['42', '43'] } },
    },
    tools: [tool],
    ...(config.resolve === undefined ? {} : { resolve: config.resolve }),
  });
  const workspace = join(harness.folder, 'workspace');
  mkdirSync(workspace, { recursive: true });
  if (config.document !== undefined) {
    const path = join(harness.folder, 'exec-approvals.json');
    writeFileSync(path, JSON.stringify(config.document), { mode: 0o600 });
  }
  return new ProcHarness(harness, realpathSync(workspace), uses);
}
