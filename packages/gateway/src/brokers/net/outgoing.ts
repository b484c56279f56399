/**
 * What leaves: a request of a tool with its headers checked and its limits filled in, and what
 * becomes of it when a server redirects it.
 *
 * @module
 */
import { type NetRequest, PortcullisError, Secret } from '@portcullis/core';

/** Methods a tool may use. */
export type Method = NonNullable<NetRequest['method']>;

/** A request on its way to one URL. */
export interface Outgoing {
  /** As it was written: what is decided on is what is parsed. */
  readonly url: string;
  readonly method: Method;
  readonly headers: ReadonlyMap<string, string | Secret>;
  readonly body: Uint8Array | undefined;
  readonly search: boolean;
  /** How many redirects led here. */
  readonly hop: number;
}

/** Limits of one request. */
export interface Limits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/u;
// Visible ASCII, blanks and tabs: nothing that could end the line.
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]{0,8192}$/u;

/** Headers that belong to the connection, or would make this client look like another. */
const OURS: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'cookie',
  'cookie2',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'via',
]);

const MAX_HEADERS = 50;
const MAX_BODY = 10_000_000;
const MAX_URL = 8192;

/** Limits as asked for, within what one request may cost. */
export function limitsOf({ maxBytes = 2_000_000, timeoutMs = 30_000 }: NetRequest): Limits {
  return {
    maxBytes: within(maxBytes, 20_000_000),
    timeoutMs: within(timeoutMs, 120_000),
  };
}

function within(value: number, most: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(1, Math.trunc(value))) : most;
}

/**
 * A request as the first thing to send.
 *
 * Throws `net.request`, `net.header`.
 */
export function outgoing(request: NetRequest): Outgoing {
  const { url, method = 'GET', headers = {}, body, purpose } = request;
  if (typeof url !== 'string' || url.length > MAX_URL) {
    throw malformed(`The URL is longer than ${String(MAX_URL)} characters.`);
  }
  if (!METHODS.has(method)) throw malformed('The method is not one a tool may use.');
  const reads = method === 'GET' || method === 'HEAD';
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  if (bytes !== undefined && reads) throw malformed(`A ${method} request has no body.`);
  if (bytes !== undefined && bytes.length > MAX_BODY) throw malformed('The body is too large.');
  return {
    url,
    method,
    headers: checkedHeaders(headers),
    body: bytes,
    search: purpose === 'search',
    hop: 0,
  };
}

function checkedHeaders(headers: NonNullable<NetRequest['headers']>): Outgoing['headers'] {
  const checked = new Map<string, string | Secret>();
  for (const [key, value] of Object.entries(headers)) {
    const name = key.toLowerCase();
    const text = value instanceof Secret ? value.reveal() : value;
    const isOurs = OURS.has(name) || name.startsWith('proxy-') || name.startsWith('sec-');
    if (!NAME.test(name) || isOurs || typeof text !== 'string' || !VALUE.test(text)) {
      throw new PortcullisError('net.header', 'A header of the request may not be sent.', {
        hint: 'Leave out headers of the connection and cookies; values are one line of text.',
        // A name that is no name could be a value that slipped: only sound ones are repeated.
        ...(NAME.test(name) ? { details: { name } } : {}),
      });
    }
    checked.set(name, value);
  }
  if (checked.size > MAX_HEADERS) throw malformed('The request has too many headers.');
  return checked;
}

function malformed(message: string): PortcullisError {
  return new PortcullisError('net.request', message, { hint: 'Correct the request.' });
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** True for the codes that lead elsewhere; only with a `location` they do. */
export function isRedirect(status: number, location: string | undefined): location is string {
  return location !== undefined && REDIRECTS.has(status);
}

/**
 * The request a redirect asks for; undefined when the answer is none. To another origin it goes
 * without headers and without a body.
 *
 * Throws `net.redirect.invalid` for a target that is no URL, `net.redirect.body` for one on another
 * origin that wants the body again.
 */
export function redirected(
  from: Outgoing,
  status: number,
  location: string | undefined,
): Outgoing | undefined {
  if (!isRedirect(status, location)) return undefined;
  const base = new URL(from.url);
  const url = absolute(location, base);
  const drops =
    (status === 303 && from.method !== 'HEAD') || (status < 303 && from.method === 'POST');
  const method = drops ? 'GET' : from.method;
  const body = drops ? undefined : from.body;
  const sameOrigin = new URL(url).origin === base.origin;
  if (!sameOrigin && method !== 'GET' && method !== 'HEAD') {
    throw new PortcullisError(
      'net.redirect.body',
      'The server wants what was sent to it to be sent to another server.',
      { hint: 'Send it to the final address yourself, if that is what you want.' },
    );
  }
  const kept = [...from.headers].filter(([name]) => !drops || !name.startsWith('content-'));
  const headers = sameOrigin ? new Map(kept) : new Map<string, string | Secret>();
  return { url, method, headers, body, search: from.search, hop: from.hop + 1 };
}

/** The target as text, with everything a URL parser would silently drop still in it. */
function absolute(location: string, base: URL): string {
  const text = /^[/\\]{2}/u.test(location) ? `${base.protocol}${location}` : location;
  if (location.length <= MAX_URL) {
    if (URL.canParse(text)) return text;
    if (URL.canParse(text, base.href)) return new URL(text, base).href;
  }
  throw new PortcullisError('net.redirect.invalid', 'The server redirects to what is no URL.', {
    hint: 'Ask for another address.',
  });
}
