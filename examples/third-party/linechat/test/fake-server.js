// @ts-check
import { createServer } from 'node:net';

/**
 * A server that speaks the protocol, with faults on demand.
 *
 * @param {string} token
 */
export async function fakeLinechat(token) {
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  /** @type {Set<import('node:net').Socket>} */
  const listeners = new Set();
  /** @type {Map<string, string>} Lines nobody acknowledged, by message id. */
  const waiting = new Map();
  /** @type {Map<string, { id: string, to: string, text: string }>} */
  const taken = new Map();
  /** @type {'rate-limited' | 'answer-lost' | 'server-fault' | undefined} */
  let fault;
  let count = 0;

  /** @param {string} key @param {string} to @param {string} text */
  const take = (key, to, text) => {
    const known = taken.get(key);
    if (known !== undefined) return known.id;
    count += 1;
    taken.set(key, { id: `s${count}`, to, text });
    return `s${count}`;
  };

  /** @type {Set<import('node:net').Socket>} Connections that say nothing any more. */
  const silent = new Set();
  let isRevoked = false;
  let last = '';

  /** @param {import('node:net').Socket} socket @param {string} line */
  const answer = (socket, line) => {
    if (silent.has(socket)) return;
    if (line === 'PING') socket.write('PONG\n');
    const [, offered, purpose] = /^HELLO (\S+) (listen|send)$/u.exec(line) ?? [];
    if (offered !== undefined) {
      const isKnown = offered === token && !isRevoked;
      socket.write(isKnown ? 'WELCOME agent\n' : 'REFUSED\n');
      if (!isKnown || purpose !== 'listen') return;
      listeners.add(socket);
      for (const each of waiting.values()) socket.write(each);
      return;
    }
    const [, acknowledged] = /^ACK (\S+)$/u.exec(line) ?? [];
    if (acknowledged !== undefined) waiting.delete(acknowledged);
    const [, key, to, json] = /^SEND (\S+) (\S+) (.+)$/u.exec(line) ?? [];
    if (key === undefined || to === undefined || json === undefined) return;
    const now = fault;
    fault = undefined;
    if (to === 'nobody') socket.write('FAIL gone\n');
    else if (now === 'rate-limited') socket.write('FAIL busy\n');
    else if (now === 'server-fault') socket.write('FAIL broken\n');
    else {
      const id = take(key, to, JSON.parse(json));
      if (now === 'answer-lost') socket.destroy();
      else socket.write(`SENT ${id}\n`);
    }
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    let rest = '';
    socket.setEncoding('utf8').on('data', (/** @type {string} */ piece) => {
      const lines = (rest + piece).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) answer(socket, line);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      listeners.delete(socket);
    });
  });
  /** @param {number} at */
  const listen = (at) =>
    new Promise((resolve) => {
      server.listen(at, '127.0.0.1', () => resolve(undefined));
    });
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  const stop = () =>
    new Promise((resolve) => {
      server.close(() => resolve(undefined));
      drop();
    });
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    /** @param {string} sender @param {string} text */
    says(sender, text) {
      count += 1;
      const id = `m${count}`;
      const line = `MSG ${id} ${sender} ${JSON.stringify(text)}\n`;
      waiting.set(id, line);
      last = line;
      for (const socket of listeners) if (!silent.has(socket)) socket.write(line);
    },
    /** Delivers the last message again. */
    repeats() {
      for (const socket of listeners) socket.write(last);
    },
    stall() {
      for (const socket of sockets) silent.add(socket);
    },
    revoke() {
      isRevoked = true;
      drop();
    },
    unacknowledged: () => waiting.size,
    listeners: () => listeners.size,
    sent: () => [...taken.values()],
    /** @param {NonNullable<typeof fault>} next */
    fail(next) {
      fault = next;
    },
    heal() {
      fault = undefined;
    },
    up: () => (server.listening ? Promise.resolve() : listen(port)),
    down: stop,
    drop,
    close: stop,
  };
}
