/**
 * Starts the gateway of a state directory: the one place where every package meets.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';

import { PortcullisError, Secret } from '@portcullis/core';
import {
  type ChannelReport,
  type Exposure,
  type ExposureReport,
  type ConsoleStyle,
  type Gateway,
  type GatewayLog,
  type GatewayStart,
  type ModelReport,
  type ReloadRoom,
  type SandboxReport,
  type Server,
  type StepListener,
  consoleLevel,
  consoleStyle,
  logSettings,
  openGateway,
  openLog,
  reaches,
} from '@portcullis/gateway';
import {
  type LiveSecrets,
  type LoadedConfig,
  createFirstConfig,
  getPath,
  logFile,
} from '@portcullis/gateway/config';
import { ConfiguredModels } from '@portcullis/models';

import type { Telemetry } from '@portcullis/telemetry-otel';

import type { CommandContext } from '../context.ts';
import { pageUrl, removeAddress } from './address.ts';
import { Entrance } from './entrance.ts';
import { type Bind, decidePort } from './exposure/bind.ts';
import { type Machine, thisMachine } from './exposure/machine.ts';
import { keepAddress, openExposure, serve } from './exposure/serve.ts';
import type { GatewaySecrets } from './gateway-token.ts';
import { Packages, installHint } from './packages.ts';
import { pageDirectory } from './page.ts';
import { logRoom, packagesRoom } from './reload-rooms.ts';
import { openTelemetry } from './telemetry.ts';
import { type State, openConfig, openState } from './state.ts';

/** How to run. */
export interface RunOptions {
  /** Overrides the configured port; 0 takes any free one. */
  readonly port?: number;
  /** Told of every point a message passes. */
  readonly onStep?: StepListener;
  /** Told of each line of the log that `logging.consoleLevel` lets through, as JSON. */
  readonly onLog?: (line: string, style: ConsoleStyle) => void;
  /** What to take for the machine. Default: this one. */
  readonly machine?: Machine;
}

/** What a start found, for the person who started it. */
export interface StartReport {
  readonly configPath: string;
  /** True when this start wrote the first config. */
  readonly firstStart: boolean;
  readonly bindHost: string;
  readonly port: number;
  readonly exposed: boolean;
  /** How it is reached beside its port. */
  readonly exposure: ExposureReport;
  readonly authMode: string;
  readonly channels: readonly ChannelReport[];
  readonly models: ModelReport;
  /** Names of the tools that are loaded; policy decides who may use which. */
  readonly tools: readonly string[];
  /** Where commands run. */
  readonly sandbox: SandboxReport;
  /** Whether the chat page is served. */
  readonly page: boolean;
  /** Sentences, most important first. */
  readonly warnings: readonly string[];
  /** Messages an earlier process had accepted and not finished. */
  readonly resumed: number;
}

/** A gateway that runs in this process. */
export interface RunningGateway {
  readonly url: string;
  readonly report: StartReport;
  /** Stops it, finishing or parking turns. Safe to call twice. */
  stop(reason: string): Promise<void>;
  /** Resolves when it has stopped, for whatever reason. */
  readonly ended: Promise<void>;
}

/**
 * Starts a gateway. With an empty home it writes the first config.
 *
 * Throws `config.*`, `gateway.mode_not_local`, `gateway.start_refused`, `gateway.port_in_use`,
 * `store.*`, `secret.*`.
 */
export async function runGateway(
  context: CommandContext,
  options: RunOptions = {},
): Promise<RunningGateway> {
  const { paths } = context;
  const firstStart = !existsSync(paths.configPath) && createFirstConfig(paths).created;
  const { config, secrets } = openConfig(context);
  requireLocal(config);
  const entrance = new Entrance(paths, secrets, options.machine ?? thisMachine());
  const bind = entrance.bind(config);
  const { auth } = entrance;
  const terminal = { config };
  const log = openLog({
    path: logFile(config, paths),
    settings: logSettings(config),
    secrets: () => secrets.known(),
    echo: echoOf(() => terminal.config, options),
  });
  const state = await openState(paths, log);
  // An address left by a process that was killed is not where this one listens.
  removeAddress(paths);
  let exposure: Exposure | undefined;
  try {
    exposure = await openExposure(context, config, bind, log);
    const logging = logRoom(log, (next) => (terminal.config = next));
    const inputs = { config, secrets, entrance, bind, exposure, log, state, logging };
    const parts = await assemble(context, options, inputs);
    return describeRunning(context, parts, { config, auth, bind, firstStart });
  } catch (error) {
    await exposure?.close();
    await state.store.close();
    log.close();
    throw error;
  }
}

/** Hands on what is severe enough for the terminal. */
function echoOf(
  config: () => LoadedConfig,
  { onLog }: RunOptions,
): (line: string, level: number) => void {
  return (line, level) => {
    if (onLog !== undefined && reaches(level, consoleLevel(config()))) {
      onLog(line, consoleStyle(config()));
    }
  };
}

interface Inputs {
  readonly config: LoadedConfig;
  readonly secrets: LiveSecrets;
  readonly entrance: Entrance;
  readonly bind: Bind;
  readonly exposure: Exposure;
  readonly log: GatewayLog;
  readonly logging: ReloadRoom;
  readonly state: State;
}

interface Parts extends Pick<Inputs, 'exposure' | 'log' | 'state'> {
  readonly gateway: Gateway;
  readonly server: Server;
  readonly page: boolean;
  readonly resumed: number;
  readonly sandbox: SandboxReport;
  readonly tools: readonly string[];
  /** Sentences about the servers of the models, and of traces. */
  readonly otherWarnings: readonly string[];
  readonly telemetry: Telemetry | undefined;
}

async function assemble(
  context: CommandContext,
  options: RunOptions,
  inputs: Inputs,
): Promise<Parts> {
  const { paths, version } = context;
  const { config, secrets, entrance, bind, exposure, log, state } = inputs;
  const telemetry = await openTelemetry(context, config, secrets, log);
  const packages = new Packages(paths, log);
  await packages.load(config);
  const registry = packages.registered;
  let made: ConfiguredModels | undefined;
  const gateway = await openGateway({
    version,
    config,
    secrets,
    paths,
    store: state.store,
    chainKey: state.chainKey,
    registry,
    models: (door) => {
      const own = secrets.of(config);
      made = new ConfiguredModels({ config, secrets: own, registry, door, log });
      return made;
    },
    log,
    installHint: (channel) => installHint(channel, paths),
    env: context.env,
    reloadRooms: [entrance, packagesRoom(packages), inputs.logging],
    ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
  });
  const controlUi = pageDirectory(config, paths);
  const key = randomBytes(32).toString('base64url');
  secrets.keep(new Secret(key, 'state/address.json'));
  const server = await serve(exposure, {
    services: gateway.services,
    host: bind.bindHost,
    port: decidePort(config, options.port),
    policyConfig: () => entrance.policyConfig(gateway.services.config()),
    secrets,
    stateKey: key,
    route: gateway.route,
    controlUi,
    log,
  });
  const { events, sandbox, edited } = await gateway.start();
  keepAddress(paths, exposure, { host: bind.bindHost, port: server.port, key });
  return {
    gateway,
    server,
    exposure,
    log,
    state,
    page: controlUi !== undefined,
    resumed: events,
    sandbox,
    tools: [...registry.tools.keys()],
    otherWarnings: [...editWarnings(edited), ...(made?.warnings() ?? []), ...telemetry.warnings],
    telemetry: telemetry.telemetry,
  };
}

function describeRunning(
  { paths }: CommandContext,
  parts: Parts,
  inputs: { config: LoadedConfig; auth: GatewaySecrets; bind: Bind; firstStart: boolean },
): RunningGateway {
  const { gateway, server, exposure, log, state, page } = parts;
  const { resumed, sandbox, tools, otherWarnings } = parts;
  const { config, auth, bind, firstStart } = inputs;
  const ended = Promise.withResolvers<void>();
  let stopping: Promise<void> | undefined;
  const stop = async (reason: string): Promise<void> => {
    removeAddress(paths);
    await gateway.stop(reason);
    await server.close(1000);
    await exposure.close();
    await parts.telemetry?.close();
    await state.store.close();
    log.close();
    ended.resolve();
  };
  const mode = getPath(config.value, 'gateway.auth.mode');
  return {
    url: pageUrl({ host: bind.bindHost, port: server.port, tls: exposure.tls?.fingerprint }),
    ended: ended.promise,
    stop: (reason) => (stopping ??= stop(reason)),
    report: {
      configPath: paths.configPath,
      firstStart,
      bindHost: bind.bindHost,
      port: server.port,
      exposed: bind.exposed,
      exposure: exposure.report(),
      authMode: typeof mode === 'string' ? mode : auth.token === undefined ? 'password' : 'token',
      channels: gateway.services.channels(),
      models: gateway.services.models(),
      tools,
      sandbox,
      page,
      warnings: [
        ...startWarnings(bind, auth),
        ...exposure.warnings,
        ...sandboxWarnings(sandbox),
        ...otherWarnings,
        ...config.warnings.map(({ message }) => message),
      ],
      resumed,
    },
  };
}

/** Openings that a warning names at most. */
const MOST_NAMED = 5;

function startWarnings(bind: Bind, { standInFile }: GatewaySecrets): readonly string[] {
  if (standInFile === undefined) return bind.warnings;
  return [
    `gateway.auth.token is a published placeholder and lets nobody in. A random token counts instead: ${standInFile}`,
    ...bind.warnings,
  ];
}

function editWarnings(edited: GatewayStart['edited']): readonly string[] {
  if (edited === undefined) return [];
  const opens = edited.opens.slice(0, MOST_NAMED).map(({ key, what }) => `${key} (${what})`);
  return [
    `The config file was edited while no gateway went by it, and this start accepts it. It opens ${opens.join('; ')}. "openclaw config history" shows all of it.`,
  ];
}

function sandboxWarnings({ modes, available, why }: SandboxReport): readonly string[] {
  if (available !== false) return [];
  const agents = Object.keys(modes).join(', ');
  return [
    `The sandbox is asked for and not there: ${why ?? 'unknown'}. Commands of ${agents} are refused; install bubblewrap and allow user namespaces.`,
  ];
}

function requireLocal(config: LoadedConfig): void {
  const mode = getPath(config.value, 'gateway.mode');
  if (mode === 'local') return;
  throw new PortcullisError(
    'gateway.mode_not_local',
    mode === 'remote'
      ? 'gateway.mode is "remote": this machine uses a gateway elsewhere and runs none.'
      : 'gateway.mode is not set, so it is not clear that a gateway should run here.',
    { hint: 'openclaw config set gateway.mode local' },
  );
}
