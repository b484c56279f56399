/**
 * Under which name a client's share of what everybody shares is counted.
 *
 * @module
 */
import { ipv6Groups } from '../../exposure/ipv6.ts';

/**
 * The address itself for IPv4, the first 64 bits for IPv6: whoever has one address there has as
 * many as he likes.
 */
export function clientKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/u, '');
  return plain.includes(':') ? `${ipv6Groups(plain).slice(0, 4).join(':')}::/64` : plain;
}
