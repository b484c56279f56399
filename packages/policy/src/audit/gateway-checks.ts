/**
 * Who can reach the gateway, and what he has to show.
 *
 * @module
 */
import { type Mode, configuredMode, counts, secretRemedy } from './credentials.ts';
import type { SecretFact } from './facts.ts';
import { type Finding, finding } from './finding.ts';
import { type AuditSubject, type Check, at, isSet, textsAt } from './subject.ts';

/** Shorter credentials can be guessed by somebody patient. */
const SHORTEST = 24;

function authModeOf(subject: AuditSubject): Mode {
  const { secrets } = subject.facts;
  return (
    configuredMode(subject) ??
    (secrets?.token === undefined && secrets?.password !== undefined ? 'password' : 'token')
  );
}

/** A reference that could not be followed counts as a secret here: somebody meant one. */
function hasAuth(subject: AuditSubject): boolean {
  const { token, password, remoteToken } = subject.facts.secrets ?? {};
  switch (configuredMode(subject)) {
    case 'none':
      return false;
    case 'trusted-proxy':
      return true;
    case 'password':
      return counts(password);
    case 'token':
      return counts(token) || counts(remoteToken);
    case undefined:
      return counts(token) || counts(remoteToken) || counts(password);
  }
}

function hasPage({ config }: AuditSubject): boolean {
  return at(config, 'gateway.controlUi.enabled') !== false;
}

function letsTailnetIn(subject: AuditSubject): boolean {
  const { config } = subject;
  if (at(config, 'gateway.tailscale.mode') !== 'serve') return false;
  const wished = at(config, 'gateway.auth.allowTailscale');
  return typeof wished === 'boolean' ? wished : authModeOf(subject) === 'token';
}

const authentication: Check = (subject) => {
  const bind = String(at(subject.config, 'gateway.bind') ?? 'loopback');
  if (hasAuth(subject)) return [];
  if (subject.isExposed) {
    const what = `The gateway listens beyond this machine (gateway.bind is "${bind}") and asks nobody for anything`;
    return [
      finding('gateway.bind_no_auth', 'critical', {
        what,
        path: 'gateway.bind',
        ...secretRemedy(subject),
      }),
    ];
  }
  if (!hasPage(subject) || letsTailnetIn(subject)) return [];
  const what = 'The gateway listens on this machine and has no token or password';
  return [
    finding('gateway.loopback_no_auth', 'critical', {
      what,
      path: 'gateway.auth',
      ...secretRemedy(subject),
    }),
  ];
};

function activeSecret(subject: AuditSubject): readonly [string, SecretFact | undefined] {
  const { secrets } = subject.facts;
  return authModeOf(subject) === 'password'
    ? ['password', secrets?.password]
    : ['token', secrets?.token];
}

const credentials: Check = (subject) => {
  const mode = authModeOf(subject);
  if (mode === 'none' || mode === 'trusted-proxy') return [];
  const [kind, secret] = activeSecret(subject);
  const path = `gateway.auth.${kind}`;
  if (secret === undefined) return [];
  if (secret.isBlank) {
    const what = `${path} is empty or says "undefined" or "null"`;
    return [finding(`gateway.${kind}_placeholder_value`, 'critical', { what, path })];
  }
  const found: Finding[] = [];
  if (secret.isPlaceholder) {
    const what = `${path} is a published example`;
    found.push(finding('portcullis.gateway.token_placeholder', 'warn', { what, path }));
  }
  if (secret.length !== undefined && secret.length < SHORTEST) {
    const what = `${path} has ${String(secret.length)} characters`;
    found.push(finding(`gateway.${kind}_too_short`, 'warn', { what, path }));
  }
  return found;
};

const environment: Check = (subject) => {
  const { config, facts } = subject;
  const counted = authModeOf(subject) === 'token' && at(config, 'gateway.mode') !== 'remote';
  if (!counted || facts.secrets?.environmentDiffers !== true) return [];
  const what = 'OPENCLAW_GATEWAY_TOKEN is set and is another token than gateway.auth.token';
  return [
    finding('gateway.env_token_overrides_config', 'warn', { what, path: 'gateway.auth.token' }),
  ];
};

const tailscale: Check = ({ config }) => {
  const path = 'gateway.tailscale.mode';
  switch (at(config, path)) {
    case 'funnel':
      return [
        finding('gateway.tailscale_funnel', 'critical', {
          what: 'Tailscale Funnel publishes the gateway on the internet',
          path,
        }),
      ];
    case 'serve':
      return [
        finding('gateway.tailscale_serve', 'info', {
          what: 'Tailscale Serve publishes the gateway to the tailnet',
          path,
        }),
      ];
    default:
      return [];
  }
};

const controlUi: Check = (subject) => {
  const { config, isExposed } = subject;
  const path = 'gateway.controlUi.allowedOrigins';
  const origins = textsAt(config, path)
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
  const fallback = 'gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback';
  const fallsBack = at(config, fallback) === true;
  const severity = isExposed ? 'critical' : 'warn';
  const found: Finding[] = [];
  if (isExposed && hasPage(subject) && origins.length === 0 && !fallsBack) {
    const what = 'The page is served beyond this machine and no origin is named';
    found.push(finding('gateway.control_ui.allowed_origins_required', 'critical', { what, path }));
  }
  if (origins.includes('*')) {
    const what = 'allowedOrigins contains "*": any web page may connect';
    found.push(finding('gateway.control_ui.allowed_origins_wildcard', severity, { what, path }));
  }
  if (fallsBack) {
    const what = 'Any page may connect whose address agrees with the Host header it sends';
    found.push(
      finding('gateway.control_ui.host_header_origin_fallback', severity, { what, path: fallback }),
    );
  }
  return found;
};

const rateLimit: Check = (subject) => {
  const { config, isExposed } = subject;
  const path = 'gateway.auth.rateLimit';
  const found: Finding[] = [];
  if (isExposed && configuredMode(subject) !== 'trusted-proxy' && !isSet(config, path)) {
    const what = 'No rate limit is set for a gateway that others can reach; the built-in one holds';
    found.push(finding('gateway.auth_no_rate_limit', 'warn', { what, path }));
  }
  if (at(config, `${path}.exemptLoopback`) === true) {
    const what = 'Programs of this machine may try as many tokens as they like';
    found.push(
      finding('portcullis.gateway.rate_limit_exempts_loopback', 'warn', {
        what,
        path: `${path}.exemptLoopback`,
      }),
    );
  }
  return found;
};

const LOOPBACK_PROXY = /^(?:127\.|::1|localhost)/;

const proxies: Check = (subject) => {
  const { config, isExposed } = subject;
  const path = 'gateway.trustedProxies';
  const trusted = textsAt(config, path);
  const found: Finding[] = [];
  if (!isExposed && hasPage(subject) && trusted.length === 0) {
    const what = 'The gateway listens on this machine and trusts no proxy before it';
    found.push(finding('gateway.trusted_proxies_missing', 'warn', { what, path }));
  }
  if (at(config, 'gateway.allowRealIpFallback') === true) {
    const beyond = trusted.some((proxy) => !LOOPBACK_PROXY.test(proxy.trim()));
    const isBad = isExposed || (configuredMode(subject) === 'trusted-proxy' && beyond);
    const what = 'X-Real-IP is believed where a proxy sends no X-Forwarded-For';
    found.push(
      finding('gateway.real_ip_fallback_enabled', isBad ? 'critical' : 'warn', {
        what,
        path: 'gateway.allowRealIpFallback',
      }),
    );
  }
  return found;
};

const trustedProxy: Check = (subject) => {
  const { config } = subject;
  if (configuredMode(subject) !== 'trusted-proxy') return [];
  const path = 'gateway.auth.trustedProxy';
  const whoever = 'A proxy says who somebody is';
  const found: Finding[] = [
    finding('gateway.trusted_proxy_auth', 'critical', { what: whoever, path }),
  ];
  const say = (check: string, severity: 'critical' | 'warn', what: string, key: string): void => {
    found.push(finding(`gateway.trusted_proxy_${check}`, severity, { what, path: key }));
  };
  if (textsAt(config, 'gateway.trustedProxies').length === 0) {
    say('no_proxies', 'critical', 'No proxy is named that may say so', 'gateway.trustedProxies');
  }
  const header = at(config, `${path}.userHeader`);
  if (typeof header !== 'string' || header.trim() === '') {
    say('no_user_header', 'critical', 'No header is named that says who', `${path}.userHeader`);
  }
  if (textsAt(config, `${path}.allowUsers`).length === 0) {
    say('no_allowlist', 'warn', 'Whoever the proxy names is let in', `${path}.allowUsers`);
  }
  if (at(config, `${path}.allowLoopback`) === true) {
    say(
      'allow_loopback',
      'warn',
      'A program of this machine may be the proxy',
      `${path}.allowLoopback`,
    );
  }
  if (at(config, `${path}.deviceAutoApprove.enabled`) === true) {
    const scopes = textsAt(config, `${path}.deviceAutoApprove.scopes`);
    const key = `${path}.deviceAutoApprove`;
    say('device_auto_approve', 'warn', 'Devices of these users are approved by themselves', key);
    if (scopes.includes('operator.admin')) {
      say('device_auto_approve_admin', 'critical', 'They are approved with operator.admin', key);
    }
  }
  return found;
};

/** `gateway.loopback_no_auth` and its like: who comes in and what he has to show. */
export const gatewayChecks: readonly Check[] = [
  authentication,
  credentials,
  environment,
  tailscale,
  controlUi,
  rateLimit,
  proxies,
  trustedProxy,
];
