/**
 * How long a person waits for a command.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { median, repeat } from '../statistics.mjs';
import { createHome } from './home.mjs';
import { startGateway } from './running-gateway.mjs';

/** Seconds from start to exit. Throws when the command fails. */
async function wallSeconds(product, home, args) {
  const [program, ...first] = product.command;
  const began = performance.now();
  const child = spawn(program, [...first, ...args], {
    env: home.env,
    cwd: home.folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (data) => {
    complaint += String(data);
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`openclaw ${args.join(' ')} failed: ${complaint}`);
  return (performance.now() - began) / 1000;
}

/** @param {import('./suite.mjs').Surroundings} surroundings */
export async function measureCommands({ product, fakes, short }) {
  const home = await createHome(fakes.url);
  const timed = async (...args) => {
    // The first call fills the code cache.
    await wallSeconds(product, home, args);
    return median(await repeat(short ? 5 : 11, () => wallSeconds(product, home, args)));
  };
  try {
    const gateway = await startGateway(product, home);
    const pairingList = await timed('pairing', 'list');
    await gateway.stop();
    return {
      version: await timed('--version'),
      configGet: await timed('config', 'get', 'gateway.port'),
      audit: await timed('security', 'audit', '--json'),
      pairingList,
      pairingListAlone: await timed('pairing', 'list'),
    };
  } finally {
    home.remove();
  }
}
