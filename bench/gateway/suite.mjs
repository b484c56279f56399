/**
 * The gateway's measurements by name.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startProgram } from './child.mjs';
import { measureChannels } from './channels.mjs';
import { measureCommands } from './commands.mjs';
import { measureCrowd } from './crowd.mjs';
import { measureInbox } from './inbox.mjs';
import { measureLifecycle } from './lifecycle.mjs';
import { measureRequests } from './requests.mjs';
import { measureSize } from './size.mjs';
import { measureTools } from './tools.mjs';
import { measureTurns } from './turns.mjs';

/**
 * What a measurement works with.
 *
 * @typedef {object} Surroundings
 * @property {{ name: string, command: readonly string[] }} product What is started.
 * @property {{ url: string }} fakes The model and the channel's network.
 * @property {boolean} short Few and short runs, for a check rather than a publication.
 */

/** @type {Readonly<Record<string, (surroundings: Surroundings) => Promise<Record<string, number>>>>} */
const MEASUREMENTS = {
  lifecycle: measureLifecycle,
  size: measureSize,
  turns: measureTurns,
  tools: measureTools,
  commands: measureCommands,
  requests: measureRequests,
  inbox: measureInbox,
  crowd: measureCrowd,
  channels: measureChannels,
};

/** Names for `--only`. */
export const MEASUREMENT_NAMES = Object.keys(MEASUREMENTS);

/** The measurements that use nothing but the program and its wire protocol. */
const OF_ANY_PRODUCT = new Set(['lifecycle', 'turns', 'commands', 'requests']);

const PROGRAM = fileURLToPath(new URL('../../packages/cli/bin/openclaw.mjs', import.meta.url));

/** The built program of this repository. Throws when it is not built. */
export function ownProduct() {
  if (!existsSync(join(PROGRAM, '../../dist/main.js'))) {
    throw new Error('The program is not built; run "npm run build" first.');
  }
  return { name: 'Portcullis', command: [process.execPath, PROGRAM] };
}

/** OpenClaw as its user installed it in `folder`, or undefined when it is not there. */
export function installedOpenClaw(folder) {
  const program = join(folder, 'node_modules', 'openclaw', 'openclaw.mjs');
  return existsSync(program)
    ? { name: 'OpenClaw', command: [process.execPath, program] }
    : undefined;
}

/**
 * Runs the measurements called `names` and answers their figures, by id. `own` is false for a
 * product that is not built from this repository.
 *
 * @param {Surroundings['product']} product
 * @param {{ names: readonly string[], short: boolean, own: boolean }} options
 */
export async function measureProduct(product, { names, short, own }) {
  const fakes = await startProgram('fakes-process.mjs');
  const figures = {};
  try {
    for (const name of names) {
      if (!own && !OF_ANY_PRODUCT.has(name)) continue;
      process.stderr.write(`${product.name}: ${name}\n`);
      Object.assign(figures, await MEASUREMENTS[name]({ product, fakes: fakes.said, short }));
    }
  } finally {
    await fakes.stop();
  }
  return figures;
}
