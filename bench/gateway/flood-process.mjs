/**
 * Somebody who guesses the token as fast as he can, in a process of its own. Its argument is JSON:
 * `port`, `perSecond`, `ms`. Each guess is a connection of its own with the whole handshake in one
 * write. Prints one line of JSON: how many were answered, by what they were told.
 *
 * @module
 */
import { connect } from 'node:net';

const { port, perSecond, ms } = JSON.parse(process.argv[2] ?? '{}');

/** Guesses under way at once; a guess above it is not made. */
const AT_ONCE = 400;
const TICK_MS = 5;

/** How a guess is turned down: compared and wrong, locked out, or not even let in to guess. */
const REFUSALS = ['AUTH_TOKEN_MISMATCH', 'AUTH_RATE_LIMITED', '429'];

/** A text frame of a client, masked with zeros. */
function frameOf(text) {
  const body = Buffer.from(text);
  const head = Buffer.alloc(8);
  head[0] = 0x81;
  head[1] = 0x80 | 126;
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, body]);
}

const GUESS = Buffer.concat([
  Buffer.from(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  ),
  frameOf(
    JSON.stringify({
      type: 'req',
      id: '1',
      method: 'connect',
      params: {
        minProtocol: 4,
        maxProtocol: 4,
        client: { id: 'cli', version: '0.0.0', platform: 'linux', mode: 'cli' },
        scopes: ['operator.admin'],
        auth: { token: 'a-guess-that-is-as-long-as-the-token-0001' },
      },
    }),
  ),
]);

const told = {};
let open = 0;
let made = 0;

function guess() {
  open += 1;
  made += 1;
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let answer = '';
  socket.once('connect', () => socket.write(GUESS));
  socket.on('data', (data) => {
    answer += data.toString('latin1');
    // A closing client waits for nobody: the server's close frame is the end.
    if (answer.includes('"ok":false')) socket.destroy();
  });
  socket.on('error', () => undefined);
  socket.once('close', () => {
    open -= 1;
    const status = answer.slice(9, 12) || 'nothing';
    const code = /"code":"(AUTH_[A-Z_]+|[A-Z_]+)"/u.exec(answer.split('"details"')[1] ?? '')?.[1];
    const what = code ?? status;
    told[what] = (told[what] ?? 0) + 1;
  });
}

const began = performance.now();
await new Promise((resolve) => {
  const timer = setInterval(() => {
    const elapsed = performance.now() - began;
    if (elapsed >= ms) {
      clearInterval(timer);
      resolve(undefined);
      return;
    }
    const due = Math.floor((elapsed / 1000) * perSecond);
    while (made < due && open < AT_ONCE) guess();
    // What could not be made in time is not made up for.
    made = Math.max(made, due);
  }, TICK_MS);
});
const seconds = (performance.now() - began) / 1000;
const refused = REFUSALS.reduce((sum, each) => sum + (told[each] ?? 0), 0);
process.stdout.write(`${JSON.stringify({ told, perSecond: refused / seconds })}\n`);
process.exit(0);
