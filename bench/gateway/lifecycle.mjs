/**
 * From start to stop: how long a gateway takes to be there, what it holds when idle, how long it
 * takes to go.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { median } from '../statistics.mjs';
import { createHome } from './home.mjs';
import { startGateway } from './running-gateway.mjs';

/** How long a gateway is left alone before its memory is read. */
const SETTLE_MS = 3000;
const SHORT_SETTLE_MS = 1000;

/** @param {import('./suite.mjs').Surroundings} surroundings */
export async function measureLifecycle({ product, fakes, short }) {
  const home = await createHome(fakes.url);
  const runs = [];
  try {
    // The first start writes the code cache, as the first start after an install does.
    await (await startGateway(product, home)).stop();
    for (let run = 0; run < (short ? 3 : 7); run += 1) {
      const gateway = await startGateway(product, home);
      const { startSeconds: start, startCpu } = gateway;
      await sleep(short ? SHORT_SETTLE_MS : SETTLE_MS);
      const memory = gateway.residentMegabytes();
      runs.push({ start, startCpu, memory, stop: await gateway.stop() });
    }
  } finally {
    home.remove();
  }
  const middle = (id) => median(runs.map((run) => run[id]));
  return {
    start: middle('start'),
    startCpu: middle('startCpu'),
    memory: middle('memory'),
    stop: middle('stop'),
  };
}
