/**
 * The groups of an IPv6 address, however it is written.
 *
 * @module
 */

function split(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : text.split(':');
}

/** The eight groups in lower-case hex without leading zeros. Expects an address `node:net` takes. */
export function ipv6Groups(address: string): readonly string[] {
  const [bare = ''] = address.toLowerCase().split('%', 1);
  const [head, tail] = bare.split('::', 2);
  const [before, after] = [split(head), split(tail)];
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const zeros = Array.from({ length: missing }, () => '0');
  return [...before, ...zeros, ...after].map((group) => group.replace(/^0+(?=.)/u, ''));
}
