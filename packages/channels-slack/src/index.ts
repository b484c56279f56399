/**
 * Slack for Portcullis.
 *
 * @module
 */
import type { Plugin } from '@portcullis/core';
import { createSlackChannel } from './channel.ts';
import { slackAuditChecks, slackOptions, type SlackOptions, slackSecrets } from './config.ts';

export { createSlackChannel, slackOptions, type SlackOptions };
export type { Timings } from './api.ts';

/** Offers the channel `slack` and its audit checks. */
const plugin: Plugin = {
  id: 'slack',
  register(registry) {
    registry.channel<SlackOptions>({
      id: 'slack',
      config: slackOptions,
      secrets: slackSecrets,
      create: (account) => createSlackChannel(account),
    });
    for (const auditCheck of slackAuditChecks) registry.auditCheck(auditCheck);
  },
};

export default plugin;
