/**
 * Is the client who it must be? Shared secrets, the identity a trusted proxy states, the identity
 * the tailnet states, or nobody at all on this machine.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { isLoopbackAddress, sameAddress } from '../network/address.ts';
import { asChoice, asFlag, own, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { type Headers, headerValues, soleHeader } from './headers.ts';
import { isTrustedProxy } from './proxy.ts';
import { verdict } from './reasons.ts';
import { isStored, isUsableSecret, parseStored, sameSecret } from './secret.ts';
import {
  authModeOf,
  localAddressesOf,
  secretsOf,
  tailscaleIdentityAllowed,
  trustedProxiesOf,
  trustedProxyOf,
} from './settings.ts';

/** One attempt to authenticate, after host, proxy, rate limit and origin. */
export interface AuthInput {
  /** The door: a WebSocket, the HTTP API, or the Control UI's WebSocket. */
  readonly surface: 'ws' | 'http' | 'control-ui';
  /** `tailscale` is the listener that only tailscaled can reach. Default main. */
  readonly listener?: 'main' | 'tailscale';
  /** Address of the TCP peer. */
  readonly source: string;
  /** True for a direct client of this machine, as `decideProxy` found. */
  readonly local: boolean;
  readonly credentials?: { readonly token?: string; readonly password?: string };
  readonly headers?: Headers;
  /** Whom tailscaled says the peer is: the login, alone or as `{ login }`. */
  readonly whois?: string | { readonly login?: string };
  readonly facts?: {
    readonly localAddresses?: readonly string[];
    /** How the offered secret compared with a stored form. The caller computes it: scrypt takes its time. */
    readonly stored?: 'match' | 'mismatch';
    /** The client showed the key of the state directory, which only who may read that directory has. */
    readonly stateKey?: boolean;
  };
}

function tailnetVouches(config: unknown, input: AuthInput): boolean {
  const listener = asChoice(setting(input, 'listener'), ['main', 'tailscale']);
  if (listener !== 'tailscale' || input.surface !== 'control-ui') return false;
  if (!tailscaleIdentityAllowed(config)) return false;
  const whois = own(input, 'whois');
  const login = typeof whois === 'string' ? whois : own(whois, 'login');
  const claimed = soleHeader(own(input, 'headers'), 'tailscale-user-login');
  return claimed !== undefined && claimed === login;
}

/** Whether a text is the secret. A stored form is never compared with: whoever reads it holds nothing. */
function isRight(supplied: string, expected: string | undefined, input: AuthInput): boolean {
  if (expected !== undefined && isStored(expected)) {
    const compared = asChoice(setting(input, 'facts', 'stored'), ['match', 'mismatch']);
    return parseStored(expected) !== undefined && compared === 'match';
  }
  return isUsableSecret(expected) && sameSecret(supplied, expected);
}

function decideShared(config: unknown, input: AuthInput, mode: 'token' | 'password'): Decision {
  const path = `gateway.auth.${mode}`;
  const supplied = setting(input, 'credentials', mode).value;
  if (supplied !== undefined && supplied !== '') {
    const right = typeof supplied === 'string' && isRight(supplied, secretsOf(config)[mode], input);
    return right
      ? verdict.allow('gateway.auth.ok', path)
      : verdict.deny('gateway.auth.mismatch', path);
  }
  return tailnetVouches(config, input)
    ? verdict.allow('gateway.auth.tailscale', 'gateway.auth.allowTailscale', {
        value: { user: soleHeader(own(input, 'headers'), 'tailscale-user-login') },
      })
    : verdict.deny('gateway.auth.missing', path);
}

function decideTrustedProxy(config: unknown, input: AuthInput): Decision {
  const { userHeader, requiredHeaders, allowUsers, allowLoopback } = trustedProxyOf(config);
  const at = 'gateway.auth.trustedProxy';
  const source = setting(input, 'source').value;
  // Tailscaled hands on whatever header its client sends: it is not the proxy that was trusted.
  const viaTailnet = setting(input, 'listener').value === 'tailscale';
  const trusted = typeof source === 'string' && isTrustedProxy(source, trustedProxiesOf(config));
  if (!trusted || viaTailnet) {
    return verdict.deny('gateway.auth.proxy_untrusted_source', 'gateway.trustedProxies');
  }
  const loopback = isLoopbackAddress(source);
  if (loopback && !allowLoopback) {
    return verdict.deny('gateway.auth.proxy_loopback_source', `${at}.allowLoopback`);
  }
  const local = localAddressesOf(setting(input, 'facts').value);
  if (!loopback && local.some((address) => sameAddress(source, address))) {
    return verdict.deny('gateway.auth.proxy_local_interface', 'gateway.trustedProxies');
  }
  const headers = setting(input, 'headers').value;
  const present = (name: string) => headerValues(headers, name).some((each) => each.trim() !== '');
  if (!requiredHeaders.every(present)) {
    return verdict.deny('gateway.auth.proxy_missing_header', `${at}.requiredHeaders`);
  }
  if (userHeader === undefined) {
    return verdict.deny('gateway.auth.trusted_proxy_incomplete', `${at}.userHeader`);
  }
  const user = soleHeader(headers, userHeader);
  if (user === undefined) {
    return verdict.deny('gateway.auth.proxy_user_missing', `${at}.userHeader`);
  }
  if (allowUsers !== undefined && !allowUsers.includes(user)) {
    return verdict.deny('gateway.auth.proxy_user_not_allowed', `${at}.allowUsers`);
  }
  return verdict.allow('gateway.auth.proxy_ok', `${at}.userHeader`, { value: { user } });
}

/**
 * Whether the client has proved what the configured mode asks for.
 *
 * Ask `checkRateLimit` first and record the answer with `rateLimitTransition` after: a locked
 * client's credential must not be compared.
 */
export function decideAuth(config: unknown, input: AuthInput): Decision {
  return total(() => {
    asChoice(setting(input, 'surface'), ['ws', 'http', 'control-ui']);
    const mode = authModeOf(config);
    const local = asFlag(setting(input, 'local')) === true;
    // Where no secret can be typed (none, a proxy, a stored form), the operator's own commands still
    // have to get in: from this machine, with what only the state directory holds.
    if (local && asFlag(setting(input, 'facts', 'stateKey')) === true) {
      return verdict.allow('gateway.auth.state_key', '<state>');
    }
    if (mode === 'trusted-proxy') return decideTrustedProxy(config, input);
    if (mode !== 'none') return decideShared(config, input, mode);
    return local
      ? verdict.allow('gateway.auth.none', 'gateway.auth.mode')
      : verdict.deny('gateway.auth.none_remote', 'gateway.auth.mode');
  });
}
