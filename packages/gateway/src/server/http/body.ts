/**
 * Reading the body of a request: bounded in size, in time, and in what all of them take together.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';

import { type Answer, jsonAnswer, textAnswer } from './answer.ts';

/** How long a body may take to arrive. */
const BODY_MS = 10_000;

/** Why a body was not read. */
export type Unread = 'too_large' | 'too_slow' | 'aborted' | 'busy';

/** The room there is for bodies that are being read, and how much of it is taken. */
export class BodyRoom {
  readonly #bytes: number;
  #taken = 0;

  /** `bytes` that bodies may take at once, over all requests that share this room. */
  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Reads a body where there is room for it. */
  async read(request: IncomingMessage, limit: number): Promise<Buffer | Unread> {
    const declared = Number(request.headers['content-length'] ?? limit);
    if (declared > limit) return 'too_large';
    // A length that is no number, or a body in chunks, may be as long as any.
    const room = declared >= 0 ? declared : limit;
    if (this.#taken + room > this.#bytes) return 'busy';
    this.#taken += room;
    try {
      return await readBody(request, limit);
    } finally {
      this.#taken -= room;
    }
  }
}

function readBody(request: IncomingMessage, limit: number): Promise<Buffer | Unread> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (body: Buffer | Unread): void => {
      clearTimeout(deadline);
      request.removeAllListeners('data');
      resolve(body);
    };
    const deadline = setTimeout(() => finish('too_slow'), BODY_MS);
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) finish('too_large');
      else chunks.push(chunk);
    });
    request.on('end', () => finish(Buffer.concat(chunks)));
    request.on('error', () => finish('aborted'));
    request.on('close', () => finish('aborted'));
  });
}

/** What a client is told whose body was not read. Nothing more is read from it. */
export function unreadAnswer(why: Unread): Answer {
  const close = { Connection: 'close' };
  switch (why) {
    case 'busy':
      return jsonAnswer(503, { error: { type: 'busy' } }, { ...close, 'Retry-After': '1' });
    case 'too_large':
      return jsonAnswer(413, { error: { type: 'too_large' } }, close);
    case 'too_slow':
      return jsonAnswer(408, { error: { type: 'timeout' } }, close);
    case 'aborted':
      return textAnswer(400, 'Bad Request', close);
    default:
      return why satisfies never;
  }
}
