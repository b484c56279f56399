/**
 * Discord for Portcullis.
 *
 * @module
 */
import type { Plugin } from '@portcullis/core';
import { createDiscordChannel } from './channel.ts';
import {
  discordAuditChecks,
  discordOptions,
  type DiscordOptions,
  discordSecrets,
} from './config.ts';

export { createDiscordChannel, discordOptions, type DiscordOptions };
export type { Timings } from './timings.ts';

/** Offers the channel `discord` and its audit checks. */
const plugin: Plugin = {
  id: 'discord',
  register(registry) {
    registry.channel<DiscordOptions>({
      id: 'discord',
      config: discordOptions,
      secrets: discordSecrets,
      create: (account) => createDiscordChannel(account),
    });
    for (const auditCheck of discordAuditChecks) registry.auditCheck(auditCheck);
  },
};

export default plugin;
