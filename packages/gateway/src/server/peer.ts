/**
 * From an HTTP request to facts about its sender, refusing senders that cannot be told or that
 * asked for somebody else.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';

import { isAllowed } from '@portcullis/core';

import type { Authority, Door, Peer } from './authority.ts';

/** A refusal as HTTP. */
export interface HttpRefusal {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

/** A sender, or the answer that turns the request away. */
export type Arrival =
  | { readonly peer: Peer; readonly refusal?: undefined }
  | { readonly peer?: undefined; readonly refusal: HttpRefusal };

function isClient(value: unknown): value is { clientIp: string; local: boolean } {
  return typeof value === 'object' && value !== null && 'clientIp' in value && 'local' in value;
}

/** All headers, repeated ones as lists, so that no value hides behind another. */
function headersOf(request: IncomingMessage): Peer['headers'] {
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (values === undefined) continue;
    const [first, ...more] = values;
    if (first !== undefined) headers[name] = more.length === 0 ? first : values;
  }
  return headers;
}

function sole(headers: Peer['headers'], name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  // A header that may occur once and occurs twice is no value anybody should act upon.
  return typeof value === 'string' ? value : value === undefined ? undefined : 'null';
}

/** The address of the TCP peer, IPv4 without its IPv6 wrapping. */
function sourceOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:/u, '');
}

/** Host, then proxy attribution: in this order, because the first needs no trust in anything. */
export function judgeArrival(
  request: IncomingMessage,
  authority: Authority,
  door: Door = 'main',
): Arrival {
  const headers = headersOf(request);
  const host = sole(headers, 'host');
  if (!isAllowed(authority.decideHost(host))) {
    return {
      refusal: {
        status: 421,
        type: 'host_not_allowed',
        message: 'The Host header does not name this gateway.',
      },
    };
  }
  const source = sourceOf(request);
  const client = authority.decideClient(source, headers, door);
  if (!isAllowed(client) || !isClient(client.value)) {
    return {
      refusal: {
        status: 403,
        type: 'proxy_attribution_required',
        message:
          'Proxy client attribution is required: list the proxy in gateway.trustedProxies, or connect directly.',
      },
    };
  }
  const { clientIp, local } = client.value;
  const origin = sole(headers, 'origin');
  return { peer: { door, source, clientIp, local, host, origin, headers } };
}

/** The refusal for a web page that may not talk to us, or undefined. */
export function judgeOrigin(peer: Peer, authority: Authority): HttpRefusal | undefined {
  if (isAllowed(authority.decideOrigin(peer))) return undefined;
  return {
    status: 403,
    type: 'origin_not_allowed',
    message: 'This web page may not use the gateway: list it in gateway.controlUi.allowedOrigins.',
  };
}
