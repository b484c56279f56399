/**
 * How frames travel: as text, or as one compressed stream per connection (`compress=zlib-stream`).
 *
 * @module
 */
import { constants, createDeflate } from 'node:zlib';
import type { WebSocket } from 'ws';
import type { Frame } from './session.ts';

/** Sends frames in their order. */
export type Transport = (frame: Frame) => void;

function sendIfOpen(socket: WebSocket, data: string | Buffer): void {
  if (socket.readyState === socket.OPEN) socket.send(data);
}

/** Frames as JSON text. */
export function textTransport(socket: WebSocket): Transport {
  return (frame) => sendIfOpen(socket, JSON.stringify(frame));
}

/** Frames as parts of one zlib stream: each ends with a flush, so that a client knows its end. */
export function zlibTransport(socket: WebSocket): Transport {
  const deflate = createDeflate();
  const parts: Buffer[] = [];
  deflate.on('data', (part: Buffer) => parts.push(part));
  socket.once('close', () => deflate.destroy());
  let sending = Promise.resolve();
  const flushed = (json: string) =>
    new Promise<void>((resolve) => {
      deflate.write(json);
      deflate.flush(constants.Z_SYNC_FLUSH, () => {
        sendIfOpen(socket, Buffer.concat(parts.splice(0)));
        resolve();
      });
    });
  return (frame) => {
    sending = sending.then(() => (deflate.destroyed ? undefined : flushed(JSON.stringify(frame))));
  };
}
