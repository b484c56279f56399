/**
 * A gateway in this process, whole: config, store, control plane, channels. What the command line
 * runs, for any program that brings a store, models and plugins.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';

import { PortcullisError, Secret, createRegistry, registerPlugin } from '@portcullis/core';

import {
  type LiveSecrets,
  type LoadedConfig,
  createFirstConfig,
  getPath,
  logFile,
  resolvePaths,
} from '../config/index.ts';
import type { Exposure } from '../exposure/exposure.ts';
import { type Gateway, openGateway } from '../gateway.ts';
import { pageUrl, removeAddress } from '../local/address.ts';
import { type Bind, decidePort } from '../local/bind.ts';
import { openConfig } from '../local/config.ts';
import { thisMachine } from '../local/machine.ts';
import { type GatewayLog, openLog } from '../log/log.ts';
import { consoleLevel, consoleStyle, logSettings, reaches } from '../log/settings.ts';
import type { ReloadRoom } from '../reload/reloader.ts';
import { type Server, callMethod } from '../server/index.ts';
import type { Caller } from '../services.ts';
import { Entrance } from './entrance.ts';
import type { Place } from './place.ts';
import type { Companion, CreateGatewayOptions, PluginSource, RunningGateway } from './options.ts';
import {
  type StartReport,
  auditWarnings,
  editWarnings,
  sandboxWarnings,
  startWarnings,
} from './report.ts';
import { logRoom, pluginsRoom } from './rooms.ts';
import { keepAddress, openExposure, serve } from './serve.ts';
import { type State, openState } from './state.ts';

const EMBEDDER: Caller = {
  id: 'embedder',
  kind: 'cli',
  local: true,
  scopes: ['operator.admin'],
};

/**
 * Starts a gateway: what `openclaw gateway run` starts, in this process. It sets the umask of the
 * process to 077, so that nothing it keeps is anybody else's to read.
 *
 * Throws `config.*`, `gateway.mode_not_local`, `gateway.start_refused`, `gateway.port_in_use`,
 * `gateway.tls.*`, `gateway.tailscale.*`, `log.unusable`, `plugin.*`, `secret.*`, `store.*`.
 *
 * @example
 * ```ts
 * const gateway = await createGateway({
 *   stateDir: '/var/lib/my-assistant',
 *   openStore: openSqliteStore,
 *   plugins: [models, telegram],
 *   models: (parts) => new ConfiguredModels(parts),
 * });
 * await gateway.call('chat.send', { sessionKey: 'main', message: 'hello', idempotencyKey: 'a1' });
 * await gateway.stop();
 * ```
 */
export async function createGateway(options: CreateGatewayOptions): Promise<RunningGateway> {
  const place = placeOf(options);
  const { paths } = place;
  const firstStart =
    !existsSync(paths.configPath) && createFirstConfig(paths, options.firstConfig).created;
  const { config, secrets } = openConfig(place);
  requireLocal(config);
  const entrance = new Entrance(paths, secrets, options.machine ?? thisMachine());
  const bind = entrance.bind(config);
  const terminal = { config };
  const log = openLog({
    path: logFile(config, paths),
    settings: logSettings(config),
    secrets: () => secrets.known(),
    echo: echoOf(() => terminal.config, options),
  });
  const opened: { state?: State; exposure?: Exposure; companion?: Companion | undefined } = {};
  try {
    opened.state = await openState(paths, options.openStore, log);
    // An address left by a process that was killed is not where this one listens.
    removeAddress(paths);
    opened.exposure = await openExposure(place, config, bind, log);
    opened.companion = await options.companion?.({ config, secrets: secrets.of(config), log });
    const parts = await assemble(place, options, {
      config,
      secrets,
      entrance,
      bind,
      exposure: opened.exposure,
      log,
      state: opened.state,
      companion: opened.companion,
      logging: logRoom(log, (next) => (terminal.config = next)),
    });
    return describeRunning(place, parts, firstStart);
  } catch (error) {
    await opened.companion?.close?.();
    await opened.exposure?.close();
    await opened.state?.store.close();
    log.close();
    throw error;
  }
}

function placeOf({ paths, stateDir, env = {}, version = '0.0.0' }: CreateGatewayOptions): Place {
  if (paths !== undefined) return { paths, env, version };
  if (stateDir === undefined || stateDir === '') {
    throw new PortcullisError(
      'gateway.no_state_dir',
      'It is not said where the gateway keeps its state.',
      {
        hint: 'Give createGateway a stateDir.',
      },
    );
  }
  return { paths: resolvePaths({ HOME: stateDir, OPENCLAW_STATE_DIR: stateDir }), env, version };
}

/** Hands on what is severe enough for the terminal. */
function echoOf(
  config: () => LoadedConfig,
  { onLog }: CreateGatewayOptions,
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
  readonly companion: Companion | undefined;
}

interface Parts extends Inputs {
  readonly gateway: Gateway;
  readonly server: Server;
  readonly page: boolean;
  readonly found: Pick<StartReport, 'sandbox' | 'tools' | 'resumed'>;
  /** Sentences about edits, the servers of the models, and what runs beside. */
  readonly otherWarnings: readonly string[];
}

async function pluginsOf(
  { plugins: given }: CreateGatewayOptions,
  { config, log }: Pick<Inputs, 'config' | 'log'>,
): Promise<PluginSource> {
  if ('registered' in given) {
    await given.load(config, log);
    return given;
  }
  const registered = createRegistry();
  for (const plugin of given) registerPlugin(plugin, registered);
  return { registered, load: async () => undefined };
}

async function assemble(
  { paths, version, env }: Place,
  options: CreateGatewayOptions,
  inputs: Inputs,
): Promise<Parts> {
  const { config, secrets, entrance, bind, exposure, log, state } = inputs;
  const plugins = await pluginsOf(options, inputs);
  const { registered: registry } = plugins;
  let made: ReturnType<CreateGatewayOptions['models']> | undefined;
  const gateway = await openGateway({
    version,
    config,
    secrets,
    paths,
    store: state.store,
    chainKey: state.chainKey,
    registry,
    models: (door) => {
      made = options.models({ config, secrets: secrets.of(config), registry, door, log });
      return made;
    },
    log,
    installHint:
      options.installHint ??
      ((channel) => `Channel "${channel}" is configured, and the program brings no such plugin.`),
    env,
    refusedPlugins: () => plugins.refused ?? [],
    reloadRooms: [entrance, pluginsRoom(plugins, log), inputs.logging],
    ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
  });
  const controlUi = options.controlUi?.(config);
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
  const { events, sandbox, edited, critical } = await gateway.start();
  keepAddress(paths, exposure, { host: bind.bindHost, port: server.port, key });
  return {
    ...inputs,
    gateway,
    server,
    page: controlUi !== undefined,
    found: { sandbox, tools: [...registry.tools.keys()], resumed: events },
    otherWarnings: [
      ...auditWarnings(critical),
      ...editWarnings(edited),
      ...(made?.warnings?.() ?? []),
      ...(inputs.companion?.warnings ?? []),
    ],
  };
}

function reportOf({ paths }: Place, parts: Parts, firstStart: boolean): StartReport {
  const { gateway, server, exposure, page, found, otherWarnings } = parts;
  const { config, entrance, bind } = parts;
  const { auth } = entrance;
  const mode = getPath(config.value, 'gateway.auth.mode');
  return {
    configPath: paths.configPath,
    firstStart,
    bindHost: bind.bindHost,
    port: server.port,
    exposed: bind.exposed,
    exposure: exposure.report(),
    authMode: typeof mode === 'string' ? mode : auth.token === undefined ? 'password' : 'token',
    channels: gateway.services.channels(),
    models: gateway.services.models(),
    page,
    ...found,
    warnings: [
      ...startWarnings(bind, auth),
      ...exposure.warnings,
      ...sandboxWarnings(found.sandbox),
      ...otherWarnings,
      ...config.warnings.map(({ message }) => message),
    ],
  };
}

function describeRunning(place: Place, parts: Parts, firstStart: boolean): RunningGateway {
  const { gateway, server, exposure, log, state, bind } = parts;
  const { services } = gateway;
  const ended = Promise.withResolvers<void>();
  let stopping: Promise<void> | undefined;
  const stop = async (reason: string): Promise<void> => {
    removeAddress(place.paths);
    await gateway.stop(reason);
    await server.close(1000);
    await exposure.close();
    await parts.companion?.close?.();
    await state.store.close();
    log.close();
    ended.resolve();
  };
  return {
    url: pageUrl({ host: bind.bindHost, port: server.port, tls: exposure.tls?.fingerprint }),
    report: reportOf(place, parts, firstStart),
    services,
    call: (method, params) => callMethod(services, EMBEDDER, method, params),
    ended: ended.promise,
    stop: (reason = 'gateway stopping') => (stopping ??= stop(reason)),
  };
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
