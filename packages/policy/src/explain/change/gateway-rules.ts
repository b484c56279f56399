/**
 * What changes of the gateway's own door open. Data only.
 *
 * @module
 */
import { amount, consent, credential, flag, list, plain, pointer, words } from './order.ts';
import { type Rule, below, rule } from './rule.ts';
import { PROGRAM } from './tool-rules.ts';

const listening: readonly Rule[] = [
  rule('mode', plain),
  rule('port', plain),
  rule(
    'bind',
    words(
      [
        ['loopback', '127.0.0.1', '::1', 'localhost'],
        ['tailnet'],
        ['auto', 'custom'],
        ['lan', '0.0.0.0', '::'],
      ],
      'loopback',
    ),
    'other machines can reach the gateway',
  ),
  rule('customBindHost', pointer, 'the gateway is reached at another address'),
  rule('publicOrigin', pointer, 'callbacks come in at another address'),
  rule('trustedProxies', list('more'), 'what these say about a client is believed'),
  rule('allowRealIpFallback', flag(true, false), 'one more header about a client is believed'),
  rule(
    'tailscale.mode',
    words([['off'], ['serve'], ['funnel']], 'off'),
    'the gateway is published through Tailscale',
  ),
  rule('tailscale.preserveFunnel', flag(true, false), 'a public address stays up'),
  { ...rule('tailscale.binary', pointer, 'another program publishes it'), local: PROGRAM },
  rule('reload.mode', plain),
  rule('configHistory.keep', amount('less', 100), 'less can be looked back at'),
  rule('tls.enabled', flag(false, false), 'traffic is not encrypted'),
  rule('tls.autoGenerate', plain),
  rule('tls.certPath', pointer, 'the gateway shows another certificate'),
  rule('tls.keyPath', pointer, 'the gateway uses another key'),
  rule('tls.caPath', pointer, 'certificates of another authority are believed'),
];

const auth: readonly Rule[] = [
  rule(
    'mode',
    words([['token', 'password', 'trusted-proxy'], ['none']], 'token'),
    'clients prove themselves in another way, or not at all',
  ),
  rule('token', credential, 'whoever has the secret that counts then is let in'),
  rule('password', credential, 'whoever has the secret that counts then is let in'),
  rule('allowTailscale', consent, 'a Tailscale identity is let in'),
  rule('identityScopes.*', list('more'), 'this identity may do more'),
  rule('rateLimit.maxAttempts', amount('more', 10), 'more guesses are possible'),
  rule('rateLimit.windowMs', amount('less', 60_000), 'more guesses are possible'),
  rule('rateLimit.lockoutMs', amount('less', 300_000), 'more guesses are possible'),
  rule('rateLimit.exemptLoopback', flag(true, false), 'programs here may guess without end'),
  rule('trustedProxy.userHeader', pointer, 'another header says who the user is'),
  rule('trustedProxy.requiredHeaders', list('less'), 'less is asked of the proxy'),
  rule('trustedProxy.allowUsers', list('more', 'all'), 'more users are let in'),
  rule('trustedProxy.allowLoopback', flag(true, false), 'programs here may say who the user is'),
  rule('trustedProxy.deviceAutoApprove.enabled', flag(true, false), 'devices are paired unasked'),
  rule('trustedProxy.deviceAutoApprove.scopes', list('more'), 'devices paired unasked may do more'),
];

const surfaces: readonly Rule[] = [
  rule('controlUi.enabled', flag(true, true), 'the Control UI is served'),
  rule('controlUi.allowedOrigins', list('more'), 'these pages may connect'),
  rule('controlUi.basePath', plain),
  {
    ...rule('controlUi.root', pointer, 'other pages are served, which act as the operator'),
    local: 'it names the code of the page that operators sign in to',
  },
  rule(
    'controlUi.dangerouslyAllowHostHeaderOriginFallback',
    flag(true, false),
    'a page may connect because of its Host header alone',
  ),
  rule('controlUi.dangerouslyDisableDeviceAuth', flag(true, false), 'devices would not be checked'),
  rule('http.endpoints.*.enabled', flag(true, false), 'this address is served'),
  rule('http.metrics.enabled', flag(true, false), 'figures about the gateway are served'),
  rule('http.tokens.*.token', credential, 'whoever has this token may call over HTTP'),
  rule('http.tokens.*.tokenFile', credential, 'whoever has this token may call over HTTP'),
  rule('http.tokens.*.scopes', list('more'), 'this token may do more'),
  rule('http.securityHeaders.strictTransportSecurity', plain),
  rule('tools.allow', list('more'), 'HTTP clients may call these tools'),
  rule('tools.deny', list('less'), 'HTTP clients may call tools that were refused'),
  rule('nodes.commands.allow', list('more'), 'nodes run these commands'),
  rule('nodes.commands.deny', list('less'), 'nodes run commands that were refused'),
  rule('nodes.pairing.autoApproveLocal', flag(true, false), 'nodes here are paired unasked'),
  rule('nodes.pairing.autoApproveCidrs', list('more'), 'nodes there are paired unasked'),
  rule('nodes.pairing.sshVerify', pointer, 'nodes are verified differently'),
  rule(
    'nodes.browser.mode',
    words([['off'], ['manual'], ['auto']], 'auto'),
    'the browser of a node is used',
  ),
  rule('nodes.browser.node', pointer, 'the browser of another node is used'),
  { ...rule('terminal.shell', pointer, 'terminals run another program'), local: PROGRAM },
];

/** Other gateways, as a client of them. */
const remote: readonly Rule[] = [
  rule('url', pointer, 'commands here go to another gateway'),
  rule('transport', plain),
  rule('remotePort', plain),
  rule('token', plain),
  rule('password', plain),
  rule('tlsFingerprint', pointer, 'another certificate is believed'),
  { ...rule('sshTarget', pointer, 'ssh connects elsewhere'), local: PROGRAM },
  { ...rule('sshIdentity', pointer, 'ssh uses another key'), local: PROGRAM },
];

/** What stands below `gateway`. */
export const gatewayRules: readonly Rule[] = below('gateway', [
  ...listening,
  ...below('auth', auth),
  ...surfaces,
  ...below('remote', remote),
]);
