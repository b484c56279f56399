/**
 * The parts outside the gateway that follow the config in force.
 *
 * @module
 */
import type { Logger } from '@portcullis/core';

import type { LoadedConfig } from '../config/index.ts';
import type { GatewayLog } from '../log/log.ts';
import { logSettings } from '../log/settings.ts';
import type { ReloadRoom } from '../reload/reloader.ts';
import type { PluginSource } from './options.ts';

/** What a config asks for is loaded before anything is made of it. */
export function pluginsRoom(source: PluginSource, log: Logger): ReloadRoom {
  return {
    path: 'plugins',
    prepare: async ({ config }) => {
      await source.load(config, log);
      return { put: () => undefined };
    },
  };
}

/** The log, and what of it reaches a terminal. */
export function logRoom(log: GatewayLog, show: (config: LoadedConfig) => void): ReloadRoom {
  return {
    path: 'logging',
    prepare: async ({ config }) => {
      const settings = logSettings(config);
      return {
        put: () => {
          log.configure(settings);
          show(config);
        },
      };
    },
  };
}
