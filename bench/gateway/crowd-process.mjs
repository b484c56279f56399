/**
 * Clients that authenticate and then do nothing, in a process of their own. Its argument is JSON:
 * `port`, `token`, `count`. Prints one line of JSON when all are connected, and stays until SIGTERM.
 *
 * @module
 */
import { WireClient } from './wire.mjs';

const { port, token, count } = JSON.parse(process.argv[2] ?? '{}');

/** Handshakes under way at once. */
const AT_ONCE = 64;

const clients = [];
let next = 0;
async function connectSome() {
  while (next < count) {
    next += 1;
    clients.push(await WireClient.connect(port, token));
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, connectSome));
process.stdout.write(`${JSON.stringify({ connected: clients.length })}\n`);
process.once('SIGTERM', () => process.exit(0));
setInterval(() => undefined, 60_000);
