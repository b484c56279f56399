/**
 * The body of an answer, unpacked and bounded. What counts is what comes out: a small answer that
 * unpacks to a huge one is cut where any other is, and one that never gets anywhere is refused.
 *
 * @module
 */
import type { Readable } from 'node:stream';
import { PassThrough, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';

import { PortcullisError } from '@portcullis/core';

/** A body, or its beginning. */
export interface Body {
  readonly bytes: Uint8Array;
  readonly truncated: boolean;
}

/** What packing may add to a body that does not get smaller by it. */
const PACKING_SLACK = 65_536;
const CODINGS: ReadonlySet<string> = new Set(['gzip', 'x-gzip', 'br', 'deflate']);

/**
 * Reads a body until its end or `maxBytes`.
 *
 * Throws `net.encoding` for a coding nobody asked for and for a body that breaks its coding,
 * `net.too_large` when packed bytes arrive on and on without any coming out.
 */
export async function readBody(
  answer: Readable,
  encoding: string | undefined,
  maxBytes: number,
): Promise<Body> {
  const coding = (encoding ?? '').trim().toLowerCase();
  // A stream that breaks after nobody reads it any more must not break the process.
  answer.on('error', () => undefined);
  if (coding === '' || coding === 'identity') return await take(answer, maxBytes);
  if (!CODINGS.has(coding)) throw broken();
  const packed = metered(answer, maxBytes + PACKING_SLACK);
  let unpack: Transform | undefined;
  try {
    unpack = await unpacker(coding, packed);
    const unpacked = unpack.on('error', () => undefined);
    packed.once('error', (error) => unpacked.destroy(error));
    if (packed.errored !== null) throw packed.errored;
    return await take(packed.pipe(unpacked), maxBytes);
  } catch (error) {
    if (PortcullisError.is(error)) throw error;
    throw broken(error);
  } finally {
    unpack?.destroy();
    packed.destroy();
  }
}

/** The answer as it comes, until it is longer than `limit`. */
function metered(answer: Readable, limit: number): Transform {
  let size = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      size += chunk.length;
      if (size > limit) callback(tooLarge());
      else callback(null, chunk);
    },
  });
  meter.on('error', () => undefined);
  answer.once('error', (error) => meter.destroy(error));
  answer.once('close', () => {
    if (!answer.readableEnded) meter.destroy(broken());
  });
  return answer.pipe(meter);
}

async function take(stream: Readable, maxBytes: number): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const room = maxBytes - size;
    if (chunk.length > room) {
      chunks.push(chunk.subarray(0, room));
      return { bytes: join(chunks), truncated: true };
    }
    chunks.push(chunk);
    size += chunk.length;
  }
  return { bytes: join(chunks), truncated: false };
}

function join(chunks: readonly Buffer[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}

async function unpacker(coding: string, source: Readable): Promise<Transform> {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    default:
      return await inflater(source);
  }
}

/** Servers mean two things by `deflate`; the first byte tells which. */
async function inflater(source: Readable): Promise<Transform> {
  const first = await firstByte(source);
  if (first === undefined) return new PassThrough();
  return (first & 0x0f) === 8 ? createInflate() : createInflateRaw();
}

async function firstByte(source: Readable): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const look = (): void => {
    const chunk: unknown = source.read();
    if (Buffer.isBuffer(chunk)) {
      source.off('readable', look);
      source.unshift(chunk);
      resolve(chunk[0]);
    }
  };
  source.on('readable', look).once('end', () => resolve(undefined));
  source.once('error', reject).once('close', () => resolve(undefined));
  return await promise;
}

function tooLarge(): PortcullisError {
  return new PortcullisError('net.too_large', 'The answer is too large.', {
    hint: 'Ask for a smaller resource.',
  });
}

function broken(cause?: unknown): PortcullisError {
  return new PortcullisError('net.encoding', 'The answer cannot be unpacked.', {
    hint: 'The server packs it in a way it was not asked for, or breaks off.',
    cause,
  });
}
