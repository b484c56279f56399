/**
 * How many messages of a channel a gateway takes durably in a second.
 *
 * @module
 */
import { runProgram } from './child.mjs';
import { createHome } from './home.mjs';

/** A channel that only the benchmark has; strangers are refused without a reply. */
function withBenchChannel(config) {
  return { ...config, channels: { bench: { dmPolicy: 'allowlist', allowFrom: ['nobody'] } } };
}

/** @param {import('./suite.mjs').Surroundings} surroundings */
export async function measureInbox({ fakes, short }) {
  const home = await createHome(fakes.url, withBenchChannel);
  try {
    const task = { ms: short ? 1000 : 3000, runs: short ? 2 : 3 };
    const { one, many } = await runProgram('inbox-process.mjs', task, home.env);
    return { inboxOne: one, inboxMany: many };
  } finally {
    home.remove();
  }
}
