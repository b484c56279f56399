/**
 * May a program that acts for the model connect to this URL?
 *
 * The same table is asked for the first request, for every redirect, and once more with the
 * address of the connection. Names are looked up last: ask without `resolved` first, and only when
 * the answer is `net.dns.unresolved` can a lookup change it.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { asChoice, asCount, asList, InvalidSetting, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { type AddressClass, classifyAddress, sameAddress } from './address.ts';
import {
  isListedHost,
  isLoopbackHostname,
  isMetadataName,
  isReservedName,
  matchesHost,
  plainHost,
} from './hostname.ts';
import { isBadPort } from './port.ts';
import { verdict } from './reasons.ts';
import { isLifted, type NetTool, type SsrfPolicy, ssrfPolicyOf } from './ssrf-policy.ts';

/** One connection that is about to be made. */
export interface NetInput {
  readonly tool: NetTool;
  readonly url: string;
  /** Every address the name resolved to. Ignored when the URL holds an address. */
  readonly resolved?: readonly string[];
  /** The address the connection really goes to. */
  readonly connectIp?: string;
  /** How many redirects led here; 0 for the first request. */
  readonly hop?: number;
}

/** What an allowed connection tells the caller. */
export interface NetValue {
  /** The only addresses it may connect to. */
  readonly addresses: readonly string[];
}

/** True when the text names a user, also an empty one: URL parsers drop `@` without a trace. */
function hasUserinfo(text: string, url: URL): boolean {
  const plain = text.replace(/[\t\n\r]/g, '').trimStart();
  const authority = /^[a-z][a-z0-9+.-]*:[/\\]*([^/\\?#]*)/i.exec(plain)?.[1] ?? '';
  return url.username !== '' || url.password !== '' || authority.includes('@');
}

/** Gates that need the text alone. */
function refuseText(text: string, url: URL, hop: number, policy: SsrfPolicy): Decision | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return verdict.deny('net.scheme', '<url>');
  }
  if (hasUserinfo(text, url)) return verdict.deny('net.userinfo', '<url>');
  if (hop > policy.maxRedirects) {
    const path = policy.path.replace('ssrfPolicy', 'maxRedirects');
    return verdict.deny('net.redirect.limit', path);
  }
  if (isBadPort(url.port)) return verdict.deny('net.port.blocked', '<url>');
  return undefined;
}

/** Gates on the operator's lists. */
function refuseListed(host: string, policy: SsrfPolicy): Decision | undefined {
  const { blockedHostnames, hostnameAllowlist, path } = policy;
  if (blockedHostnames.some((entry) => entry.trim() === '*' || matchesHost(host, entry))) {
    return verdict.deny('net.host.blocklisted', `${path}.blockedHostnames`);
  }
  if (hostnameAllowlist.length > 0 && !hostnameAllowlist.some((each) => matchesHost(host, each))) {
    return verdict.deny('net.host.not_allowlisted', `${path}.hostnameAllowlist`);
  }
  return undefined;
}

function classOf(address: unknown): AddressClass | undefined {
  return typeof address === 'string' ? classifyAddress(address) : undefined;
}

/** Classes that even a listed host may not lead to. */
const NEVER: ReadonlySet<AddressClass> = new Set([
  'metadata',
  'unspecified',
  'link_local',
  'multicast',
  'broadcast',
]);

/** A host the operator listed as an exception. */
function decideException(
  host: string,
  addresses: readonly unknown[],
  policy: SsrfPolicy,
): Decision {
  const path = `${policy.path}.allowedHostnames`;
  if (addresses.length === 0) return verdict.deny('net.dns.unresolved', '<dns>');
  const loopback = isLoopbackHostname(host) || classOf(host) === 'loopback';
  const open = addresses.every((address) => {
    const kind = classOf(address);
    return kind !== undefined && !NEVER.has(kind) && (loopback || kind !== 'loopback');
  });
  return open
    ? verdict.allow('net.host.allowed_exception', path)
    : verdict.deny('net.dns.private', path);
}

/** A host that is judged by its name and the classes of its addresses. */
function decideByClass(
  host: string,
  literal: AddressClass | undefined,
  addresses: readonly unknown[],
  policy: SsrfPolicy,
): Decision {
  const reserved = isReservedName(host);
  if (reserved && (isMetadataName(host) || !policy.privateNetwork)) {
    return verdict.deny('net.host.blocked', `<default>${policy.path}`);
  }
  if (literal !== undefined && literal !== 'public' && !isLifted(policy, literal)) {
    return verdict.deny(`net.ip.${literal}`, `<default>${policy.path}`);
  }
  if (addresses.length === 0) return verdict.deny('net.dns.unresolved', '<dns>');
  const kinds = addresses.map(classOf);
  if (!kinds.every((kind) => kind === 'public' || (kind !== undefined && isLifted(policy, kind)))) {
    return verdict.deny('net.dns.private', `<default>${policy.path}`);
  }
  return reserved || kinds.some((kind) => kind !== 'public')
    ? verdict.allow('net.private_allowed', policy.path)
    : verdict.allow('net.public', `<default>${policy.path}`);
}

/** Every gate after the URL is known to be one of the web. */
function decideHost(input: NetInput, url: URL, policy: SsrfPolicy): Decision {
  const host = plainHost(url.hostname);
  if (host === '') return verdict.deny('net.url.invalid', '<url>');
  const refusal = refuseListed(host, policy);
  if (refusal !== undefined) return refusal;
  const literal = classifyAddress(host);
  const answers = asList(setting(input, 'resolved')) ?? [];
  const addresses = literal === undefined ? answers : [host];
  const decision = isListedHost(host, policy.allowedHostnames)
    ? decideException(host, addresses, policy)
    : decideByClass(host, literal, addresses, policy);
  if (decision.effect !== 'allow') return decision;
  const connectIp = setting(input, 'connectIp').value;
  const pinned =
    connectIp === undefined ||
    (typeof connectIp === 'string' &&
      addresses.some((each) => typeof each === 'string' && sameAddress(each, connectIp)));
  if (!pinned) return verdict.deny('net.dns.rebinding', '<connection>');
  const value: NetValue = { addresses: addresses.filter((each) => typeof each === 'string') };
  return { ...decision, value };
}

/**
 * Whether `tool` may connect to `url`. An allow carries `value: NetValue`, the addresses the
 * connection must be pinned to.
 */
export function decideNet(config: unknown, input: NetInput): Decision {
  return total(() => {
    const tool = asChoice(setting(input, 'tool'), ['web_fetch', 'browser']);
    if (tool === undefined) throw new InvalidSetting('tool');
    const text = setting(input, 'url').value;
    if (typeof text !== 'string' || !URL.canParse(text)) {
      return verdict.deny('net.url.invalid', '<url>');
    }
    const url = new URL(text);
    if (tool === 'browser' && url.href === 'about:blank') {
      return verdict.allow('net.about_blank', '<default>');
    }
    const policy = ssrfPolicyOf(config, tool);
    const hop = asCount(setting(input, 'hop'), 0) ?? 0;
    return refuseText(text, url, hop, policy) ?? decideHost(input, url, policy);
  });
}
