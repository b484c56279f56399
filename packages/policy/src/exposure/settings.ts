/**
 * The `gateway` block as the exposure decisions read it: one reader a setting, each with its
 * default, each refusing values it does not know.
 *
 * @module
 */
import {
  asChoice,
  asCount,
  asFlag,
  asList,
  asSection,
  asText,
  asTexts,
  setting,
} from '../setting.ts';
import { isStored, parseStored, type StoredSecret } from './secret.ts';

/** How clients prove themselves. */
export type AuthMode = 'none' | 'token' | 'password' | 'trusted-proxy';

/** Whether and how Tailscale publishes the gateway. */
export type TailscaleMode = 'off' | 'serve' | 'funnel';

/** The configured shared secrets. */
export interface Secrets {
  readonly token: string | undefined;
  readonly password: string | undefined;
}

/** `gateway.auth.token` and `.password`; an unresolved reference object is unreadable. */
export function secretsOf(config: unknown): Secrets {
  return {
    token: asText(setting(config, 'gateway', 'auth', 'token')),
    password: asText(setting(config, 'gateway', 'auth', 'password')),
  };
}

/** `gateway.auth.mode`; unset means password when a password is given, else token. */
export function authModeOf(config: unknown): AuthMode {
  const mode = asChoice(setting(config, 'gateway', 'auth', 'mode'), [
    'none',
    'token',
    'password',
    'trusted-proxy',
  ]);
  return mode ?? (secretsOf(config).password === undefined ? 'token' : 'password');
}

/** The stored form that the mode in force compares with; undefined where the secret is plain or none is asked for. */
export function storedSecretOf(config: unknown): StoredSecret | undefined {
  const mode = authModeOf(config);
  if (mode !== 'token' && mode !== 'password') return undefined;
  const secret = secretsOf(config)[mode];
  return secret !== undefined && isStored(secret) ? parseStored(secret) : undefined;
}

/** `gateway.tailscale.mode`, default off. */
export function tailscaleModeOf(config: unknown): TailscaleMode {
  const mode = setting(config, 'gateway', 'tailscale', 'mode');
  return asChoice(mode, ['off', 'serve', 'funnel']) ?? 'off';
}

/** Whether a tailnet identity may stand in for a credential: only under serve, by default with a token. */
export function tailscaleIdentityAllowed(config: unknown): boolean {
  const serve = tailscaleModeOf(config) === 'serve';
  const wished = asFlag(setting(config, 'gateway', 'auth', 'allowTailscale'));
  return serve && (wished ?? authModeOf(config) === 'token');
}

/** `gateway.trustedProxies`: addresses and IPv4 networks; nobody by default. */
export function trustedProxiesOf(config: unknown): readonly string[] {
  return asTexts(setting(config, 'gateway', 'trustedProxies')) ?? [];
}

/** `gateway.controlUi.allowedOrigins`, lower case; none by default. */
export function allowedOriginsOf(config: unknown): readonly string[] {
  const origins = asTexts(setting(config, 'gateway', 'controlUi', 'allowedOrigins')) ?? [];
  return origins.map((origin) => origin.trim().toLowerCase());
}

/** Whether a page may be judged by the Host header alone. Default false. */
export function hostFallbackAllowed(config: unknown): boolean {
  const flag = 'dangerouslyAllowHostHeaderOriginFallback';
  return asFlag(setting(config, 'gateway', 'controlUi', flag)) ?? false;
}

/** What trusted-proxy authentication expects of the proxy. */
export interface TrustedProxySettings {
  /** Header that names the user; undefined when unset or blank. */
  readonly userHeader: string | undefined;
  /** Headers that must be present and not empty. */
  readonly requiredHeaders: readonly string[];
  /** Users let in; undefined lets in whoever the proxy names, `[]` nobody. */
  readonly allowUsers: readonly string[] | undefined;
  /** Whether a proxy on this machine is accepted. Default false. */
  readonly allowLoopback: boolean;
  /** Scopes that devices of its users are paired with at once; undefined where an operator approves each. */
  readonly autoApprove: readonly string[] | undefined;
}

/** What a proxied user's device may be paired with at once, where the config names no scopes. */
const AUTO_APPROVED: readonly string[] = [
  'operator.read',
  'operator.write',
  'operator.approvals',
  'operator.questions',
];

/** `gateway.auth.trustedProxy`. */
export function trustedProxyOf(config: unknown): TrustedProxySettings {
  const at = (key: string) => setting(config, 'gateway', 'auth', 'trustedProxy', key);
  const userHeader = asText(at('userHeader'))?.trim().toLowerCase();
  const automatic = asSection(at('deviceAutoApprove'));
  const scopes = asTexts(setting(automatic, 'scopes')) ?? AUTO_APPROVED;
  return {
    userHeader: userHeader === '' ? undefined : userHeader,
    requiredHeaders: asTexts(at('requiredHeaders')) ?? [],
    allowUsers: asTexts(at('allowUsers')),
    allowLoopback: asFlag(at('allowLoopback')) ?? false,
    autoApprove: asFlag(setting(automatic, 'enabled')) === true ? scopes : undefined,
  };
}

/**
 * The most a user may hold whom a proxy or the tailnet names: his entry of
 * `gateway.auth.identityScopes`, else what `deviceAutoApprove` gives every user of the proxy, else
 * nothing where the map names anybody. Undefined where neither is written: then the approval of each
 * device says it.
 */
export function identityCeilingOf(
  config: unknown,
  identity: string,
  via: 'proxy' | 'tailscale',
): readonly string[] | undefined {
  const map = asSection(setting(config, 'gateway', 'auth', 'identityScopes'));
  const listed = asTexts(setting(map, identity));
  const automatic = via === 'proxy' ? trustedProxyOf(config).autoApprove : undefined;
  const nobody = map !== undefined && Object.keys(map).length > 0 ? [] : undefined;
  return listed ?? automatic ?? nobody;
}

/** When wrong credentials lock a client out. */
export interface RateLimitSettings {
  /** Wrong answers inside the window that start a lock. */
  readonly maxAttempts: number;
  readonly windowMs: number;
  readonly lockoutMs: number;
  /** Whether clients of this machine are never locked. Default false: local programs are clients too. */
  readonly exemptLoopback: boolean;
}

/** `gateway.auth.rateLimit`: 10 in a minute lock for five minutes. */
export function rateLimitOf(config: unknown): RateLimitSettings {
  const at = (key: string) => setting(config, 'gateway', 'auth', 'rateLimit', key);
  return {
    maxAttempts: asCount(at('maxAttempts'), 1) ?? 10,
    windowMs: asCount(at('windowMs'), 1) ?? 60_000,
    lockoutMs: asCount(at('lockoutMs'), 1) ?? 300_000,
    exemptLoopback: asFlag(at('exemptLoopback')) ?? false,
  };
}

/** Addresses of this machine's interfaces, from `facts.localAddresses`. Entries that are not text never match. */
export function localAddressesOf(facts: unknown): readonly string[] {
  const entries = asList(setting(facts, 'localAddresses')) ?? [];
  return entries.filter((entry) => typeof entry === 'string');
}
