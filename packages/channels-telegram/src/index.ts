/**
 * Telegram for Portcullis.
 *
 * @module
 */
import type { Plugin } from '@portcullis/core';
import { createTelegramChannel } from './channel.ts';
import {
  telegramAuditChecks,
  telegramOptions,
  type TelegramOptions,
  telegramSecrets,
} from './config.ts';

export { createTelegramChannel, telegramOptions, type TelegramOptions };
export type { Timings } from './api.ts';

/** Offers the channel `telegram` and its audit checks. */
const plugin: Plugin = {
  id: 'telegram',
  register(registry) {
    registry.channel<TelegramOptions>({
      id: 'telegram',
      config: telegramOptions,
      secrets: telegramSecrets,
      create: (account) => createTelegramChannel(account),
    });
    for (const auditCheck of telegramAuditChecks) registry.auditCheck(auditCheck);
  },
};

export default plugin;
