/**
 * Host names: one spelling, patterns over them, and the names that are never public.
 *
 * @module
 */
import { canonicalAddress } from './address.ts';

/** Lower case, without brackets and trailing dots. Empty when nothing is left. */
export function plainHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.+$/, '');
}

/** A configured name as a URL would spell it, so that case, dots, IDN and number forms agree. */
function listedHost(entry: string): string {
  const text = entry.trim();
  const bare = text.includes(':') && !text.startsWith('[') ? `[${text}]` : text;
  const url = `http://${bare}/`;
  return plainHost(URL.canParse(url) ? new URL(url).hostname : text);
}

function isSameHost(host: string, listed: string): boolean {
  if (host === listed) return true;
  const address = canonicalAddress(host);
  return address !== undefined && address === canonicalAddress(listed);
}

/**
 * True when `host` (as {@link plainHost} spells it) is `entry`, or a subdomain of `x.y` when the
 * entry is `*.x.y`. The wildcard does not include `x.y` itself.
 */
export function matchesHost(host: string, entry: string): boolean {
  const text = entry.trim();
  if (!text.startsWith('*.')) return text !== '' && isSameHost(host, listedHost(text));
  const parent = listedHost(text.slice(2));
  return parent !== '' && host.endsWith(`.${parent}`);
}

/** True when `host` is exactly one of `entries`; wildcards do not count. */
export function isListedHost(host: string, entries: readonly string[]): boolean {
  return entries.some((entry) => !entry.includes('*') && matchesHost(host, entry));
}

const METADATA_NAME = 'metadata.google.internal';

/** True for a name of a cloud metadata service, which no setting opens. */
export function isMetadataName(host: string): boolean {
  return host === METADATA_NAME || host.endsWith(`.${METADATA_NAME}`);
}

/** True for names that mean this machine or the local network. */
export function isReservedName(host: string): boolean {
  return (
    host === 'localhost' ||
    host === 'localhost.localdomain' ||
    host === METADATA_NAME ||
    host.endsWith('.localhost') ||
    host.endsWith('.local') ||
    host.endsWith('.internal')
  );
}

/** True for names that mean this machine and nothing else. */
export function isLoopbackHostname(host: string): boolean {
  return host === 'localhost' || host === 'localhost.localdomain' || host.endsWith('.localhost');
}
