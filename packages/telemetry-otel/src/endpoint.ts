/**
 * Where traces are sent.
 *
 * @module
 */
import { isIPv4 } from 'node:net';

import { PortcullisError } from '@portcullis/core';

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}

/**
 * The address for traces: `traces` as it is, else `<base>/v1/traces`, else the collector of this
 * machine, `http://127.0.0.1:4318/v1/traces`.
 *
 * Throws `telemetry.endpoint` for what is no web address, names a user, or is http beyond this
 * machine: which tools run when is nobody's business on the way.
 */
export function tracesUrl(base: string | undefined, traces: string | undefined): string {
  const text = traces ?? `${(base ?? 'http://127.0.0.1:4318').replace(/\/+$/u, '')}/v1/traces`;
  const url = URL.parse(text);
  const isSafe =
    url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  if (url === null || !isSafe || url.username !== '' || url.password !== '') {
    throw new PortcullisError('telemetry.endpoint', 'Traces cannot be sent to that address.', {
      hint: 'Use https, or http on this machine, without user and password; put credentials into headers.',
    });
  }
  return url.href;
}
