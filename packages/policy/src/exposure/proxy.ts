/**
 * Who is the client? Forwarding headers are believed only from a listed proxy; a request whose
 * client cannot be told is refused rather than treated as local.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import {
  canonicalAddress,
  isLoopbackAddress,
  matchesNetwork,
  parseAddress,
} from '../network/address.ts';
import { asChoice, asFlag, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { hasForwarded, type Headers, headerValues } from './headers.ts';
import { verdict } from './reasons.ts';
import { authModeOf, tailscaleModeOf, trustedProxiesOf } from './settings.ts';

/** The peer of the connection and its headers. */
export interface ProxyInput {
  /** Address of the TCP peer. */
  readonly source: string;
  /**
   * `tailscale` is the listener that only tailscaled can reach: there it is the proxy, whatever
   * `gateway.trustedProxies` says. Default main.
   */
  readonly listener?: 'main' | 'tailscale';
  readonly headers?: Headers;
}

/** Whom the request comes from. */
export interface ClientValue {
  readonly clientIp: string;
  /** True only for a direct connection from this machine. */
  readonly local: boolean;
}

/** The address of one X-Forwarded-For entry, with or without a port. */
function entryAddress(entry: string): string | undefined {
  const text = entry.trim();
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(text)?.[1];
  const ported = /^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/.exec(text)?.[1];
  return canonicalAddress(bracketed ?? ported ?? text);
}

/** True when `ip` is one of the trusted proxies. */
export function isTrustedProxy(ip: string, proxies: readonly string[]): boolean {
  return proxies.some((entry) => matchesNetwork(ip, entry.trim()));
}

/** The rightmost address that no trusted proxy owns; undefined when it cannot be read. */
function forwardedClient(
  config: unknown,
  headers: unknown,
  proxies: readonly string[],
): string | undefined {
  const chain = headerValues(headers, 'x-forwarded-for');
  if (chain.length === 0) {
    const fallback = asFlag(setting(config, 'gateway', 'allowRealIpFallback')) ?? false;
    const [realIp, ...more] = headerValues(headers, 'x-real-ip');
    return fallback && realIp !== undefined && more.length === 0 ? entryAddress(realIp) : undefined;
  }
  for (const entry of chain.join(',').split(',').toReversed()) {
    const address = entryAddress(entry);
    // What stands left of an unreadable hop was written by that hop: nobody vouches for it.
    if (address === undefined) return undefined;
    if (!isTrustedProxy(address, proxies)) return address;
  }
  return undefined;
}

/** The client tailscaled names: always in one header, always another machine. */
function decideTailnet(config: unknown, peer: string, headers: unknown): Decision {
  const chain = headerValues(headers, 'x-forwarded-for');
  const [entry = ''] = chain;
  const named = chain.length === 1 ? canonicalAddress(entry.trim()) : undefined;
  if (tailscaleModeOf(config) === 'off' || !isLoopbackAddress(peer)) return unattributed();
  if (named === undefined || isLoopbackAddress(named)) return unattributed();
  const value: ClientValue = { clientIp: named, local: false };
  return verdict.allow('gateway.proxy.attributed', 'gateway.tailscale.mode', { value });
}

function unattributed(): Decision {
  return verdict.deny('gateway.proxy.attribution_required', 'gateway.trustedProxies');
}

/** Establishes the client: allow with `value: ClientValue`, or deny. */
export function decideProxy(config: unknown, input: ProxyInput): Decision {
  return total(() => {
    const source = setting(input, 'source').value;
    const headers = setting(input, 'headers').value;
    const peer =
      typeof source === 'string' && parseAddress(source) ? canonicalAddress(source) : undefined;
    if (peer === undefined) return unattributed();
    if (asChoice(setting(input, 'listener'), ['main', 'tailscale']) === 'tailscale') {
      return decideTailnet(config, peer, headers);
    }
    const proxies = trustedProxiesOf(config);
    const loopback = isLoopbackAddress(peer);
    if (isTrustedProxy(peer, proxies)) {
      const client = forwardedClient(config, headers, proxies);
      if (client === undefined || isLoopbackAddress(client)) return unattributed();
      const value: ClientValue = { clientIp: client, local: false };
      return verdict.allow('gateway.proxy.attributed', 'gateway.trustedProxies', { value });
    }
    if (!hasForwarded(headers)) {
      const value: ClientValue = { clientIp: peer, local: loopback };
      return verdict.allow('gateway.proxy.direct', '<connection>', { value });
    }
    if (loopback || authModeOf(config) === 'none') return unattributed();
    const value: ClientValue = { clientIp: peer, local: false };
    return verdict.allow('gateway.proxy.ignored', 'gateway.trustedProxies', { value });
  });
}
