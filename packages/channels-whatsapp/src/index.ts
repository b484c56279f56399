/**
 * WhatsApp for Portcullis.
 *
 * @module
 */
import type { Plugin } from '@portcullis/core';
import { createWhatsAppChannel } from './channel.ts';
import { whatsappAuditChecks, type WhatsAppOptions, whatsappOptions } from './config.ts';

export { createWhatsAppChannel, type WhatsAppOptions, whatsappOptions };
export type { Timings } from './library.ts';

/** Offers the channel `whatsapp` and its audit checks. */
const plugin: Plugin = {
  id: 'whatsapp',
  register(registry) {
    registry.channel<WhatsAppOptions>({
      id: 'whatsapp',
      config: whatsappOptions,
      create: (account) => createWhatsAppChannel(account),
    });
    for (const auditCheck of whatsappAuditChecks) registry.auditCheck(auditCheck);
  },
};

export default plugin;
