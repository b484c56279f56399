// @ts-check
import { connect } from 'node:net';

/** The longest line that is read, in characters: a server must not fill our memory. */
const MOST_LINE = 65_536;
const CONNECT_MS = 10_000;

/**
 * One connection that speaks in lines.
 *
 * @typedef {object} Connection
 * @property {(line: string) => void} write
 * @property {() => Promise<string | undefined>} read The next line; undefined once it is over.
 * @property {() => void} close
 */

/**
 * Connects. Rejects where no connection comes about, so that nothing was sent.
 *
 * @param {{ host: string, port: number }} server
 * @param {AbortSignal} signal
 * @returns {Promise<Connection>}
 */
export async function open(server, signal) {
  signal.throwIfAborted();
  const socket = connect(server);
  /** @type {string[]} */
  const lines = [];
  /** @type {((line: string | undefined) => void)[]} */
  const readers = [];
  let rest = '';
  let isOver = false;
  const end = () => {
    isOver = true;
    signal.removeEventListener('abort', close);
    for (const reader of readers.splice(0)) reader(undefined);
  };
  const close = () => {
    socket.destroy();
    end();
  };
  signal.addEventListener('abort', close, { once: true });
  socket.setEncoding('utf8').setKeepAlive(true, 15_000);
  socket.on('data', (/** @type {string} */ piece) => {
    const pieces = (rest + piece).split('\n');
    rest = pieces.pop() ?? '';
    if (rest.length > MOST_LINE) close();
    for (const line of pieces) {
      const reader = readers.shift();
      if (reader === undefined) lines.push(line);
      else reader(line);
    }
  });
  socket.on('close', end);
  await new Promise((resolve, reject) => {
    socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error('no connection in time')));
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(undefined);
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed before it was connected')));
  });
  socket.on('error', end);
  return {
    write: (line) => void socket.write(`${line}\n`),
    read: () => {
      const line = lines.shift();
      if (line !== undefined) return Promise.resolve(line);
      if (isOver) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        readers.push(resolve);
      });
    },
    close,
  };
}
