/**
 * Answers gateway methods in this process, over the state it opened itself: for the commands that
 * look at or change state while no gateway runs. Nothing is started: no channel, no turn.
 *
 * @module
 */
import { type Logger, PortcullisError, type Registered, createRegistry } from '@portcullis/core';
import {
  type Caller,
  type Gateway,
  type Models,
  type State,
  callMethod,
  openGateway,
  openState,
} from '@portcullis/gateway';
import type { LoadedConfig, StatePaths } from '@portcullis/gateway/config';
import { openConfig } from '@portcullis/gateway/local';
import { openSqliteStore } from '@portcullis/store-sqlite';

import type { CommandContext } from '../context.ts';
import type { OperatorOptions } from './open-operator.ts';
import type { Operator } from './operator.ts';
import { Packages, installHint } from './packages.ts';

const CALLER: Caller = { id: 'cli', kind: 'cli', local: true, scopes: ['operator.admin'] };

/** Methods that only a running gateway can answer: they start turns or speak of live connections. */
const LIVE = new Set([
  'agent',
  'agent.wait',
  'chat.send',
  'chat.abort',
  'sessions.send',
  'sessions.abort',
  'health',
  'status',
  'channels.status',
  'channels.start',
  'channels.stop',
  'send',
  // What a job may do depends on the tools and channels that are loaded.
  'cron.add',
  'cron.update',
  'cron.run',
  'models.list',
  'node.invoke',
  // A start accepts what the file says: nothing waits where nothing runs.
  'config.status',
  'config.accept',
  'config.reject',
  'secrets.reload',
  'mcp.inspect',
  'mcp.accept',
  'system-presence',
]);

/** No turn is started, so no model is needed. */
const NO_MODELS: Models = {
  forAgent: () => {
    throw notRunning();
  },
  tariffs: () => [],
  report: () => ({ active: [], models: [] }),
};

/** Opens the state directory. Throws `store.locked` when a gateway has it. */
export async function openLocalOperator(
  context: CommandContext,
  log: Logger,
  { packages = false }: Pick<OperatorOptions, 'packages'> = {},
): Promise<Operator> {
  const { paths, version } = context;
  const { config, secrets } = openConfig(context);
  const registry = packages ? await loadedPackages(config, paths, log) : createRegistry();
  const state = await openState(paths, openSqliteStore, log);
  try {
    const gateway = await openGateway({
      version,
      config,
      secrets,
      paths,
      store: state.store,
      chainKey: state.chainKey,
      registry,
      models: () => NO_MODELS,
      log,
      installHint: (channel) => installHint(channel, paths),
      env: context.env,
    });
    return new LocalOperator(gateway, state);
  } catch (error) {
    await state.store.close();
    throw error;
  }
}

async function loadedPackages(
  config: LoadedConfig,
  paths: StatePaths,
  log: Logger,
): Promise<Registered> {
  const packages = new Packages(paths);
  await packages.load(config, log);
  return packages.registered;
}

class LocalOperator implements Operator {
  readonly via = 'local';
  readonly #gateway: Gateway;
  readonly #state: State;

  constructor(gateway: Gateway, state: State) {
    this.#gateway = gateway;
    this.#state = state;
  }

  async call<T>(method: string, params?: Readonly<Record<string, unknown>>): Promise<T> {
    if (LIVE.has(method)) throw notRunning();
    // The method's own schema checks the name and the parameters.
    return (await callMethod(this.#gateway.services, CALLER, method as never, params)) as T;
  }

  onEvent(): () => void {
    return () => undefined;
  }

  async close(): Promise<void> {
    await this.#gateway.close();
    await this.#state.store.close();
  }
}

function notRunning(): PortcullisError {
  return new PortcullisError('gateway.not_running', 'No gateway is running here.', {
    hint: 'Start it with: openclaw gateway run',
  });
}
