/**
 * Many at once: what a connection costs that does nothing, how long calls take beside ten thousand
 * of them, and whether those who know the token get in while somebody guesses it.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { runProgram, startProgram } from './child.mjs';
import { TOKEN, createHome } from './home.mjs';
import { startGateway } from './running-gateway.mjs';

/** Calls as an operator's clients make them. */
const CALLS = [
  ['health', {}],
  ['status', {}],
  ['sessions.list', { limit: 20 }],
  ['chat.history', { sessionKey: 'agent:main:paced-0', limit: 20 }],
  ['system-presence', {}],
];

/** From where the good ones come, with a device: who guesses uses up what his own address has. */
const ELSEWHERE = '127.0.0.2';

/** Somebody who guesses is stopped by the rate he is given, so a bit more than that is tried. */
const GUESSES_PER_SECOND = 5500;

const FULL = { count: 10_000, settleMs: 4000, pacedMs: 60_000, floodMs: 20_000 };
const SHORT = { count: 2000, settleMs: 2000, pacedMs: 3000, floodMs: 4000 };

/** What the device needs to be paired before the flood begins. */
const PAIRING_MS = 700;

/** @param {import('./suite.mjs').Surroundings} surroundings */
export async function measureCrowd({ product, fakes, short }) {
  const { count, settleMs, pacedMs, floodMs } = short ? SHORT : FULL;
  const home = await createHome(fakes.url);
  const access = { port: home.port, token: TOKEN };
  const load = (task) => runProgram('load-process.mjs', { ...access, ...task });
  try {
    const gateway = await startGateway(product, home);
    await load({ turns: { sessions: 5, each: 2, name: 'paced' } });
    // Code and buffers that are there once, however many come.
    await (await startProgram('crowd-process.mjs', { ...access, count: 200 })).stop();
    await sleep(settleMs);
    const before = gateway.residentMegabytes();
    const crowd = await startProgram('crowd-process.mjs', { ...access, count });
    await sleep(settleMs);
    const held = (gateway.residentMegabytes() - before) * 1e6;
    const pace = { connections: 50, perSecond: 1000, ms: pacedMs };
    const paced = await load({ paced: { calls: CALLS, ...pace } });
    await crowd.stop();
    const greeting = load({ hellos: { from: ELSEWHERE, perSecond: 20, ms: floodMs } });
    await sleep(PAIRING_MS);
    const guesses = { perSecond: GUESSES_PER_SECOND, ms: floodMs };
    const { perSecond } = await runProgram('flood-process.mjs', { ...access, ...guesses });
    const hellos = await greeting;
    await gateway.stop();
    for (const { failed, why } of [paced, hellos]) {
      if (failed > 0) throw new Error(`${String(failed)} calls failed: ${why}`);
    }
    return {
      idleConnection: held / 1024 / count,
      pacedCall: paced.p99,
      helloInFlood: hellos.p99,
      guesses: perSecond,
    };
  } finally {
    home.remove();
  }
}
