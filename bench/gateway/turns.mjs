/**
 * What a chat turn costs beside the model, alone and with many sessions at once.
 *
 * @module
 */
import { median } from '../statistics.mjs';
import { runProgram } from './child.mjs';
import { TOKEN, createHome } from './home.mjs';
import { startGateway } from './running-gateway.mjs';

/** @param {import('./suite.mjs').Surroundings} surroundings */
export async function measureTurns({ product, fakes, short }) {
  const home = await createHome(fakes.url);
  try {
    const gateway = await startGateway(product, home);
    const talk = (turns) =>
      runProgram('load-process.mjs', { port: home.port, token: TOKEN, turns });
    await talk({ sessions: 1, each: 50, name: 'warm' });
    await spentByModel(fakes.url);
    const count = short ? 100 : 300;
    const cpuBefore = gateway.cpuSeconds();
    const alone = await talk({ sessions: 1, each: count, name: 'alone' });
    const cpu = gateway.cpuSeconds() - cpuBefore;
    const model = median(await spentByModel(fakes.url));
    const together = await talk({ sessions: 50, each: short ? 8 : 30, name: 'together' });
    await gateway.stop();
    return {
      turn: median(alone.walls) - model,
      turnCpu: (cpu / count) * 1000,
      turns: together.perSecond,
    };
  } finally {
    home.remove();
  }
}

/** What each model request took since the last time this was asked, in milliseconds. */
async function spentByModel(url) {
  const response = await fetch(`${url}/spent`);
  return await response.json();
}
