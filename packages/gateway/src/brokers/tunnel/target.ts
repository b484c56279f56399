/**
 * Where a program in a sandbox wants to go, read from what it asks its proxy.
 *
 * @module
 */

const AUTHORITY = /^(\[[0-9a-f:.]{2,45}\]|[^\s:/?#@[\]\\]{1,253}):(\d{1,5})$/iu;

/** A server and what is wanted of it. */
export interface TunnelTarget {
  /** As a URL: the whole one of a request in clear, else the origin. */
  readonly url: URL;
  readonly host: string;
  readonly port: number;
}

/** The target of `CONNECT host:port`; undefined for one that is malformed. */
export function connectTarget(authority: string): TunnelTarget | undefined {
  const [, host, port] = AUTHORITY.exec(authority) ?? [];
  if (host === undefined || port === undefined) return undefined;
  const scheme = port === '80' ? 'http' : 'https';
  return targetOf(`${scheme}://${host}:${port}/`);
}

/** The target of a request in absolute form; undefined for any other form and scheme. */
export function absoluteTarget(text: string): TunnelTarget | undefined {
  return /^http:\/\//iu.test(text) ? targetOf(text) : undefined;
}

/** True when one of `patterns`, host names or `*.` and a domain for what is below it, names the host. */
export function isListed({ host }: TunnelTarget, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const name = pattern.trim().toLowerCase().replace(/\.$/u, '');
    return name.startsWith('*.') ? host.endsWith(name.slice(1)) && name.length > 2 : host === name;
  });
}

function targetOf(text: string): TunnelTarget | undefined {
  const url = URL.parse(text);
  if (url === null || url.hostname === '') return undefined;
  const host = url.hostname.replace(/^\[|\]$/gu, '').replace(/\.$/u, '');
  const preset = url.protocol === 'https:' ? 443 : 80;
  return { url, host, port: url.port === '' ? preset : Number(url.port) };
}
