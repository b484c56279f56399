/**
 * Which environment variables a config may not set. Promises: pure.
 *
 * @module
 */

/** Variables that steer interpreters, loaders or the gateway itself. */
const CONTROL_VARIABLE =
  /^(?:NODE_(?:OPTIONS|PATH|EXTRA_CA_CERTS|TLS_REJECT_UNAUTHORIZED)|LD_.+|DYLD_.+|PATH|HOME|SHELL|IFS|ENV|BASH_ENV|BASH_FUNC_.+|PYTHON.+|PERL5?.+|RUBY(?:OPT|LIB)|GIT_.+|SSL_CERT_.+|OPENCLAW_(?:HOME|STATE_DIR|CONFIG_PATH|OAUTH_DIR|INCLUDE_ROOTS|PROFILE|GATEWAY_PORT))$/iu;

/** True for a variable that steers programs or the gateway itself. */
export function isControlVariable(name: string): boolean {
  return CONTROL_VARIABLE.test(name);
}
