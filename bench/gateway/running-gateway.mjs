/**
 * A built gateway in a process of its own, started as a user starts it.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { TOKEN } from './home.mjs';
import { cpuSeconds, residentMegabytes } from './proc.mjs';
import { WireClient } from './wire.mjs';

const PATIENCE_MS = 60_000;
const LOOK_MS = 3;

/**
 * Starts the program of `product` in `home` and waits until it answered `/health` and a hello.
 *
 * @param {{ command: readonly string[] }} product
 * @param {Awaited<ReturnType<typeof import('./home.mjs').createHome>>} home
 */
export async function startGateway(product, home) {
  const [program, ...args] = product.command;
  const began = performance.now();
  const child = spawn(program, [...args, 'gateway', 'run', '--port', String(home.port)], {
    env: home.env,
    cwd: home.folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (data) => {
    complaint = `${complaint}${data}`.slice(-2000);
  });
  const ended = once(child, 'exit');
  await untilHealthy(child, home.port, () => complaint);
  const client = await WireClient.connect(home.port, TOKEN);
  const startSeconds = (performance.now() - began) / 1000;
  const startCpu = cpuSeconds(child.pid);
  return {
    startSeconds,
    startCpu,
    cpuSeconds: () => cpuSeconds(child.pid),
    residentMegabytes: () => residentMegabytes(child.pid),
    /** Ends it with SIGTERM; resolves with the seconds that took. */
    stop: async () => {
      client.close();
      const from = performance.now();
      child.kill('SIGTERM');
      await ended;
      return (performance.now() - from) / 1000;
    },
  };
}

async function untilHealthy(child, port, complaint) {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isHealthy(port))) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended) throw new Error(`the gateway ended at its start: ${complaint()}`);
    if (performance.now() > deadline) throw new Error(`no answer from the gateway: ${complaint()}`);
    await sleep(LOOK_MS);
  }
}

/** @returns {Promise<boolean>} */
function isHealthy(port) {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/health', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('error', () => resolve(false));
  });
}
