/**
 * Does the request name this gateway? A page that rebinds its own DNS name to our address still
 * sends its own name, and is stopped here.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { classifyAddress, isLoopbackAddress, sameAddress } from '../network/address.ts';
import { asText, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { verdict } from './reasons.ts';
import { allowedOriginsOf, localAddressesOf, tailscaleModeOf } from './settings.ts';

/** A request's Host header and what the caller knows about its own names. */
export interface HostInput {
  /** The raw header. */
  readonly host?: string;
  readonly facts: {
    /** The address the gateway listens on. */
    readonly bindHost?: string;
    /** Addresses of this machine's interfaces; they count when the bind is a wildcard. */
    readonly localAddresses?: readonly string[];
    /** This machine's own `*.ts.net` name. */
    readonly tailscaleName?: string;
  };
}

const NAMED = /^([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)(?::\d{1,5})?$/;
const BRACKETED = /^\[([0-9a-f:.]+)\](?::\d{1,5})?$/;

/** The host part of a Host header, lower case and without brackets; undefined when malformed. */
export function hostPart(header: string): string | undefined {
  const text = header.toLowerCase();
  const bracketed = BRACKETED.exec(text)?.[1];
  if (bracketed !== undefined) return classifyAddress(bracketed) && bracketed;
  return NAMED.exec(text)?.[1];
}

/** True for a name or address that can only mean the machine itself. */
export function isLoopbackName(host: string): boolean {
  return host === 'localhost' || isLoopbackAddress(host);
}

function namesBoundAddress(host: string, facts: unknown): boolean {
  const bound = asText(setting(facts, 'bindHost'));
  if (bound === undefined) return false;
  if (classifyAddress(bound) !== 'unspecified') {
    return sameAddress(host, bound) || host === bound.toLowerCase();
  }
  return (
    classifyAddress(host) !== 'unspecified' &&
    localAddressesOf(facts).some((address) => sameAddress(host, address))
  );
}

function namesOrigin(host: string, config: unknown): boolean {
  return allowedOriginsOf(config).some((origin) => {
    if (!URL.canParse(origin)) return false;
    const { hostname } = new URL(origin);
    return hostname !== '' && hostname.replace(/^\[|\]$/g, '') === host;
  });
}

function namesTailnet(host: string, config: unknown, facts: unknown): boolean {
  if (!host.endsWith('.ts.net') || tailscaleModeOf(config) === 'off') return false;
  const name = asText(setting(facts, 'tailscaleName'))?.toLowerCase().replace(/\.$/, '');
  return name === host;
}

/** Whether the Host header names this gateway. `"*"` among the allowed origins opens nothing here. */
export function decideHost(config: unknown, input: HostInput): Decision {
  return total(() => {
    const header = setting(input, 'host').value;
    const facts = setting(input, 'facts').value;
    const host = typeof header === 'string' ? hostPart(header) : undefined;
    const known =
      host !== undefined &&
      (isLoopbackName(host) ||
        namesBoundAddress(host, facts) ||
        namesOrigin(host, config) ||
        namesTailnet(host, config, facts));
    return known
      ? verdict.allow('gateway.host.ok', 'gateway.bind')
      : verdict.deny('gateway.host.not_allowed', 'gateway.bind');
  });
}
