/** Wordings of the checks of who reaches the gateway and what he has to show. Data only. */
import type { Wording } from './row.ts';

/** Id: what is wrong, what somebody could do with it, what mends it. */
export const gatewayWordings: Readonly<Record<string, Wording>> = {
  'gateway.bind_no_auth': {
    title: 'Anybody on the network controls the gateway',
    harm: 'Whoever reaches the port runs the agent with everything it may do.',
    remedy:
      'openssl rand -hex 32 | openclaw config set gateway.auth.token --stdin, or: openclaw config set gateway.bind loopback',
  },
  'gateway.loopback_no_auth': {
    title: 'Any program on this machine controls the gateway',
    harm: 'A web page or a program of another user that reaches the port runs the agent.',
    remedy: 'openssl rand -hex 32 | openclaw config set gateway.auth.token --stdin',
  },
  'gateway.token_placeholder_value': {
    title: 'The token is empty',
    harm: 'The gateway refuses to start with it.',
    remedy: 'openssl rand -hex 32 | openclaw config set gateway.auth.token --stdin',
  },
  'gateway.password_placeholder_value': {
    title: 'The password is empty',
    harm: 'The gateway refuses to start with it.',
    remedy: 'openssl rand -hex 32 | openclaw config set gateway.auth.password --stdin',
  },
  'portcullis.gateway.token_placeholder': {
    title: 'The token is a published example',
    harm: 'It lets nobody in: a random token of the state directory counts instead.',
    remedy: 'openssl rand -hex 32 | openclaw config set gateway.auth.token --stdin',
  },
  'gateway.token_too_short': {
    title: 'The token is short',
    harm: 'Somebody who may try often can guess it.',
    remedy: 'openssl rand -hex 32 | openclaw config set gateway.auth.token --stdin',
  },
  'gateway.password_too_short': {
    title: 'The password is short',
    harm: 'Somebody who may try often can guess it.',
    remedy: 'openssl rand -hex 32 | openclaw config set gateway.auth.password --stdin',
  },
  'gateway.env_token_overrides_config': {
    title: 'Two tokens are set',
    harm: 'Clients that use the other one are turned away, and the one that counts is easily mistaken.',
    remedy: 'unset OPENCLAW_GATEWAY_TOKEN, or remove gateway.auth.token',
  },
  'gateway.tailscale_funnel': {
    title: 'The gateway is on the public internet',
    harm: 'Anybody anywhere may try the password.',
    remedy: 'openclaw config set gateway.tailscale.mode serve',
  },
  'gateway.tailscale_serve': {
    title: 'The gateway is on the tailnet',
    harm: 'Every member and every shared machine of the tailnet reaches it.',
    remedy: '',
  },
  'gateway.control_ui.allowed_origins_required': {
    title: 'No origin is named for the page',
    harm: 'Any web page a browser of the network opens may talk to the gateway.',
    remedy: `openclaw config set gateway.controlUi.allowedOrigins '["https://gateway.example.com"]'`,
  },
  'gateway.control_ui.allowed_origins_wildcard': {
    title: 'Any web page may connect: the list of origins holds a wildcard',
    harm: 'A page somebody lures you to may talk to the gateway with your browser.',
    remedy: `openclaw config set gateway.controlUi.allowedOrigins '["https://gateway.example.com"]'`,
  },
  'gateway.control_ui.host_header_origin_fallback': {
    title: 'The Host header stands in for the origin',
    harm: 'Somebody who lets his own name point here (DNS rebinding) is taken for the page.',
    remedy: `openclaw config set gateway.controlUi.allowedOrigins '["https://gateway.example.com"]', then: openclaw config unset gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback`,
  },
  'gateway.auth_no_rate_limit': {
    title: 'No rate limit is set',
    harm: 'It is better written down how often a token may be tried.',
    remedy: `openclaw config set gateway.auth.rateLimit '{"maxAttempts":10,"windowMs":60000,"lockoutMs":300000}'`,
  },
  'portcullis.gateway.rate_limit_exempts_loopback': {
    title: 'This machine may guess without limit',
    harm: 'A program or a web page on this machine may try tokens for ever.',
    remedy: 'openclaw config set gateway.auth.rateLimit.exemptLoopback false',
  },
  'gateway.trusted_proxies_missing': {
    title: 'No proxy is trusted',
    harm: 'Right for a gateway reached directly. Behind a proxy every client would look like this machine, and is refused.',
    remedy: `Behind a proxy: openclaw config set gateway.trustedProxies '["127.0.0.1"]'`,
  },
  'gateway.real_ip_fallback_enabled': {
    title: 'X-Real-IP is believed',
    harm: 'A client that can set the header chooses the address it is taken for.',
    remedy: 'openclaw config set gateway.allowRealIpFallback false',
  },
  'gateway.trusted_proxy_auth': {
    title: 'A proxy decides who somebody is',
    harm: 'Whoever reaches the gateway past the proxy, or makes the proxy pass a header on, is whom he says he is.',
    remedy: 'Reach the gateway through the proxy alone, and see docs/how-to/auth.md',
  },
  'gateway.trusted_proxy_no_proxies': {
    title: 'No proxy is trusted to say who somebody is',
    harm: 'Nobody can come in.',
    remedy: `openclaw config set gateway.trustedProxies '["10.0.0.2"]'`,
  },
  'gateway.trusted_proxy_no_user_header': {
    title: 'No header says who somebody is',
    harm: 'Nobody can come in.',
    remedy: 'openclaw config set gateway.auth.trustedProxy.userHeader x-forwarded-user',
  },
  'gateway.trusted_proxy_no_allowlist': {
    title: 'Every user of the proxy is let in',
    harm: 'A new account there is an operator here.',
    remedy: `openclaw config set gateway.auth.trustedProxy.allowUsers '["me@example.com"]'`,
  },
  'gateway.trusted_proxy_allow_loopback': {
    title: 'A program of this machine may be the proxy',
    harm: 'Any local program can say it is any user.',
    remedy: 'openclaw config set gateway.auth.trustedProxy.allowLoopback false',
  },
  'gateway.trusted_proxy_device_auto_approve': {
    title: 'Devices are approved without being asked about',
    harm: 'Whoever takes over an account of the proxy has a device here that stays.',
    remedy: 'openclaw config set gateway.auth.trustedProxy.deviceAutoApprove.enabled false',
  },
  'gateway.trusted_proxy_device_auto_approve_admin': {
    title: 'Devices become administrators without being asked about',
    harm: 'Whoever takes over an account of the proxy owns the gateway.',
    remedy: `openclaw config set gateway.auth.trustedProxy.deviceAutoApprove.scopes '["operator.read"]'`,
  },
};
