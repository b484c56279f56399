/**
 * May this web page talk to the gateway? Asked for WebSocket upgrades and for every HTTP request
 * that changes state.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { classifyAddress } from '../network/address.ts';
import { asFlag, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { hostPart, isLoopbackName } from './host.ts';
import { verdict } from './reasons.ts';
import { allowedOriginsOf, hostFallbackAllowed } from './settings.ts';

/** What the browser says about itself. */
export interface OriginInput {
  /** The raw Origin header; absent for programs that are no browser. */
  readonly origin?: string;
  /** The raw Host header. */
  readonly host?: string;
  /** True for a direct client of this machine, as `decideProxy` found. */
  readonly local: boolean;
}

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@\\]+$/;

/** The origin as a URL, or undefined for `null`, a path, a user, or anything unparsable. */
function parseOrigin(text: string): URL | undefined {
  if (!ORIGIN.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.hostname === '' ? undefined : url;
}

/** True when the page's host and port are those the request asked for. */
function isSameHost(origin: URL, host: unknown): boolean {
  if (typeof host !== 'string' || hostPart(host) === undefined) return false;
  if (origin.protocol !== 'http:' && origin.protocol !== 'https:') return false;
  const asked = `${origin.protocol}//${host}`;
  return URL.canParse(asked) && new URL(asked).host === origin.host;
}

function isPrivateHost(name: string, local: boolean): boolean {
  if (isLoopbackName(name)) return local;
  const kind = classifyAddress(name);
  if (kind !== undefined) return kind === 'private' || kind === 'ula';
  return name.endsWith('.local') || name.endsWith('.ts.net');
}

/** Whether the page named by the Origin header may use the gateway. */
export function decideOrigin(config: unknown, input: OriginInput): Decision {
  return total(() => {
    const raw = setting(input, 'origin').value;
    const local = asFlag(setting(input, 'local')) ?? false;
    if (raw === undefined) return verdict.allow('gateway.origin.absent', '<request>');
    const text = typeof raw === 'string' ? raw.toLowerCase() : 'null';
    const origin = parseOrigin(text);
    if (origin === undefined) return verdict.deny('gateway.origin.invalid', '<request>');
    const path = 'gateway.controlUi.allowedOrigins';
    const listed = allowedOriginsOf(config);
    if (listed.includes(text) || listed.includes('*')) {
      return verdict.allow('gateway.origin.allowlisted', path);
    }
    const sameHost = isSameHost(origin, setting(input, 'host').value);
    if (sameHost && hostFallbackAllowed(config)) {
      const flag = 'gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback';
      return verdict.allow('gateway.origin.host_fallback', flag);
    }
    const name = origin.hostname.replace(/^\[|\]$/g, '');
    if (sameHost && isPrivateHost(name, local)) {
      return verdict.allow('gateway.origin.same_private_host', `<default>${path}`);
    }
    const web = origin.protocol === 'http:' || origin.protocol === 'https:';
    if (local && web && isLoopbackName(name)) {
      return verdict.allow('gateway.origin.local_loopback', `<default>${path}`);
    }
    return verdict.deny('gateway.origin.not_allowed', path);
  });
}
