/**
 * How many messages of a channel the gateway's inbox takes durably in a second.
 *
 * @module
 */
import { runProgram } from './child.mjs';

/** @param {import('./suite.mjs').Surroundings} surroundings */
export async function measureInbox({ short }) {
  const task = { ms: short ? 1000 : 3000, runs: 3 };
  const env = { ...process.env, NODE_OPTIONS: '--conditions=@portcullis/source' };
  const { one, many } = await runProgram('inbox-process.mjs', task, env);
  return { inboxOne: one, inboxMany: many };
}
