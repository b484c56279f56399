/**
 * What a channel costs a gateway that has it: the time until it is made, with the library of its
 * network, and the memory that takes. Each in a process of its own, beside one that loads none.
 *
 * @module
 */
import { median, repeat } from '../statistics.mjs';
import { runProgram } from './child.mjs';
import { CHANNELS } from './figures.mjs';

/** @param {import('./suite.mjs').Surroundings} surroundings */
export async function measureChannels({ short }) {
  const load = (channel) =>
    repeat(short ? 1 : 11, () => runProgram('channel-process.mjs', { channel }));
  const none = median((await load()).map(({ megabytes }) => megabytes));
  const figures = { channelNone: none };
  for (const { channel } of CHANNELS) {
    const runs = await load(channel);
    figures[`${channel}Load`] = median(runs.map(({ ms }) => ms));
    figures[`${channel}Memory`] = median(runs.map(({ megabytes }) => megabytes)) - none;
  }
  return figures;
}
