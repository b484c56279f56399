/**
 * What the agent does later: the tool `cron`. It has no way to the scheduler but the `schedule`
 * broker, which asks policy about every change.
 *
 * @module
 */
import type { Plugin } from '@portcullis/core';

import { cron } from './cron.ts';

/** Offers the tool `cron`. */
const plugin: Plugin = {
  id: 'automation',
  register(registry) {
    registry.tool(cron);
  },
};

export default plugin;
