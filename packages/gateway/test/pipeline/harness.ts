/**
 * A gateway in a temporary folder with a network in memory and a model that says what it is told.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  type BrowserDriver,
  type Channel,
  type ChannelAccount,
  type Event,
  type Inbox,
  type Logger,
  type Model,
  type ModelEvent,
  type ModelRequest,
  type OutboundMessage,
  type Policy,
  type Plugin,
  type Store,
  type Tool,
  createRegistry,
  silentLogger,
} from '@portcullis/core';
import { openSqliteStore } from '@portcullis/store-sqlite';

import { createSecrets, loadConfig, resolvePaths } from '../../src/config/index.ts';
import {
  type Caller,
  type Gateway,
  type GatewayStart,
  type ModelDoor,
  type ModelTariff,
  type Models,
  type ReloadOutcome,
  type Resolve,
  gatewayTables,
  openGateway,
} from '../../src/index.ts';
import type { Step } from '../../src/step.ts';

/** A model that answers from a script, or echoes. */
export class ScriptedModel implements Model {
  readonly id = 'test/scripted';
  readonly requests: ModelRequest[] = [];
  readonly script: ((request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent>)[] =
    [];

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent> {
    this.requests.push(request);
    const next = this.script.shift();
    if (next !== undefined) {
      yield* next(request, signal);
      return;
    }
    const last = request.messages.at(-1)?.content[0];
    yield {
      type: 'text',
      delta: `echo: ${last?.type === 'text' ? last.text : (last?.type ?? '')}`,
    };
    yield { type: 'finish', reason: 'stop', usage: { inputTokens: 3, outputTokens: 2 } };
  }

  /** The text of the last message of every request. */
  get heard(): readonly string[] {
    return this.requests.map((request) => {
      const part = request.messages.at(-1)?.content[0];
      return part?.type === 'text' || part?.type === 'tool-result' ? part.text : '';
    });
  }
}

/** A chat network in memory, under the name of a real one so that its ids are judged by real rules. */
export class MemoryNetwork {
  /** Id of the network it stands for. */
  readonly id: string;
  readonly sent: OutboundMessage[] = [];
  readonly left: string[] = [];
  /** What pressed buttons were answered with: event id and text. */
  readonly answered: (readonly [string | undefined, string])[] = [];
  inbox: Inbox | undefined;
  runs = 0;
  failures: unknown[] = [];
  crash: (() => void) | undefined;
  #started = Promise.withResolvers<void>();

  readonly channel: Channel;

  constructor(id = 'telegram') {
    this.id = id;
    this.channel = this.#make();
  }

  readonly #make = (): Channel => ({
    id: this.id,
    run: async (inbox, signal) => {
      this.runs += 1;
      this.inbox = inbox;
      this.#started.resolve();
      await new Promise<void>((resolve, reject) => {
        this.crash = () => reject(new Error('the connection was lost'));
        signal.addEventListener('abort', () => resolve());
      });
    },
    send: async (message) => {
      const failure = this.failures.shift();
      if (failure !== undefined) throw failure;
      this.sent.push(message);
      return { messageId: String(this.sent.length) };
    },
    leave: async (room) => {
      this.left.push(room.id);
    },
    answerButton: async ({ eventId }, text) => {
      this.answered.push([eventId, text]);
    },
  });

  get started(): Promise<void> {
    return this.#started.promise;
  }

  /** Delivers an event and resolves after the gateway has it. */
  async deliver(event: Event): Promise<'accepted' | 'duplicate'> {
    await this.started;
    if (this.inbox === undefined) throw new Error('the channel is not running');
    return await this.inbox.accept(event);
  }

  texts(conversation?: string): readonly string[] {
    return this.sent
      .filter(({ to }) => conversation === undefined || to.id === conversation)
      .map(({ text }) => text);
  }
}

let counter = 0;

/** A direct message of a person. */
export function direct(sender: string, text: string, more: Partial<Event> = {}): Event {
  counter += 1;
  return {
    kind: 'message',
    eventId: `message:${String(counter)}`,
    messageId: String(counter),
    conversation: { channel: 'telegram', accountId: 'default', kind: 'direct', id: sender },
    sender: { id: sender, name: `Person ${sender}` },
    at: 1_700_000_000_000 + counter,
    text,
    ...more,
  };
}

/** A message in a room. */
export function inRoom(
  room: string,
  sender: string,
  text: string,
  more: Partial<Event> = {},
): Event {
  return direct(sender, text, {
    conversation: { channel: 'telegram', accountId: 'default', kind: 'group', id: room },
    ...more,
  });
}

export const cli: Caller = { id: 'cli', kind: 'cli', local: true, scopes: ['operator.admin'] };

export interface Harness {
  readonly gateway: Gateway;
  readonly network: MemoryNetwork;
  readonly model: ScriptedModel;
  readonly store: Store;
  readonly folder: string;
  readonly steps: Step[];
  /** What the gateway hands its models. */
  readonly door: ModelDoor;
  readonly clock: { now: number };
  /** What the start found. */
  readonly start: GatewayStart;
  /** Writes another config and puts it in force. */
  reload(config: object): Promise<ReloadOutcome>;
  /** Stops the gateway and opens another on the same state. */
  restart(network?: MemoryNetwork): Promise<Harness>;
  close(): Promise<void>;
}

export interface HarnessOptions {
  readonly config: object;
  readonly folder?: string;
  readonly tools?: readonly Tool[];
  readonly browser?: BrowserDriver;
  readonly policies?: readonly Policy[];
  readonly plugins?: readonly Plugin[];
  readonly network?: MemoryNetwork;
  readonly model?: ScriptedModel;
  readonly clock?: { now: number };
  readonly log?: Logger;
  /** Told of each account before its channel is made. */
  readonly onAccount?: (account: ChannelAccount) => void;
  /** Answers the look-ups of tools. Default: no name exists. */
  readonly resolve?: Resolve;
  /** What the model costs. Default: nobody knows. */
  readonly tariffs?: readonly ModelTariff[];
}

/** Opens and starts a gateway. */
export async function openHarness(options: HarnessOptions): Promise<Harness> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'portcullis-'));
  const {
    network = new MemoryNetwork(),
    model = new ScriptedModel(),
    clock = { now: 1_700_000_000_000 },
  } = options;
  const env = { OPENCLAW_STATE_DIR: folder, HOME: folder };
  const paths = resolvePaths(env);
  const { writeFileSync } = await import('node:fs');
  writeFileSync(paths.configPath, JSON.stringify(options.config));
  const config = loadConfig({ env, paths });
  const chainKey = new Uint8Array(32).fill(7);
  const store = await openSqliteStore({
    directory: paths.stateDbDir,
    tables: gatewayTables,
    chainKey,
  });
  const registry = createRegistry();
  registry.channel({
    id: network.id,
    config: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
    create: async (account) => {
      options.onAccount?.(account);
      return network.channel;
    },
  });
  for (const tool of options.tools ?? []) registry.tool(tool);
  if (options.browser !== undefined) registry.browser(options.browser);
  for (const policy of options.policies ?? []) registry.policy(policy);
  for (const plugin of options.plugins ?? []) plugin.register(registry);
  const models: Models = {
    forAgent: () => model,
    tariffs: () => options.tariffs ?? [{ id: model.id }],
    report: () => ({ active: [model.id], models: [] }),
  };
  const steps: Step[] = [];
  let door: ModelDoor | undefined;
  const gateway = await openGateway({
    version: '0.0.0-test',
    config,
    secrets: createSecrets(config, config.env, paths),
    paths,
    store,
    chainKey,
    registry,
    models: (given) => {
      door = given;
      return models;
    },
    log: options.log ?? silentLogger,
    installHint: (channel) => `install ${channel}`,
    env,
    now: () => clock.now,
    resolve: options.resolve ?? (async () => []),
    onStep: (step) => steps.push(step),
  });
  const start = await gateway.start();
  if (door === undefined) throw new Error('the models were not made');
  return {
    gateway,
    network,
    model,
    store,
    folder,
    steps,
    door,
    clock,
    start,
    reload: async (next) => {
      writeFileSync(paths.configPath, JSON.stringify(next));
      return await gateway.reloader.apply(loadConfig({ env, paths }));
    },
    restart: async (next = new MemoryNetwork(network.id)) => {
      await gateway.stop('restart');
      await store.close();
      return await openHarness({
        ...options,
        folder,
        network: next,
        model: new ScriptedModel(),
        clock,
      });
    },
    close: async () => {
      await gateway.stop('test');
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until `check` holds. */
export async function until(
  check: () => boolean | Promise<boolean>,
  what = 'the condition',
): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come true`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
