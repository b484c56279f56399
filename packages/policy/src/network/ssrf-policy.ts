/**
 * The settings of network egress: `tools.web.fetch` for the fetch tool, `browser` for the browser.
 *
 * @module
 */
import { asCount, asFlag, asTexts, setting } from '../setting.ts';
import type { AddressClass } from './address.ts';

/** Who connects. */
export type NetTool = 'web_fetch' | 'browser';

/** What the operator opened and closed. */
export interface SsrfPolicy {
  /** Config path of the policy, for decisions. */
  readonly path: string;
  /** Redirects that are followed; default 3. */
  readonly maxRedirects: number;
  readonly blockedHostnames: readonly string[];
  /** When not empty, nothing else is reachable. */
  readonly hostnameAllowlist: readonly string[];
  /** Exact hosts that may lead to private addresses. */
  readonly allowedHostnames: readonly string[];
  /** Opens loopback, private, carrier and unique-local addresses and the reserved names. */
  readonly privateNetwork: boolean;
  readonly benchmarkRange: boolean;
  readonly uniqueLocalRange: boolean;
}

/** Reads the policy of `tool`. */
export function ssrfPolicyOf(config: unknown, tool: NetTool): SsrfPolicy {
  const base = tool === 'browser' ? ['browser'] : ['tools', 'web', 'fetch'];
  const at = (key: string) => setting(config, ...base, 'ssrfPolicy', key);
  const dangerous = asFlag(at('dangerouslyAllowPrivateNetwork'));
  const alias = asFlag(at('allowPrivateNetwork'));
  return {
    path: [...base, 'ssrfPolicy'].join('.'),
    maxRedirects: asCount(setting(config, ...base, 'maxRedirects'), 0) ?? 3,
    blockedHostnames: asTexts(at('blockedHostnames')) ?? [],
    hostnameAllowlist: asTexts(at('hostnameAllowlist')) ?? [],
    allowedHostnames: asTexts(at('allowedHostnames')) ?? [],
    // Two spellings of one switch: it is on when one says so and neither says no.
    privateNetwork: (dangerous ?? alias ?? false) && (alias ?? true),
    benchmarkRange: asFlag(at('allowRfc2544BenchmarkRange')) ?? false,
    uniqueLocalRange: asFlag(at('allowIpv6UniqueLocalRange')) ?? false,
  };
}

const PRIVATE_NETWORK: ReadonlySet<AddressClass> = new Set(['loopback', 'private', 'cgnat', 'ula']);

/** True when a setting opens this class. Metadata, link-local, unspecified and multicast never open. */
export function isLifted(policy: SsrfPolicy, kind: AddressClass): boolean {
  return (
    (policy.privateNetwork && PRIVATE_NETWORK.has(kind)) ||
    (policy.benchmarkRange && kind === 'benchmark') ||
    (policy.uniqueLocalRange && kind === 'ula')
  );
}
