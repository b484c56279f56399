/** For every check one config that triggers it and one, as near as can be, that does not. Data only. */
import { type Trigger, gateway, hooks, lan, proxied, row, secret, withSecrets } from './row.ts';

/** Checks of this part. */
export const reach: readonly Trigger[] = [
  row('gateway.bind_no_auth', 'critical', gateway({ bind: 'lan' }, {}), lan()),
  row('gateway.loopback_no_auth', 'critical', gateway({}, {}), gateway({})),
  row(
    'gateway.token_placeholder_value',
    'critical',
    gateway({}, withSecrets({ token: secret({ isBlank: true, length: 0 }) })),
    gateway({}),
  ),
  row(
    'gateway.password_placeholder_value',
    'critical',
    gateway({}, withSecrets({ password: secret({ isBlank: true, length: 0 }) })),
    gateway({}, withSecrets({ password: secret() })),
  ),
  row(
    'portcullis.gateway.token_placeholder',
    'warn',
    gateway({}, withSecrets({ token: secret({ isPlaceholder: true }) })),
    gateway({}),
  ),
  row(
    'gateway.token_too_short',
    'warn',
    gateway({}, withSecrets({ token: secret({ length: 23 }) })),
    gateway({}, withSecrets({ token: secret({ length: 24 }) })),
  ),
  row(
    'gateway.password_too_short',
    'warn',
    gateway({}, withSecrets({ password: secret({ length: 8 }) })),
    gateway({}, withSecrets({ password: secret({ length: 24 }) })),
  ),
  row(
    'gateway.env_token_overrides_config',
    'warn',
    gateway({}, withSecrets({ token: secret(), environmentDiffers: true })),
    gateway({}),
  ),
  row(
    'gateway.tailscale_funnel',
    'critical',
    gateway({ tailscale: { mode: 'funnel' } }),
    gateway({ tailscale: { mode: 'serve' } }),
  ),
  row(
    'gateway.tailscale_serve',
    'info',
    gateway({ tailscale: { mode: 'serve' } }),
    gateway({ tailscale: { mode: 'off' } }),
  ),
  row(
    'gateway.control_ui.allowed_origins_required',
    'critical',
    lan(),
    lan({ controlUi: { enabled: false } }),
  ),
  row(
    'gateway.control_ui.allowed_origins_wildcard',
    'critical',
    lan({ controlUi: { allowedOrigins: ['*'] } }),
    lan({ controlUi: { allowedOrigins: ['https://a.example'] } }),
  ),
  row(
    'gateway.control_ui.host_header_origin_fallback',
    'warn',
    gateway({ controlUi: { dangerouslyAllowHostHeaderOriginFallback: true } }),
    gateway({ controlUi: { dangerouslyAllowHostHeaderOriginFallback: false } }),
  ),
  row(
    'gateway.auth_no_rate_limit',
    'warn',
    lan(),
    lan({ auth: { rateLimit: { maxAttempts: 5 } } }),
  ),
  row(
    'portcullis.gateway.rate_limit_exempts_loopback',
    'warn',
    gateway({ auth: { rateLimit: { exemptLoopback: true } } }),
    gateway({ auth: { rateLimit: { exemptLoopback: false } } }),
  ),
  row(
    'gateway.trusted_proxies_missing',
    'warn',
    gateway({}),
    gateway({ trustedProxies: ['127.0.0.1'] }),
  ),
  row(
    'gateway.real_ip_fallback_enabled',
    'critical',
    lan({ allowRealIpFallback: true }),
    lan({ allowRealIpFallback: false }),
  ),
  row('gateway.trusted_proxy_auth', 'critical', proxied(), gateway({ auth: { mode: 'token' } })),
  row(
    'gateway.trusted_proxy_no_proxies',
    'critical',
    proxied({ userHeader: 'x-user' }),
    proxied({ userHeader: 'x-user' }, { trustedProxies: ['10.0.0.2'] }),
  ),
  row(
    'gateway.trusted_proxy_no_user_header',
    'critical',
    proxied({ userHeader: ' ' }),
    proxied({ userHeader: 'x-user' }),
  ),
  row(
    'gateway.trusted_proxy_no_allowlist',
    'warn',
    proxied({ allowUsers: [] }),
    proxied({ allowUsers: ['me'] }),
  ),
  row(
    'gateway.trusted_proxy_allow_loopback',
    'warn',
    proxied({ allowLoopback: true }),
    proxied({ allowLoopback: false }),
  ),
  row(
    'gateway.trusted_proxy_device_auto_approve',
    'warn',
    proxied({ deviceAutoApprove: { enabled: true } }),
    proxied({ deviceAutoApprove: { enabled: false } }),
  ),
  row(
    'gateway.trusted_proxy_device_auto_approve_admin',
    'critical',
    proxied({ deviceAutoApprove: { enabled: true, scopes: ['operator.admin'] } }),
    proxied({ deviceAutoApprove: { enabled: true, scopes: ['operator.read'] } }),
  ),
  row('gateway.http.no_auth', 'warn', gateway({}, {}), gateway({})),
  row(
    'gateway.http.session_key_override_enabled',
    'info',
    gateway({ http: { endpoints: { responses: { enabled: true } } } }),
    gateway({ http: { endpoints: { responses: { enabled: false } } } }),
  ),
  row(
    'gateway.tools_invoke_http.dangerous_allow',
    'critical',
    lan({ tools: { allow: ['exec'] } }),
    lan({ tools: { allow: ['web_search'] } }),
  ),
  row(
    'gateway.nodes.allow_commands_dangerous',
    'critical',
    lan({ nodes: { commands: { allow: ['system.run'] } } }),
    lan({ nodes: { commands: { allow: ['system.run'], deny: ['system.run'] } } }),
  ),
  row(
    'gateway.nodes.deny_commands_ineffective',
    'warn',
    gateway({ nodes: { commands: { deny: ['camera.*'] } } }),
    gateway({ nodes: { commands: { deny: ['camera.snap'] } } }),
  ),
  row(
    'discovery.mdns_full_mode',
    'warn',
    { config: { discovery: { mdns: { mode: 'full' } } } },
    { config: { discovery: { mdns: { mode: 'minimal' } } } },
  ),
];

const SHORT = withSecrets({ hooksToken: secret({ length: 12 }) });
/** Checks of this part. */
export const webhooks: readonly Trigger[] = [
  row('hooks.token_too_short', 'warn', hooks({}, SHORT), { facts: SHORT }),
  row(
    'hooks.token_reuse_gateway_token',
    'critical',
    hooks({}, withSecrets({ hooksTokenIsGateways: true })),
    { facts: withSecrets({ hooksTokenIsGateways: true }) },
  ),
  row('hooks.path_root', 'critical', hooks({ path: '/' }), hooks({ path: '/hooks' })),
  row(
    'hooks.default_session_key_unset',
    'warn',
    hooks({}),
    hooks({ defaultSessionKey: 'hook:default' }),
  ),
  row(
    'hooks.allowed_agent_ids_unrestricted',
    'warn',
    hooks({ allowedAgentIds: ['*'] }),
    hooks({ allowedAgentIds: [] }),
  ),
  row(
    'hooks.request_session_key_enabled',
    'warn',
    hooks({ allowRequestSessionKey: true }),
    hooks({ allowRequestSessionKey: false }),
  ),
  row(
    'hooks.request_session_key_prefixes_missing',
    'warn',
    hooks({ allowRequestSessionKey: true, allowedSessionKeyPrefixes: [' '] }),
    hooks({ allowRequestSessionKey: true, allowedSessionKeyPrefixes: ['hook:'] }),
  ),
  row(
    'config.secrets.hooks_token_in_config',
    'info',
    hooks({}, withSecrets({ hooksToken: secret() })),
    hooks({}, withSecrets({ hooksToken: secret({ from: 'reference' }) })),
  ),
];
