/**
 * The keys below `gateway`: where it listens, who may come in. Data only.
 *
 * @module
 */
import {
  type KeySpec,
  any,
  bool,
  either,
  key,
  mapOf,
  matching,
  oneOf,
  secret,
  strings,
  text,
  whole,
} from './key-spec.ts';

const IPV4 = matching(/^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/u, 'an IPv4 address');
const HTTPS_ORIGIN = matching(/^https:\/\/[^/\s?#@]+$/u, 'an https origin without a path');
const URL_TEXT = matching(/^(?:wss?|https?):\/\/[^\s@]+$/u, 'a ws, wss, http or https URL');

const listening: readonly KeySpec[] = [
  key(
    'gateway.mode',
    oneOf(['local', 'remote']),
    'Run a gateway here, or use one elsewhere. The gateway starts only with `local`.',
  ),
  key(
    'gateway.port',
    whole(1, 65_535),
    'The one port for WebSocket and HTTP. `--port` and `OPENCLAW_GATEWAY_PORT` win over it.',
    { default: 18_789 },
  ),
  key(
    'gateway.bind',
    oneOf(
      ['loopback', 'lan', 'tailnet', 'custom', 'auto'],
      ['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::'],
    ),
    'Which addresses to listen on. Anything but `loopback` needs a strong secret.',
    { default: 'loopback' },
  ),
  key('gateway.customBindHost', IPV4, 'The address for `bind: "custom"`.'),
  key(
    'gateway.publicOrigin',
    HTTPS_ORIGIN,
    'Where the gateway is reached from outside: in setup codes, and for sign-in behind a trusted proxy.',
  ),
  key(
    'gateway.trustedProxies',
    strings,
    'Addresses or CIDR ranges whose `X-Forwarded-For` is believed.',
  ),
  key('gateway.allowRealIpFallback', bool, 'Believe `X-Real-IP` of a trusted proxy too.', {
    default: false,
  }),
  key(
    'gateway.tailscale.mode',
    oneOf(['off', 'serve', 'funnel']),
    'Publish the gateway through Tailscale. Forces a loopback bind.',
    { default: 'off' },
  ),
  key(
    'gateway.tailscale.binary',
    matching(/^\/[^\0]*$/u, 'an absolute path'),
    'The `tailscale` command, where it is in none of the usual places. Only root and the user who runs the gateway may be able to change it.',
  ),
  key('gateway.reload.mode', oneOf(['off', 'hybrid']), 'Take up an edited config while running.', {
    default: 'hybrid',
  }),
  key(
    'gateway.configHistory.keep',
    whole(1, 1000),
    'How many changes of this file are kept to look at and to go back to.',
    { default: 100 },
  ),
  key('gateway.tls.enabled', bool, 'Serve TLS, 1.2 and up, on the one port.', { default: false }),
  key(
    'gateway.tls.autoGenerate',
    bool,
    'Make a self-signed certificate when none is named. Clients know it by its fingerprint.',
    { default: true },
  ),
  key(
    'gateway.tls.certPath',
    text,
    'PEM certificate, its chain after it. A file that changes is taken up within a minute.',
  ),
  key('gateway.tls.keyPath', text, 'PEM private key, readable by its user alone.'),
  key(
    'gateway.tls.caPath',
    text,
    'PEM authorities: clients of other machines must show a certificate of one of them.',
  ),
];

const auth: readonly KeySpec[] = [
  key(
    'gateway.auth.mode',
    oneOf(['token', 'password', 'trusted-proxy', 'none']),
    'How clients prove themselves. Unset: `password` where one is set, else `token`.',
  ),
  key(
    'gateway.auth.token',
    secret,
    'Shared secret for `token`, plain or as `openclaw gateway hash-password` stores it. Else `OPENCLAW_GATEWAY_TOKEN`. At least 24 characters where the gateway is exposed.',
  ),
  key(
    'gateway.auth.password',
    secret,
    'Shared secret for `password`, plain or as `openclaw gateway hash-password` stores it. Else `OPENCLAW_GATEWAY_PASSWORD`.',
  ),
  key(
    'gateway.auth.allowTailscale',
    bool,
    'Accept the Tailscale identity of Control UI connections. Default: on for `serve` with `token`.',
  ),
  key(
    'gateway.auth.identityScopes',
    mapOf(),
    'The most each user may hold whom a trusted proxy or the tailnet names, whatever his client asks for. A user who is not named holds nothing, or what `deviceAutoApprove` gives every user.',
  ),
  key('gateway.auth.identityScopes.*', strings, 'Scopes of this user.'),
  key(
    'gateway.auth.rateLimit.maxAttempts',
    whole(1, 10_000),
    'Wrong credentials per window before a client is locked out.',
    { default: 10 },
  ),
  key('gateway.auth.rateLimit.windowMs', whole(1000), 'Length of the window in milliseconds.', {
    default: 60_000,
  }),
  key('gateway.auth.rateLimit.lockoutMs', whole(1000), 'Length of the lock-out in milliseconds.', {
    default: 300_000,
  }),
  key('gateway.auth.rateLimit.exemptLoopback', bool, 'Do not count clients on this machine.', {
    default: false,
  }),
  key(
    'gateway.auth.trustedProxy.userHeader',
    text,
    'Header in which the proxy names the user. Required for `trusted-proxy`.',
  ),
  key('gateway.auth.trustedProxy.requiredHeaders', strings, 'Headers that must be present.'),
  key(
    'gateway.auth.trustedProxy.allowUsers',
    strings,
    'Users that may come in. Unset: any user the proxy names.',
  ),
  key('gateway.auth.trustedProxy.allowLoopback', bool, 'Accept a proxy on this machine.', {
    default: false,
  }),
  key(
    'gateway.auth.trustedProxy.deviceAutoApprove.enabled',
    bool,
    'Pair devices of the proxy’s users at once, within their scopes, instead of asking an operator.',
    { default: false },
  ),
  key(
    'gateway.auth.trustedProxy.deviceAutoApprove.scopes',
    strings,
    'The most such devices get, unless `identityScopes` names their user. Default: `operator.read`, `operator.write`, `operator.approvals`, `operator.questions`.',
  ),
];

const surfaces: readonly KeySpec[] = [
  key('gateway.controlUi.enabled', bool, 'Serve the Control UI.', { default: true }),
  key(
    'gateway.controlUi.allowedOrigins',
    strings,
    'Browser origins that may connect. Required when the gateway is exposed.',
  ),
  key(
    'gateway.controlUi.basePath',
    matching(/^\/[A-Za-z0-9._~/-]*$/u, 'a path that starts with "/"'),
    'Path prefix of the Control UI.',
  ),
  key(
    'gateway.controlUi.root',
    text,
    'Directory of the built page to serve, as plain files. Default: the page that comes with the gateway.',
  ),
  key(
    'gateway.controlUi.dangerouslyAllowHostHeaderOriginFallback',
    bool,
    'Accept any origin that equals the Host header.',
    { default: false },
  ),
  key(
    'gateway.controlUi.dangerouslyDisableDeviceAuth',
    bool,
    'Accepted and inert: device identity is always checked.',
  ),
  key('gateway.nodes.commands.allow', strings, 'Node commands to allow, exact names.'),
  key('gateway.nodes.commands.deny', strings, 'Node commands to refuse, exact names.'),
  key(
    'gateway.nodes.pairing.autoApproveLocal',
    bool,
    'Pair nodes on this machine without asking.',
    { default: false },
  ),
  key(
    'gateway.nodes.pairing.autoApproveCidrs',
    strings,
    'Networks whose nodes are paired without asking.',
    { status: 'known' },
  ),
  key('gateway.nodes.pairing.sshVerify', either(bool, any), 'Verify nodes over SSH.', {
    status: 'known',
  }),
  key('gateway.nodes.browser.mode', oneOf(['auto', 'manual', 'off']), 'Use a browser on a node.', {
    default: 'auto',
    status: 'known',
  }),
  key('gateway.nodes.browser.node', text, 'Which node.', { status: 'known' }),
];

const remote: readonly KeySpec[] = [
  key(
    'gateway.remote.url',
    URL_TEXT,
    'The gateway to use in `mode: "remote"`: `wss://` anywhere, `ws://` on this machine. Behind SSH its address on the other side, which is on loopback there.',
  ),
  key(
    'gateway.remote.transport',
    oneOf(['direct', 'ssh']),
    'How to reach it: over the network, or through the `ssh` of this machine.',
    { default: 'direct' },
  ),
  key(
    'gateway.remote.remotePort',
    whole(1, 65_535),
    'Its port behind SSH, where it is not that of `url`.',
  ),
  key('gateway.remote.token', secret, 'Its token.'),
  key('gateway.remote.password', secret, 'Its password.'),
  key(
    'gateway.remote.tlsFingerprint',
    matching(
      /^(?:sha-?256:)?[0-9a-f]{2}(?::?[0-9a-f]{2}){31}$/iu,
      'a SHA-256 fingerprint in hex, with or without colons',
    ),
    'SHA-256 fingerprint its certificate must have; then no authority has to vouch for it.',
  ),
  key(
    'gateway.remote.sshTarget',
    text,
    'Where SSH logs in: `user@host`, `user@host:port` or a host of your SSH config. Its key must be known already.',
  ),
  key(
    'gateway.remote.sshIdentity',
    matching(/^(?:\/|~\/)[^\0]+$/u, 'an absolute path, or one below ~/'),
    'The only key file SSH may use. Without it those of the agent and of your SSH config.',
  ),
];

/** Rows for `gateway`. */
export const gatewayKeys: readonly KeySpec[] = [...listening, ...auth, ...surfaces, ...remote];
