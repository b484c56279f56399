/**
 * What the figures were measured on.
 *
 * @module
 */
import { availableParallelism, loadavg } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Cores, Node version and platform in one line. */
export function describeMachine() {
  const cores = availableParallelism();
  return `${cores} cores, Node ${process.versions.node}, ${process.platform} ${process.arch}`;
}

/** How busy the machine was over the last minute, as the number of processes that wanted to run. */
export function loadNow() {
  return Number((loadavg()[0] ?? 0).toFixed(2));
}

const SPIN = `
  const { parentPort } = require('node:worker_threads');
  const began = performance.now();
  const cpu = process.threadCpuUsage();
  while (performance.now() - began < 200);
  const { user, system } = process.threadCpuUsage(cpu);
  parentPort.postMessage((performance.now() - began) / ((user + system) / 1000));
`;

/** How long a busy loop took, over the CPU time it got. @returns {Promise<number>} */
function spin() {
  return new Promise((resolve, reject) => {
    const worker = new Worker(SPIN, { eval: true });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/**
 * How much slower two busy threads are than they would be with the machine to themselves: 1 on an
 * idle machine, 2 where others take half of it.
 *
 * @returns {Promise<number>}
 */
export async function contention() {
  const slowdowns = await Promise.all([spin(), spin()]);
  return Number(Math.max(1, ...slowdowns).toFixed(2));
}
