/**
 * One connection of a client: frames, the handshake, and stanzas once it is done.
 *
 * @module
 */
import { type BinaryNode, decodeBinaryNode, encodeBinaryNode, NOISE_WA_HEADER } from 'baileys';
import type { RawData, WebSocket } from 'ws';
import type { ServerIdentity } from './certificates.ts';
import { type ClientFinish, type SecureChannel, ServerHandshake } from './noise.ts';

/** What a connection tells. */
export interface ConnectionHandlers {
  /** The handshake is done. */
  readonly opened: (connection: Connection, client: ClientFinish) => void;
  /** A stanza came; the next one is not looked at before the promise resolves. */
  readonly received: (connection: Connection, stanza: BinaryNode) => Promise<void>;
  readonly closed: (connection: Connection) => void;
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

function framed(data: Uint8Array): Buffer {
  const length = Buffer.alloc(3);
  length.writeUIntBE(data.length, 0, 3);
  return Buffer.concat([length, data]);
}

/** A client, connected. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #handlers: ConnectionHandlers;
  readonly #handshake: ServerHandshake;
  #channel: SecureChannel | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #greeted = false;
  #saidHello = false;
  #handling: Promise<void> = Promise.resolve();
  /** A stalled connection reads, and does nothing with it. */
  stalled = false;

  constructor(socket: WebSocket, identity: ServerIdentity, handlers: ConnectionHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    this.#handshake = new ServerHandshake(identity.keys, identity.certificates);
    socket.on('message', (data) => this.#read(toBuffer(data)));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => handlers.closed(this));
  }

  /** Whether stanzas reach the client. */
  get isOpen(): boolean {
    return !this.stalled && this.#socket.readyState === this.#socket.OPEN;
  }

  /** Sends a stanza, if anybody is there. */
  send(stanza: BinaryNode): void {
    if (!this.isOpen || this.#channel === undefined) return;
    this.#socket.send(framed(this.#channel.outgoing.encrypt(encodeBinaryNode(stanza))));
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#socket.terminate();
  }

  /** Closes the connection after what was sent. */
  close(): void {
    this.#socket.close();
  }

  #read(data: Buffer): void {
    if (this.stalled) return;
    this.#bytes = Buffer.concat([this.#bytes, data]);
    if (!this.#greeted) {
      if (this.#bytes.length < NOISE_WA_HEADER.length) return;
      if (!this.#bytes.subarray(0, 4).equals(NOISE_WA_HEADER)) return this.cut();
      this.#bytes = this.#bytes.subarray(4);
      this.#greeted = true;
    }
    while (this.#bytes.length >= 3) {
      const end = 3 + this.#bytes.readUIntBE(0, 3);
      if (this.#bytes.length < end) return;
      const frame = this.#bytes.subarray(3, end);
      this.#bytes = this.#bytes.subarray(end);
      this.#take(frame);
    }
  }

  #take(frame: Buffer): void {
    try {
      if (!this.#saidHello) {
        this.#saidHello = true;
        this.#socket.send(framed(this.#handshake.hello(frame)));
      } else if (this.#channel === undefined) {
        const client = this.#handshake.finish(frame);
        this.#channel = client.channel;
        this.#handlers.opened(this, client);
      } else {
        this.#handle(this.#channel.incoming.decrypt(frame));
      }
    } catch {
      // Who does not speak the protocol is not spoken to, as with the real server.
      this.cut();
    }
  }

  #handle(plain: Buffer): void {
    const handled = this.#handling.then(async () => {
      if (this.stalled) return;
      await this.#handlers.received(this, await decodeBinaryNode(plain));
    });
    this.#handling = handled.catch(() => this.cut());
  }
}
