/**
 * A client of the gateway's wire protocol that does no more than measuring needs.
 *
 * @module
 */
import { once } from 'node:events';

import { WebSocket } from 'ws';

const PROTOCOL = 4;
const HEAD_BYTES = 120;
/** How an answer begins. */
const ANSWER = /^\{"type":"res","id":"(\d+)","ok":(true|false)/;

/** One authenticated connection. */
export class WireClient {
  #socket;
  #next = 0;
  #waiting = new Map();
  #listeners = new Set();

  /** @param {WebSocket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(this.#read(data)));
  }

  /** Whether answers are only counted: then no time goes into reading what they hold. */
  skims = false;

  /** A frame, or as much of an answer as tells which request it is for and how it went. */
  #read(data) {
    const answer = this.skims ? ANSWER.exec(data.toString('latin1', 0, HEAD_BYTES)) : null;
    return answer === null
      ? JSON.parse(data.toString('utf8'))
      : { type: 'res', id: answer[1], ok: answer[2] === 'true' };
  }

  /** What hello-ok said of the client's rights. */
  granted;

  /**
   * Connects and says hello. Rejects when the gateway does not listen or refuses. `device` proves
   * itself, with its own token once it has one; `localAddress` is where the client comes from.
   */
  static async connect(port, token, { device, localAddress = '127.0.0.1' } = {}) {
    const options = { perMessageDeflate: false, localAddress };
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`, options);
    const client = new WireClient(socket);
    const challenged = new Promise((resolve) => {
      client.onEvent((event, payload) => event === 'connect.challenge' && resolve(payload));
    });
    await once(socket, 'open');
    const { nonce } = await challenged;
    const params = {
      minProtocol: PROTOCOL,
      maxProtocol: PROTOCOL,
      client: { id: 'cli', version: '0.0.0', platform: process.platform, mode: 'cli' },
      role: 'operator',
      scopes: ['operator.admin'],
      auth: { token },
    };
    const proved = device === undefined ? params : device.prove(params, nonce);
    client.granted = (await client.call('connect', proved)).auth;
    return client;
  }

  /** Calls a method; rejects with the gateway's message when it refuses. */
  call(method, params = {}) {
    this.#next += 1;
    const id = String(this.#next);
    this.#socket.send(JSON.stringify({ type: 'req', id, method, params }));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, method });
    });
  }

  /** Hears every event. */
  onEvent(listener) {
    this.#listeners.add(listener);
  }

  close() {
    this.#socket.terminate();
  }

  #receive(frame) {
    if (frame.type === 'event') {
      for (const listener of this.#listeners) listener(frame.event, frame.payload);
      return;
    }
    const waiting = this.#waiting.get(frame.id);
    if (waiting === undefined) return;
    this.#waiting.delete(frame.id);
    if (frame.ok) waiting.resolve(frame.payload);
    else waiting.reject(new Error(`${waiting.method}: ${frame.error?.message ?? 'refused'}`));
  }
}
