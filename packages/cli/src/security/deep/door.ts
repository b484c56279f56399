/**
 * The door of a running gateway as somebody meets it who wants in: over HTTP, and over its socket.
 *
 * What is sent holds a secret only where the caller puts one in. Every call ends: with what was met,
 * or with a word about why nothing was.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';

import { PROTOCOL_VERSION } from '@portcullis/protocol';
import { WebSocket } from 'ws';
import { isRecord } from '../../record.ts';

/** How long one try may take, in milliseconds. */
const TRY_MS = 5000;

/** The most of an answer that is read, in bytes. */
const MOST_READ = 65_536;

/** Where a gateway is met, and until when. */
export interface Door {
  /** `http:` or `https:`. */
  readonly url: URL;
  /** Ends every try. */
  readonly signal: AbortSignal;
  /** What a connection is held to: the one certificate that is known. */
  readonly tls?: ConnectionOptions;
}

/** Who knocks, and what he says of himself. */
export interface Knock {
  readonly origin?: string;
  readonly host?: string;
  readonly token?: string | undefined;
  readonly password?: string | undefined;
}

/** What an HTTP request met: a status and the beginning of a text, or nothing. */
export type Answered =
  | { readonly status: number; readonly text: string; readonly why?: undefined }
  | { readonly status?: undefined; readonly why: string };

/** What somebody met who wanted to connect. */
export type Met =
  | { readonly kind: 'in' }
  /** The upgrade itself was answered with a status. */
  | { readonly kind: 'turned_away'; readonly status: number }
  /** The socket was opened and the request refused. */
  | { readonly kind: 'refused'; readonly code: string }
  | {
      readonly kind: 'nothing';
      readonly why: string;
      readonly close: { readonly code: number; readonly reason: string };
    };

/** A sentence about an error that holds no more than its system code and address. */
export function why(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed';
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'no answer in time';
  return error.message === '' && 'code' in error ? String(error.code) : error.message;
}

function until({ signal }: Door): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]);
}

function headersOf({ origin, host }: Knock): Record<string, string> {
  return {
    ...(origin !== undefined && { Origin: origin }),
    ...(host !== undefined && { Host: host }),
  };
}

/** Asks over HTTP. A body is JSON. Never rejects. */
export function ask(
  door: Door,
  path: string,
  { body, ...knock }: Knock & { readonly body?: string } = {},
): Promise<Answered> {
  const { token } = knock;
  const make = door.url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve) => {
    const fail = (error: unknown): void => resolve({ why: why(error) });
    const request = make(new URL(path, door.url), {
      ...door.tls,
      method: body === undefined ? 'GET' : 'POST',
      agent: false,
      signal: until(door),
      headers: {
        ...headersOf(knock),
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
    });
    request.on('error', fail);
    request.on('response', (response) => {
      const { statusCode: status = 0 } = response;
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        if (text.length < MOST_READ) return;
        resolve({ status, text: text.slice(0, MOST_READ) });
        request.destroy();
      });
      response.on('error', fail);
      response.on('end', () => resolve({ status, text }));
    });
    request.end(body);
  });
}

function connectFrame({ token, password }: Knock, version: string): string {
  return JSON.stringify({
    type: 'req',
    id: 'probe',
    method: 'connect',
    params: {
      minProtocol: PROTOCOL_VERSION,
      maxProtocol: PROTOCOL_VERSION,
      client: { id: 'cli', version, platform: process.platform, mode: 'cli' },
      role: 'operator',
      scopes: ['operator.read'],
      auth: { ...(token !== undefined && { token }), ...(password !== undefined && { password }) },
    },
  });
}

function frameOf(data: Buffer): Readonly<Record<string, unknown>> {
  try {
    const frame: unknown = JSON.parse(data.toString('utf8'));
    return isRecord(frame) ? frame : {};
  } catch {
    return {};
  }
}

/** The code a client acts upon; text of others is cut to what a code can be. */
function codeOf({ error }: Readonly<Record<string, unknown>>): string {
  const details = isRecord(error) ? error['details'] : undefined;
  const inside = isRecord(details) ? details['code'] : undefined;
  const code = inside ?? (isRecord(error) ? error['code'] : undefined);
  return typeof code === 'string' ? code.replaceAll(/[^A-Z0-9_]/gu, '').slice(0, 60) : 'UNKNOWN';
}

/** Tries to connect as an operator's program. Never rejects. */
export async function knockAt(door: Door, knock: Knock, version: string): Promise<Met> {
  const { promise, resolve } = Promise.withResolvers<Met>();
  const end = until(door);
  const nothing = (text: string, code = 1006, reason = ''): void =>
    resolve({ kind: 'nothing', why: text, close: { code, reason } });
  if (end.aborted) return { kind: 'nothing', why: 'no time is left', close: NO_CLOSE };
  const url = door.url.href.replace(/^http/u, 'ws');
  const socket = new WebSocket(url, {
    ...door.tls,
    headers: headersOf(knock),
    perMessageDeflate: false,
    maxPayload: 1_048_576,
    handshakeTimeout: TRY_MS,
  });
  const late = (): void => nothing('no answer in time');
  end.addEventListener('abort', late, { once: true });
  socket.on('unexpected-response', (_request, response) => {
    resolve({ kind: 'turned_away', status: response.statusCode ?? 0 });
    response.destroy();
  });
  socket.on('error', (error) => nothing(why(error)));
  socket.on('close', (code, reason) =>
    nothing(
      `it closed the connection (${String(code)})`,
      code,
      reason.toString('utf8').slice(0, 200),
    ),
  );
  socket.on('message', (data: Buffer) => {
    const frame = frameOf(data);
    if (frame['event'] === 'connect.challenge') socket.send(connectFrame(knock, version));
    if (frame['type'] !== 'res') return;
    resolve(frame['ok'] === true ? { kind: 'in' } : { kind: 'refused', code: codeOf(frame) });
  });
  const met = await promise;
  end.removeEventListener('abort', late);
  socket.terminate();
  return met;
}

const NO_CLOSE = { code: 1006, reason: '' } as const;

/**
 * What holds every later connection to the certificate with this fingerprint, whoever vouches for it;
 * undefined where another one is shown.
 */
export function pin(
  { url, signal }: Door,
  fingerprint: string,
): Promise<ConnectionOptions | undefined> {
  const end = AbortSignal.any([signal, AbortSignal.timeout(TRY_MS)]);
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/gu, '');
    const socket = tlsConnect({ host, port: Number(url.port), rejectUnauthorized: false });
    end.addEventListener('abort', () => socket.destroy(new Error('no answer in time')));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const shown = socket.getPeerX509Certificate();
      socket.destroy();
      resolve(shown === undefined ? undefined : heldTo(shown, fingerprint));
    });
  });
}

function heldTo(shown: X509Certificate, fingerprint: string): ConnectionOptions | undefined {
  if (plain(shown.fingerprint256) !== plain(fingerprint)) return undefined;
  return {
    ca: shown.toString(),
    allowPartialTrustChain: true,
    // It is the certificate itself that is known, whatever name it was made for.
    checkServerIdentity: () => undefined,
    minVersion: 'TLSv1.2',
  };
}

/** Fingerprints are written with and without colons, in either case, with and without a prefix. */
function plain(fingerprint: string): string {
  return fingerprint
    .toLowerCase()
    .replace(/^sha-?256:/u, '')
    .replaceAll(/[\s:]/gu, '');
}
