/**
 * Commands for the agent: `exec` runs one, `process` looks after those in the background. Both have
 * no way to the machine but the `proc` broker, which asks policy about every command.
 *
 * @module
 */
import type { Plugin } from '@portcullis/core';

import { exec } from './exec.ts';
import { process } from './process.ts';

/** Offers the tools `exec` and `process`. */
const plugin: Plugin = {
  id: 'exec',
  register(registry) {
    registry.tool(exec);
    registry.tool(process);
  },
};

export default plugin;
