/**
 * The headers of a request in clear as they are passed on: those of the connection stay.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';

/** What is asked of a server, as far as it can be seen. */
export interface Hop {
  readonly method: string;
  /** Texts that leave, beside the address. */
  readonly leaves: readonly string[];
}

/** Headers that belong to one connection (RFC 9110, 7.6.1). */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers of a message without those of its connection. */
export function endToEnd(message: IncomingMessage): Readonly<Record<string, string[]>> {
  const named = (message.headers.connection ?? '').split(',').map((name) => name.trim());
  const dropped = new Set([...OF_CONNECTION, ...named.map((name) => name.toLowerCase())]);
  const kept = Object.entries(message.headersDistinct).flatMap(([name, values]) =>
    values === undefined || dropped.has(name) ? [] : [[name, values] as const],
  );
  return Object.fromEntries(kept);
}

/** Headers of a request to `host`. */
export function forwardedHeaders(
  request: IncomingMessage,
  host: string,
): Readonly<Record<string, string[]>> {
  return { ...endToEnd(request), ...framingOf(request), host: [host], connection: ['close'] };
}

/** Whether a request has something beside its head. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Where the body ends, said anew: one that nothing bounds would be read as another request. */
function framingOf({ headers }: IncomingMessage): Readonly<Record<string, string[]>> {
  if (headers['transfer-encoding'] !== undefined) return { 'transfer-encoding': ['chunked'] };
  const { 'content-length': length } = headers;
  return length === undefined ? {} : { 'content-length': [length] };
}
