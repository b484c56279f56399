/**
 * Names of this machine.
 *
 * @module
 */
import { classifyAddress } from '@portcullis/policy/network';

/** True for a host that never leads farther than this machine. */
export function isLoopbackHost(hostname: string): boolean {
  const host = hostname
    .replace(/^\[|\]$/gu, '')
    .replace(/\.$/u, '')
    .toLowerCase();
  return (
    host === 'localhost' || host.endsWith('.localhost') || classifyAddress(host) === 'loopback'
  );
}
