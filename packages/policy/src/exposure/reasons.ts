/**
 * The codes of the gateway's own door, each with its one sentence.
 *
 * @module
 */
import { verdictsFrom, type Verdicts } from '../verdict.ts';

/** Every code this area answers with. */
export const exposureReasons = {
  'gateway.bind.custom_host_invalid': 'A custom bind needs a valid IPv4 address.',
  'gateway.auth.token_invalid': 'The configured token is blank or the text of an empty value.',
  'gateway.auth.stored_invalid':
    'The stored form of the secret cannot be used: make it with "openclaw gateway hash-password".',
  'gateway.auth.token_missing': 'Token authentication is on and no token is configured.',
  'gateway.auth.token_too_short': 'A reachable gateway needs a token of at least 24 characters.',
  'gateway.auth.password_missing': 'Password authentication is on and no password is configured.',
  'gateway.auth.trusted_proxy_incomplete':
    'Trusted-proxy authentication needs the header that carries the user.',
  'gateway.auth.trusted_proxy_conflict':
    'Trusted-proxy authentication and a token exclude each other.',
  'gateway.auth.trusted_proxies_missing':
    'Trusted-proxy authentication needs the addresses of the proxies.',
  'gateway.tailscale.funnel_requires_password':
    'A funnel is open to the internet and needs password authentication.',
  'gateway.tailscale.no_auth': 'Tailscale publishing needs authentication.',
  'gateway.bind_no_auth': 'The gateway would be reachable without authentication.',
  'gateway.auth.known_weak': 'The configured secret is a published placeholder.',
  'gateway.control_ui.allowed_origins_required':
    'A reachable Control UI needs a list of allowed origins.',
  'gateway.start.loopback': 'The gateway listens on this machine only.',
  'gateway.start.exposed': 'The gateway is reachable from the network, with authentication.',
  'gateway.start.tailscale_serve': 'The gateway is published inside the tailnet.',
  'gateway.start.tailscale_funnel': 'The gateway is published on the internet with a password.',
  'gateway.host.ok': 'The request names this gateway.',
  'gateway.host.not_allowed': 'The Host header does not name this gateway.',
  'gateway.proxy.direct': 'The request came directly.',
  'gateway.proxy.ignored': 'Forwarding headers of a source that is no trusted proxy are ignored.',
  'gateway.proxy.attributed': 'A trusted proxy named the client.',
  'gateway.proxy.attribution_required': 'The real client of this request cannot be established.',
  'gateway.origin.absent': 'The request does not come from a web page.',
  'gateway.origin.invalid': 'The Origin header is not a web origin.',
  'gateway.origin.allowlisted': 'The web page is listed.',
  'gateway.origin.host_fallback': 'The web page has the name the request asked for.',
  'gateway.origin.same_private_host': 'The web page was served by this gateway on a private name.',
  'gateway.origin.local_loopback': 'A page of this machine talks to this machine.',
  'gateway.origin.not_allowed': 'The web page is not listed.',
  'gateway.auth.ok': 'The credential is right.',
  'gateway.auth.state_key': 'A program of this machine holds the key of the state directory.',
  'gateway.auth.none': 'Authentication is off and the client is on this machine.',
  'gateway.auth.none_remote': 'Authentication is off and the client is not on this machine.',
  'gateway.auth.missing': 'No credential was supplied.',
  'gateway.auth.mismatch': 'The credential is wrong.',
  'gateway.auth.rate_limited': 'Too many wrong credentials; try again later.',
  'gateway.auth.rate_open': 'The client is not locked.',
  'gateway.auth.tailscale': 'The tailnet vouches for the user.',
  'gateway.auth.proxy_ok': 'The trusted proxy vouches for the user.',
  'gateway.auth.proxy_untrusted_source': 'The request did not come from a trusted proxy.',
  'gateway.auth.proxy_loopback_source': 'A proxy on this machine is not accepted.',
  'gateway.auth.proxy_local_interface': 'The request came from an address of this machine.',
  'gateway.auth.proxy_missing_header': 'A header that the proxy must set is missing.',
  'gateway.auth.proxy_user_missing': 'The proxy did not name exactly one user.',
  'gateway.auth.proxy_user_not_allowed': 'The user the proxy named is not listed.',
  'gateway.device.ok': 'The device is paired and asks for nothing new.',
  'gateway.device.none': 'A client without a device identity holds the shared secret.',
  'gateway.device.auto_approved_local':
    'A device of this machine that holds the shared secret is paired at once.',
  'gateway.device.auto_approved_proxy':
    'Devices of users the proxy vouches for are paired at once, with the scopes configured for them.',
  'gateway.device.setup_code': 'The device holds a setup code that covers what it asks for.',
  'gateway.device.setup_exceeded': 'The setup code does not cover what the device asks for.',
  'gateway.device.metadata_changed': 'The device says it is another kind of machine than it was.',
  'gateway.device.pairing_required': 'The device is not approved yet.',
  'gateway.device.scope_upgrade': 'The device asks for more than it was approved for.',
  'gateway.device.signature_invalid': 'The device did not prove its identity.',
  'gateway.device.revoked': 'The device was revoked.',
  'gateway.device.identity_required': 'This client must prove a device identity.',
  'gateway.scope.ok': 'The needed scopes are held.',
  'gateway.scope.missing': 'The needed scope is not held.',
  'gateway.scope.escalation': 'An approver can grant only scopes held.',
} as const;

/** Writes this area's decisions. */
export const verdict: Verdicts<keyof typeof exposureReasons> = verdictsFrom(exposureReasons);
