/**
 * How many requests of connected clients a gateway answers in a second.
 *
 * @module
 */
import { repeat } from '../statistics.mjs';
import { runProgram } from './child.mjs';
import { TOKEN, createHome } from './home.mjs';
import { startGateway } from './running-gateway.mjs';

const SESSIONS = 250;
const CONNECTIONS = 50;
const IN_FLIGHT = 4;

/** @param {import('./suite.mjs').Surroundings} surroundings */
export async function measureRequests({ product, fakes, short }) {
  const home = await createHome(fakes.url);
  try {
    const gateway = await startGateway(product, home);
    const load = (task) =>
      runProgram('load-process.mjs', { port: home.port, token: TOKEN, ...task });
    const shape = { connections: CONNECTIONS, inFlight: IN_FLIGHT, ms: short ? 1000 : 3000 };
    const best = async (method, params = {}) => {
      const requests = { ...shape, method, params };
      const runs = await repeat(short ? 2 : 3, () => load({ requests }));
      return Math.max(...runs.map(({ perSecond }) => perSecond));
    };
    const health = await best('health');
    await load({ turns: { sessions: SESSIONS, each: 1, name: 'listed' } });
    const sessionsList = await best('sessions.list', { limit: SESSIONS });
    await gateway.stop();
    return { health, sessionsList };
  } finally {
    home.remove();
  }
}
