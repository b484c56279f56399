/**
 * May the gateway start with this configuration? First failing gate wins.
 *
 * The question is asked before a socket is opened. What is allowed carries in `value` the address
 * to bind, which is the configured one unless Tailscale publishing forced it to loopback.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { isLoopbackAddress, matchesNetwork, parseAddress } from '../network/address.ts';
import { asChoice, asFlag, asSection, asText, InvalidSetting, own, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { verdict } from './reasons.ts';
import {
  isBlankSecret,
  isPlaceholder,
  isStored,
  isUnfilled,
  parseStored,
  SHORTEST_TOKEN,
} from './secret.ts';
import {
  allowedOriginsOf,
  authModeOf,
  type AuthMode,
  hostFallbackAllowed,
  rateLimitOf,
  type Secrets,
  secretsOf,
  tailscaleIdentityAllowed,
  tailscaleModeOf,
  type TailscaleMode,
  trustedProxiesOf,
  trustedProxyOf,
  type TrustedProxySettings,
} from './settings.ts';

/** What the caller knows about the machine. */
export interface StartFacts {
  /** The address the bind mode resolves to: the tailnet address for `tailnet`. */
  readonly bindHost?: string;
  /** Whether the gateway runs inside a container; the default bind is then `auto`. */
  readonly container?: boolean;
}

/** What an allowed start tells the caller. */
export interface StartValue {
  /** The address to listen on. */
  readonly bindHost: string;
  /** Whether that address is reachable from other machines. */
  readonly exposed: boolean;
}

const BINDS = {
  loopback: 'loopback',
  '127.0.0.1': 'loopback',
  '::1': 'loopback',
  localhost: 'loopback',
  lan: 'lan',
  '0.0.0.0': 'lan',
  '::': 'lan',
  tailnet: 'tailnet',
  custom: 'custom',
  auto: 'auto',
} as const;

type Bind = (typeof BINDS)[keyof typeof BINDS];

/** Everything the gates look at, read and type-checked before the first gate. */
interface Plan {
  readonly bind: Bind;
  readonly customHost: string | undefined;
  readonly bindHost: string | undefined;
  readonly exposed: boolean;
  readonly mode: AuthMode;
  readonly tailscale: TailscaleMode;
  readonly tailscaleIdentity: boolean;
  readonly secrets: Secrets;
  readonly trustedProxy: TrustedProxySettings;
  readonly trustedProxies: readonly string[];
  readonly uiEnabled: boolean;
  readonly origins: readonly string[];
  readonly hostFallback: boolean;
  readonly limited: boolean;
  readonly deviceAuthOff: boolean;
  readonly forced: boolean;
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || isLoopbackAddress(host);
}

function customHostOf(config: unknown): string | undefined {
  const host = own(own(config, 'gateway'), 'customBindHost');
  return typeof host === 'string' && parseAddress(host)?.version === 4 ? host : undefined;
}

function resolvedHost(
  bind: Bind,
  facts: unknown,
  container: boolean,
  custom: string | undefined,
): string | undefined {
  const known = asText(setting(facts, 'bindHost'));
  if (known !== undefined) return known;
  if (bind === 'loopback') return '127.0.0.1';
  if (bind === 'lan') return '0.0.0.0';
  if (bind === 'custom') return custom;
  if (bind === 'auto') return container ? '0.0.0.0' : '127.0.0.1';
  return undefined;
}

function readPlan(config: unknown, facts: unknown): Plan {
  const container = asFlag(setting(facts, 'container')) ?? false;
  const literals = Object.keys(BINDS) as (keyof typeof BINDS)[];
  const written = asChoice(setting(config, 'gateway', 'bind'), literals);
  const bind = written === undefined ? (container ? 'auto' : 'loopback') : BINDS[written];
  const customHost = customHostOf(config);
  const bindHost = resolvedHost(bind, facts, container, customHost);
  const tailscale = tailscaleModeOf(config);
  // An address nobody could tell counts as reachable.
  const reachable = bindHost === undefined || !isLoopbackHost(bindHost);
  const forced = tailscale !== 'off' && reachable;
  const ui = (key: string) => asFlag(setting(config, 'gateway', 'controlUi', key));
  rateLimitOf(config);
  asFlag(setting(config, 'gateway', 'auth', 'allowTailscale'));
  asFlag(setting(config, 'gateway', 'allowRealIpFallback'));
  return {
    bind,
    customHost,
    bindHost: forced ? '127.0.0.1' : bindHost,
    exposed: reachable && !forced,
    mode: authModeOf(config),
    tailscale,
    tailscaleIdentity: tailscaleIdentityAllowed(config),
    secrets: secretsOf(config),
    trustedProxy: trustedProxyOf(config),
    trustedProxies: trustedProxiesOf(config),
    uiEnabled: ui('enabled') ?? true,
    origins: allowedOriginsOf(config).filter((origin) => origin === '*' || URL.canParse(origin)),
    hostFallback: hostFallbackAllowed(config),
    limited: asSection(setting(config, 'gateway', 'auth', 'rateLimit')) !== undefined,
    deviceAuthOff: ui('dangerouslyDisableDeviceAuth') ?? false,
    forced,
  };
}

/** The secret of the active mode, when one is written at all. */
function activeSecret({ mode, secrets }: Plan): string | undefined {
  const secret =
    mode === 'token' ? secrets.token : mode === 'password' ? secrets.password : undefined;
  return secret === undefined || isUnfilled(secret) ? undefined : secret;
}

/** Gates on what the chosen way to authenticate needs. */
function refuseIncompleteAuth(plan: Plan): Decision | undefined {
  const secret = activeSecret(plan);
  if (secret !== undefined && isStored(secret) && parseStored(secret) === undefined) {
    return verdict.deny('gateway.auth.stored_invalid', `gateway.auth.${plan.mode}`);
  }
  if (plan.mode === 'token') {
    if (secret !== undefined && isBlankSecret(secret)) {
      return verdict.deny('gateway.auth.token_invalid', 'gateway.auth.token');
    }
    if (secret === undefined && !plan.tailscaleIdentity) {
      return verdict.deny('gateway.auth.token_missing', 'gateway.auth.token');
    }
  }
  if (plan.mode === 'password' && (secret === undefined || isBlankSecret(secret))) {
    return verdict.deny('gateway.auth.password_missing', 'gateway.auth.password');
  }
  if (plan.mode !== 'trusted-proxy') return undefined;
  if (plan.trustedProxy.userHeader === undefined) {
    const path = 'gateway.auth.trustedProxy.userHeader';
    return verdict.deny('gateway.auth.trusted_proxy_incomplete', path);
  }
  if (plan.secrets.token !== undefined) {
    return verdict.deny('gateway.auth.trusted_proxy_conflict', 'gateway.auth.token');
  }
  const usable = plan.trustedProxies.some((entry) => {
    const [network = ''] = entry.split('/');
    return matchesNetwork(network, entry);
  });
  return usable
    ? undefined
    : verdict.deny('gateway.auth.trusted_proxies_missing', 'gateway.trustedProxies');
}

/** Gates on who could reach what was configured. */
function refuseExposure(plan: Plan): Decision | undefined {
  if (plan.tailscale === 'funnel' && plan.mode !== 'password') {
    return verdict.deny('gateway.tailscale.funnel_requires_password', 'gateway.tailscale.mode');
  }
  if (plan.tailscale !== 'off' && plan.mode === 'none') {
    return verdict.deny('gateway.tailscale.no_auth', 'gateway.auth.mode');
  }
  const secret = activeSecret(plan);
  const secretPath = `gateway.auth.${plan.mode === 'password' ? 'password' : 'token'}`;
  if (plan.exposed && secret === undefined && plan.mode !== 'trusted-proxy') {
    return verdict.deny('gateway.bind_no_auth', 'gateway.bind');
  }
  if (secret !== undefined) {
    const published = plan.exposed || plan.tailscale !== 'off';
    if (published && isPlaceholder(secret)) {
      return verdict.deny('gateway.auth.known_weak', secretPath);
    }
    if (plan.exposed && plan.mode === 'token' && secret.trim().length < SHORTEST_TOKEN) {
      return verdict.deny('gateway.auth.token_too_short', secretPath);
    }
  }
  if (plan.uiEnabled && plan.exposed && plan.origins.length === 0 && !plan.hostFallback) {
    const path = 'gateway.controlUi.allowedOrigins';
    return verdict.deny('gateway.control_ui.allowed_origins_required', path);
  }
  return undefined;
}

/** Findings that do not stop the start, in a fixed order. */
function warningsOf(plan: Plan): readonly string[] {
  const secret = activeSecret(plan);
  const findings: readonly (readonly [boolean, string])[] = [
    [plan.forced, 'gateway.tailscale.bind_forced_loopback'],
    [plan.mode === 'none', 'gateway.loopback_no_auth'],
    [secret !== undefined && isPlaceholder(secret), 'gateway.auth.token_placeholder'],
    [
      plan.mode === 'token' && secret !== undefined && secret.trim().length < SHORTEST_TOKEN,
      'gateway.token_too_short',
    ],
    [plan.tailscale === 'funnel', 'gateway.tailscale_funnel'],
    [plan.origins.includes('*'), 'gateway.control_ui.allowed_origins_wildcard'],
    [plan.hostFallback, 'gateway.control_ui.host_header_origin_fallback'],
    [plan.exposed && plan.mode !== 'trusted-proxy' && !plan.limited, 'gateway.auth_no_rate_limit'],
    [plan.deviceAuthOff, 'config.dangerous_flag'],
  ];
  return findings.filter(([found]) => found).map(([, code]) => code);
}

function startCode(plan: Plan) {
  if (plan.tailscale === 'serve') return 'gateway.start.tailscale_serve';
  if (plan.tailscale === 'funnel') return 'gateway.start.tailscale_funnel';
  return plan.exposed ? 'gateway.start.exposed' : 'gateway.start.loopback';
}

/**
 * Whether the gateway may open its port.
 *
 * @param config the whole configuration
 * @param facts what the caller resolved about this machine
 * @returns allow with `value: StartValue` and `warnings`, or the first reason to refuse
 */
export function decideStart(config: unknown, facts: StartFacts): Decision {
  return total(() => {
    const plan = readPlan(config, facts);
    if (plan.bind === 'custom' && plan.customHost === undefined) {
      return verdict.deny('gateway.bind.custom_host_invalid', 'gateway.customBindHost');
    }
    const refusal = refuseIncompleteAuth(plan) ?? refuseExposure(plan);
    if (refusal !== undefined) return refusal;
    if (plan.bindHost === undefined) throw new InvalidSetting('facts.bindHost');
    const value: StartValue = { bindHost: plan.bindHost, exposed: plan.exposed };
    return verdict.allow(startCode(plan), 'gateway.bind', { warnings: warningsOf(plan), value });
  });
}
