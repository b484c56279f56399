/**
 * What policy's codes about a start mean to the person who starts it: one sentence a code.
 *
 * @module
 */

/** What to do, by the code of a refusal. */
const ADVICE: Readonly<Record<string, string>> = {
  'gateway.bind.custom_host_invalid':
    'Set gateway.customBindHost to an IPv4 address of this machine, or gateway.bind to "loopback".',
  'gateway.auth.token_invalid':
    'Write a token that nobody can guess: openclaw config set gateway.auth.token --stdin',
  'gateway.auth.token_missing':
    'Set a token: openclaw config set gateway.auth.token --stdin, or OPENCLAW_GATEWAY_TOKEN.',
  'gateway.auth.token_too_short':
    'Use 24 characters or more, or listen on this machine only: gateway.bind "loopback".',
  'gateway.auth.password_missing':
    'Set a password: openclaw config set gateway.auth.password --stdin, or OPENCLAW_GATEWAY_PASSWORD.',
  'gateway.auth.trusted_proxy_incomplete':
    'Name the header in which the proxy states the user: gateway.auth.trustedProxy.userHeader.',
  'gateway.auth.trusted_proxy_conflict':
    'Remove gateway.auth.token, or choose another gateway.auth.mode.',
  'gateway.auth.trusted_proxies_missing':
    'List the addresses of the proxy: gateway.trustedProxies ["10.0.0.5"].',
  'gateway.tailscale.funnel_requires_password':
    'Set gateway.auth.mode to "password" and a strong gateway.auth.password, or gateway.tailscale.mode to "serve".',
  'gateway.tailscale.no_auth':
    'Set gateway.auth.mode to "token" or "password", or gateway.tailscale.mode to "off".',
  'gateway.tailscale.requires_loopback': 'Set gateway.bind to "loopback".',
  'gateway.bind_no_auth':
    'Set gateway.auth.mode to "token" and a token of 24 characters or more, or gateway.bind to "loopback".',
  'gateway.auth.known_weak':
    'That secret is printed in documents. Write one of your own: openclaw config set gateway.auth.token --stdin',
  'gateway.control_ui.allowed_origins_required':
    'List the addresses the page is opened under: gateway.controlUi.allowedOrigins ["https://gateway.example"], or set gateway.controlUi.enabled to false.',
};

/** What should be known, by the code of a warning. */
const WARNINGS: Readonly<Record<string, string>> = {
  'gateway.loopback_no_auth': 'Anybody on this machine can connect: gateway.auth.mode is "none".',
  'gateway.auth.token_placeholder':
    'The configured secret is printed in documents; it lets nobody in.',
  'gateway.token_too_short': 'gateway.auth.token is short; use 24 characters or more.',
  'gateway.tailscale.bind_forced_loopback':
    'gateway.bind is not followed: Tailscale publishes the gateway, so it listens on this machine only.',
  'gateway.tailscale_funnel':
    'gateway.tailscale.mode is "funnel": the gateway is on the public internet.',
  'gateway.control_ui.allowed_origins_wildcard':
    'gateway.controlUi.allowedOrigins is "*": any web page may connect.',
  'gateway.control_ui.host_header_origin_fallback':
    'gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback is on: the Host header stands in for allowedOrigins.',
  'gateway.auth_no_rate_limit': 'gateway.auth.rateLimit is not set; the defaults apply.',
  'config.dangerous_flag':
    'gateway.controlUi.dangerouslyDisableDeviceAuth has no effect: devices always prove themselves.',
};

/** What to do about a refused start. */
export function adviceFor(code: string, path: string): string {
  const advice = Object.hasOwn(ADVICE, code) ? ADVICE[code] : undefined;
  return advice ?? `Change ${path} and start again.`;
}

/** The sentence of a warning; the code itself for one that has none. */
export function warningFor(code: string): string {
  const sentence = Object.hasOwn(WARNINGS, code) ? WARNINGS[code] : undefined;
  return sentence ?? code;
}
