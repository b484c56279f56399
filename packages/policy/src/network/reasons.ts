/**
 * The codes of network egress, each with its one sentence.
 *
 * @module
 */
import { verdictsFrom, type Verdicts } from '../verdict.ts';

/** Every code this area answers with. */
export const networkReasons = {
  'net.url.invalid': 'This is not a URL.',
  'net.scheme': 'Only http and https may be fetched.',
  'net.about_blank': 'The empty page is always allowed in the browser.',
  'net.userinfo': 'A URL may not carry a user name or password.',
  'net.redirect.limit': 'Too many redirects.',
  'net.port.blocked': 'The port belongs to another protocol.',
  'net.host.blocklisted': 'The host is on the list of blocked hosts.',
  'net.host.not_allowlisted': 'The host is not on the list of allowed hosts.',
  'net.host.allowed_exception': 'The host is listed as an exception.',
  'net.host.blocked': 'The name is reserved for local use.',
  'net.ip.metadata': 'The address belongs to a cloud metadata service.',
  'net.ip.unspecified': 'The address is unspecified.',
  'net.ip.loopback': 'The address is this machine.',
  'net.ip.link_local': 'The address is link-local.',
  'net.ip.private': 'The address is private.',
  'net.ip.cgnat': 'The address is in the shared carrier range.',
  'net.ip.benchmark': 'The address is in a benchmarking range.',
  'net.ip.multicast': 'The address is multicast.',
  'net.ip.broadcast': 'The address is the broadcast address.',
  'net.ip.reserved': 'The address is reserved.',
  'net.ip.ula': 'The address is unique local.',
  'net.dns.unresolved': 'The name has no address yet.',
  'net.dns.private': 'The name leads to an address that is not public.',
  'net.dns.rebinding': 'The connection would go to an address that was not checked.',
  'net.private_allowed': 'The private network was opened by a setting.',
  'net.public': 'The destination is public.',
} as const;

/** Writes this area's decisions. */
export const verdict: Verdicts<keyof typeof networkReasons> = verdictsFrom(networkReasons);
