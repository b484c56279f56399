/**
 * Host names to addresses, once per connection: the answer that is checked is the answer that is
 * connected to.
 *
 * @module
 */
import { lookup } from 'node:dns/promises';

import { PortcullisError } from '@portcullis/core';

/** Looks a host name up: every address, in the order they are to be tried. May reject. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** Asks the resolver of the machine, which also reads its hosts file. */
export const systemResolve: Resolve = async (host) => {
  const answers = await lookup(host, { all: true, order: 'verbatim' });
  return answers.map(({ address }) => address);
};

/** More addresses than any honest name has. */
const MAX_ADDRESSES = 32;

/**
 * Every address of `host`.
 *
 * Throws `net.dns` when there is none, or more than 32.
 */
export async function addressesOf(
  resolve: Resolve,
  host: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    signal.throwIfAborted();
    const addresses = await Promise.race([resolve(host).catch(() => []), aborted]);
    if (addresses.length > 0 && addresses.length <= MAX_ADDRESSES) return [...addresses];
  } finally {
    signal.removeEventListener('abort', abort);
  }
  throw new PortcullisError('net.dns', 'The host name could not be looked up.', {
    hint: 'Check the spelling of the host; the name may not exist.',
    retryable: true,
  });
}
