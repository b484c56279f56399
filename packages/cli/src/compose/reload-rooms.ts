/**
 * The parts outside the gateway that follow the config in force.
 *
 * @module
 */
import { type GatewayLog, type ReloadRoom, logSettings } from '@portcullis/gateway';
import type { LoadedConfig } from '@portcullis/gateway/config';

import type { Packages } from './packages.ts';

/** What a config asks for is loaded before anything is made of it. */
export function packagesRoom(packages: Packages): ReloadRoom {
  return {
    path: 'plugins',
    prepare: async ({ config }) => {
      await packages.load(config);
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
