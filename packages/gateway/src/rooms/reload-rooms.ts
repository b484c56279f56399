/**
 * The parts of the gateway that hold on to what they made of the config.
 *
 * @module
 */
import type { PortcullisError } from '@portcullis/core';

import { planChannels } from '../channels/channel-plans.ts';
import type { Kernel } from '../kernel.ts';
import type { Models } from '../models.ts';
import type { Rooms } from './rooms.ts';
import { type Prepared, type ReloadRoom, failureOf } from '../reload/reloader.ts';

/** The parts that the gateway itself has. */
export function reloadRooms(
  kernel: Kernel,
  rooms: Rooms,
  models: Models,
  installHint: (channel: string) => string,
): readonly ReloadRoom[] {
  const { channels, toolServers, hooks, clock } = rooms;
  return [
    {
      path: 'hooks',
      keepsSection: true,
      prepare: async ({ config, secrets }) => {
        hooks.check(config, secrets);
        return { put: () => undefined };
      },
    },
    {
      path: 'models',
      prepare: async (change) => models.change?.(change) ?? { put: () => undefined },
    },
    {
      path: 'channels',
      prepare: async ({ config, secrets }) => {
        const { registry } = kernel;
        const plans = await planChannels({ config, secrets, registry, installHint });
        return withFailures(channels.change(plans));
      },
    },
    {
      path: 'mcp',
      prepare: async ({ config, secrets }) =>
        withFailures(await toolServers.change(config, secrets)),
    },
    { path: 'cron', prepare: async () => ({ put: () => clock.look() }) },
  ];
}

interface Changed {
  readonly kept: readonly { readonly path: string; readonly cause: PortcullisError }[];
  readonly put: () => Promise<void>;
}

function withFailures({ kept, put }: Changed): Prepared {
  return { put, failed: kept.map(({ path, cause }) => failureOf(path, cause)) };
}
