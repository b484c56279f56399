/**
 * What a gateway in this process is made of, and what it is to the program it runs in.
 *
 * @module
 */
import type { Logger, Plugin, Registered } from '@portcullis/core';
import type { MethodName, MethodParams, MethodResult } from '@portcullis/protocol';
import type { Environment, LoadedConfig, Secrets, StatePaths } from '../config/index.ts';
import type { Machine } from '../local/machine.ts';
import type { ConsoleStyle } from '../log/settings.ts';
import type { ModelDoor, Models } from '../models.ts';
import type { Services } from '../services.ts';
import type { StepListener } from '../step.ts';
import type { RefusedPlugin } from '../posture/plugin-refusals.ts';
import type { StartReport } from './report.ts';
import type { OpenStore } from './state.ts';

/** Plugins that are found by the config, and loaded when it asks for them. */
export interface PluginSource {
  readonly registered: Registered;
  /** Plugins the config asks for and that were not loaded, and why: as of the last `load`. */
  readonly refused?: readonly RefusedPlugin[];
  /** Loads what the config asks for and is not there yet. */
  load(config: LoadedConfig, log: Logger): Promise<void>;
}

/** What models are made from. */
export interface ModelParts {
  readonly config: LoadedConfig;
  /** Those of this config. */
  readonly secrets: Secrets;
  readonly registry: Registered;
  /** The way to the servers, and no other is allowed. */
  readonly door: ModelDoor;
  readonly log: Logger;
}

/** What runs beside a gateway and ends with it. */
export interface Companion {
  /** Sentences for the person who started it. */
  readonly warnings: readonly string[];
  readonly close?: () => Promise<void>;
}

/** How a gateway is made. */
export interface CreateGatewayOptions {
  /** Where everything is kept; made where it is missing. Or `paths`, one by one. */
  readonly stateDir?: string;
  /** Default: those of `stateDir`. One of the two is needed. */
  readonly paths?: StatePaths;
  /** Opens the store: `openSqliteStore` of `@portcullis/store-sqlite` fits. */
  readonly openStore: OpenStore;
  /** Channels, tools and models, as values; or what finds them. */
  readonly plugins: readonly Plugin[] | PluginSource;
  /** Makes the models: `(parts) => new ConfiguredModels(parts)` of `@portcullis/models` fits. */
  readonly models: (parts: ModelParts) => Models & { warnings?(): readonly string[] };
  /**
   * The text of the config (JSON5) where there is no file yet. Default: this machine only, a fresh
   * token, nothing allowed but talking. A file that is there is never touched.
   */
  readonly firstConfig?: string;
  /** Variables the config may refer to. Default: none, also none of the process. */
  readonly env?: Environment;
  /** Overrides the configured port; 0 takes any free one. */
  readonly port?: number;
  /** Finds the directory of the built Control UI, where the config wants a page. Default: no page. */
  readonly controlUi?: (config: LoadedConfig) => string | undefined;
  /** Version that clients are told. Default `0.0.0`. */
  readonly version?: string;
  /** Names the command that installs a missing channel package. */
  readonly installHint?: (channel: string) => string;
  /** Started after the log and before the gateway. */
  readonly companion?: (parts: {
    readonly config: LoadedConfig;
    readonly secrets: Secrets;
    readonly log: Logger;
  }) => Promise<Companion>;
  /** Told of each line of the log that `logging.consoleLevel` lets through, as JSON. */
  readonly onLog?: (line: string, style: ConsoleStyle) => void;
  /** Told of every point a message passes. */
  readonly onStep?: StepListener;
  /** What to take for the machine. Default: this one. */
  readonly machine?: Machine;
}

/** A gateway that runs in this process. */
export interface RunningGateway {
  /** Where the page is, or would be. */
  readonly url: string;
  readonly report: StartReport;
  /** What it can be asked and told, without a socket. */
  readonly services: Services;
  /**
   * Calls a method of the gateway protocol as an administrator of this machine: the same checks and
   * handlers as over the wire.
   *
   * Throws `request.*` and whatever the method throws.
   */
  call<M extends MethodName>(method: M, params?: MethodParams<M>): Promise<MethodResult<M>>;
  /** Stops it, finishing or parking turns. Safe to call twice. */
  stop(reason?: string): Promise<void>;
  /** Resolves when it has stopped, for whatever reason. */
  readonly ended: Promise<void>;
}
