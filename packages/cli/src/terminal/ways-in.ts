/**
 * How a gateway is reached, in words: where it listens, how it is encrypted, who is told.
 *
 * @module
 */
import type { GatewayAddress } from '@portcullis/gateway/local';

const REACH: Readonly<Record<string, string>> = {
  serve: 'for everybody in the tailnet',
  funnel: 'for everybody on the internet',
};

/** What of an address is for people: everything but the key of this machine. */
export type Ways = Omit<GatewayAddress, 'key'>;

/** What of an address may be shown. */
export function waysOf({ host, port, tls, tailscale, mdns }: GatewayAddress): Ways {
  return { host, port, tls, tailscale, mdns };
}

/** Each way in: what it is, and how it is. */
export function waysIn(address: Ways): readonly (readonly [string, string])[] {
  const { host, port, tls, tailscale, mdns } = address;
  const reach = isLoopback(host) ? 'this machine only' : 'reachable from other machines';
  const at = host.includes(':') ? `[${host}]` : host;
  return [
    ['Bind', `${at}:${port}, ${reach}${tls === undefined ? '' : ', TLS'}`],
    ...(tls === undefined ? [] : [['TLS', `SHA-256 ${tls}`] as const]),
    ...(tailscale === undefined
      ? []
      : [['Tailscale', `${tailscale.url} ${REACH[tailscale.mode] ?? ''}`] as const]),
    ...(mdns === undefined
      ? []
      : [['mDNS', `the local network is told of "${mdns.name}" (${mdns.mode})`] as const]),
  ];
}

function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}
