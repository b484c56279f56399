/**
 * The shape of agent and account ids. Promises: pure.
 *
 * @module
 */

const IDENTIFIER = /^[a-z0-9][a-z0-9_-]{0,63}$/u;

/** Compares ids as the gateway does: trimmed, lower case. */
export function isIdentifier(id: string): boolean {
  return IDENTIFIER.test(id.trim().toLowerCase());
}
