/**
 * The keys of the HTTP API: which endpoints there are, and who may ask. Data only.
 *
 * @module
 */
import {
  type KeySpec,
  bool,
  either,
  key,
  mapOf,
  matching,
  secret,
  strings,
  text,
} from './key-spec.ts';

/** Rows for `gateway.http` and `gateway.tools`. */
export const httpKeys: readonly KeySpec[] = [
  key('gateway.http.endpoints.chatCompletions.enabled', bool, 'Serve `/v1/chat/completions`.', {
    default: false,
  }),
  key('gateway.http.endpoints.responses.enabled', bool, 'Serve `/v1/responses`.', {
    default: false,
  }),
  key(
    'gateway.http.metrics.enabled',
    bool,
    'Serve `/metrics` in the Prometheus text format, to tokens that may read.',
    { default: false },
  ),
  key(
    'gateway.http.tokens',
    mapOf(),
    'Tokens for HTTP clients, each with its own name, rights and place in the audit log. None counts with `auth.mode: "trusted-proxy"`.',
  ),
  key('gateway.http.tokens.*.token', secret, 'The token, at least 24 characters.'),
  key(
    'gateway.http.tokens.*.tokenFile',
    text,
    'Or the file that holds it, read at every request, so that a new one counts at once.',
  ),
  key(
    'gateway.http.tokens.*.scopes',
    strings,
    'What it is good for: `operator.read`, `operator.write`, `operator.admin`. Unset or empty: nothing.',
  ),
  key(
    'gateway.http.securityHeaders.strictTransportSecurity',
    either(
      matching(
        /^max-age=\d{1,10}(?:; ?includeSubDomains)?(?:; ?preload)?$/u,
        '`max-age=<seconds>`, with `; includeSubDomains` and `; preload` where wanted',
      ),
      bool,
    ),
    'Value of the `Strict-Transport-Security` header, or `false` for none.',
  ),
  key(
    'gateway.tools.allow',
    strings,
    'Tools to take off the list of those that no HTTP client calls. Their policy decides as ever.',
  ),
  key('gateway.tools.deny', strings, 'Tools that HTTP clients may never call. Wins over `allow`.'),
];
