/**
 * IP addresses as numbers: strict parsing, canonical comparison, and the class that decides
 * whether a program acting for a stranger may connect there.
 *
 * Only the canonical spellings are accepted (dotted quad without leading zeros, RFC 4291 text).
 * Decimal, octal and short forms never reach this file: the URL parser has rewritten them, and a
 * DNS answer that uses one is not an address.
 *
 * @module
 */

/** An address: 4 or 16 octets, each 0-255. */
export interface IpAddress {
  readonly version: 4 | 6;
  readonly octets: readonly number[];
}

/** What kind of place an address is. Everything except `public` is closed by default. */
export type AddressClass =
  | 'metadata'
  | 'unspecified'
  | 'loopback'
  | 'link_local'
  | 'private'
  | 'cgnat'
  | 'benchmark'
  | 'multicast'
  | 'broadcast'
  | 'reserved'
  | 'ula'
  | 'public';

const QUAD = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;
const GROUP = /^[0-9a-f]{1,4}$/i;

/** Parses an IPv4 dotted quad. */
function parseIpv4(text: string): IpAddress | undefined {
  if (!QUAD.test(text)) return undefined;
  const octets = text.split('.').map(Number);
  return octets.every((octet) => octet <= 255) ? { version: 4, octets } : undefined;
}

/** The octets of a run of colon-separated groups; the last may be a dotted quad when `tail`. */
function groupOctets(text: string, tail: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const octets: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (GROUP.test(group)) {
      const value = Number.parseInt(group, 16);
      octets.push(value >> 8, value & 0xff);
      continue;
    }
    const quad = tail && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (quad === undefined) return undefined;
    octets.push(...quad.octets);
  }
  return octets;
}

/** Parses RFC 4291 text without a zone. */
function parseIpv6(text: string): IpAddress | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = '', rest] = halves;
  if (rest === undefined) {
    const octets = groupOctets(head, true);
    return octets?.length === 16 ? { version: 6, octets } : undefined;
  }
  const left = groupOctets(head, false);
  const right = groupOctets(rest, true);
  if (left === undefined || right === undefined) return undefined;
  const gap = 16 - left.length - right.length;
  if (gap < 2) return undefined;
  return { version: 6, octets: [...left, ...Array.from({ length: gap }, () => 0), ...right] };
}

/**
 * Parses an address in its standard text form. Anything else (a name, a zone id, brackets, a
 * leading zero) is undefined.
 */
export function parseAddress(text: string): IpAddress | undefined {
  if (text.length > 45) return undefined;
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** True when the first `bits` bits of `octets` equal those of `prefix`. */
export function hasPrefix(
  octets: readonly number[],
  prefix: readonly number[],
  bits: number,
): boolean {
  const whole = Math.floor(bits / 8);
  for (let index = 0; index < whole; index += 1) {
    if (octets[index] !== (prefix[index] ?? 0)) return false;
  }
  const left = bits % 8;
  if (left === 0) return true;
  const mask = (0xff << (8 - left)) & 0xff;
  return ((octets[whole] ?? 0) & mask) === ((prefix[whole] ?? 0) & mask);
}

type Range = readonly [AddressClass, string, number];

const IPV4_RANGES: readonly Range[] = [
  ['metadata', '169.254.169.254', 32],
  ['metadata', '100.100.100.200', 32],
  ['metadata', '169.254.170.2', 32],
  ['unspecified', '0.0.0.0', 8],
  ['loopback', '127.0.0.0', 8],
  ['link_local', '169.254.0.0', 16],
  ['private', '10.0.0.0', 8],
  ['private', '172.16.0.0', 12],
  ['private', '192.168.0.0', 16],
  ['cgnat', '100.64.0.0', 10],
  ['benchmark', '198.18.0.0', 15],
  ['multicast', '224.0.0.0', 4],
  ['broadcast', '255.255.255.255', 32],
  ['reserved', '192.0.0.0', 24],
  ['reserved', '192.0.2.0', 24],
  ['reserved', '198.51.100.0', 24],
  ['reserved', '203.0.113.0', 24],
  ['reserved', '192.88.99.0', 24],
  ['reserved', '240.0.0.0', 4],
];

const IPV6_RANGES: readonly Range[] = [
  ['metadata', 'fd00:ec2::254', 128],
  ['unspecified', '::', 128],
  ['loopback', '::1', 128],
  ['link_local', 'fe80::', 10],
  ['benchmark', '2001:2::', 48],
  ['multicast', 'ff00::', 8],
  ['reserved', '2001:db8::', 32],
  ['reserved', '100::', 64],
  ['reserved', 'fec0::', 10],
  ['reserved', '64:ff9b:1::', 48],
  ['reserved', '2001:20::', 28],
  ['ula', 'fc00::', 7],
];

/** Prefixes of IPv6 addresses that carry an IPv4 address, and where it sits. */
const CARRIERS: readonly { prefix: string; bits: number; at: number; mask: number }[] = [
  { prefix: '::ffff:0:0', bits: 96, at: 12, mask: 0 },
  { prefix: '::', bits: 96, at: 12, mask: 0 },
  { prefix: '::ffff:0:0:0', bits: 96, at: 12, mask: 0 },
  { prefix: '64:ff9b::', bits: 96, at: 12, mask: 0 },
  { prefix: '2002::', bits: 16, at: 2, mask: 0 },
  // Teredo hides the client's address by inverting its bits.
  { prefix: '2001::', bits: 32, at: 12, mask: 0xff },
];

function within(address: IpAddress, network: string, bits: number): boolean {
  const base = parseAddress(network);
  return base?.version === address.version && hasPrefix(address.octets, base.octets, bits);
}

function listedClass(address: IpAddress, ranges: readonly Range[]): AddressClass | undefined {
  return ranges.find(([, network, bits]) => within(address, network, bits))?.[0];
}

function embedded(octets: readonly number[], at: number, mask: number): IpAddress {
  return { version: 4, octets: octets.slice(at, at + 4).map((octet) => octet ^ mask) };
}

/** ISATAP interface ids are `0000:5efe:` or `0200:5efe:` followed by the IPv4 address. */
function isIsatap(octets: readonly number[]): boolean {
  return (
    (octets[8] === 0 || octets[8] === 2) &&
    octets[9] === 0 &&
    octets[10] === 0x5e &&
    octets[11] === 0xfe
  );
}

function classifyIpv6(address: IpAddress): AddressClass {
  const listed = listedClass(address, IPV6_RANGES);
  if (listed !== undefined) return listed;
  const carrier = CARRIERS.find(({ prefix, bits }) => within(address, prefix, bits));
  if (carrier !== undefined) {
    return classify(embedded(address.octets, carrier.at, carrier.mask));
  }
  if (isIsatap(address.octets)) return classify(embedded(address.octets, 12, 0));
  // Global unicast is 2000::/3; what lies outside it and is not listed has been given to nobody.
  return within(address, '2000::', 3) ? 'public' : 'reserved';
}

/** The class of a parsed address. */
export function classify(address: IpAddress): AddressClass {
  return address.version === 6
    ? classifyIpv6(address)
    : (listedClass(address, IPV4_RANGES) ?? 'public');
}

/** The class of an address in text form, or undefined when it is not an address. */
export function classifyAddress(ip: string): AddressClass | undefined {
  const address = parseAddress(ip);
  return address === undefined ? undefined : classify(address);
}

/** The IPv4 address behind an IPv4-mapped one (`::ffff:10.0.0.1`), else the address itself. */
function unmapped(address: IpAddress): IpAddress {
  return address.version === 6 && within(address, '::ffff:0:0', 96)
    ? embedded(address.octets, 12, 0)
    : address;
}

/**
 * One spelling per address: dotted quad for IPv4 (also when mapped into IPv6), eight full
 * lower-case groups for IPv6. For comparing and as a key, not for show.
 */
export function canonicalAddress(ip: string): string | undefined {
  const parsed = parseAddress(ip);
  if (parsed === undefined) return undefined;
  const { version, octets } = unmapped(parsed);
  if (version === 4) return octets.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((octets[index * 2] ?? 0) << 8) | (octets[index * 2 + 1] ?? 0)).toString(16),
  );
  return groups.join(':');
}

/** True when both texts are the same address, however they are spelled. */
export function sameAddress(left: string, right: string): boolean {
  const canonical = canonicalAddress(left);
  return canonical !== undefined && canonical === canonicalAddress(right);
}

/** True for an address of the loopback class. */
export function isLoopbackAddress(ip: string): boolean {
  return classifyAddress(ip) === 'loopback';
}

/**
 * True when `ip` is `entry`, or lies in the IPv4 network `entry` (`10.0.0.0/8`). An entry that is
 * neither an address nor an IPv4 network matches nothing.
 */
export function matchesNetwork(ip: string, entry: string): boolean {
  const slash = entry.indexOf('/');
  if (slash === -1) return sameAddress(ip, entry);
  const network = parseAddress(entry.slice(0, slash));
  const bits = entry.slice(slash + 1);
  if (network?.version !== 4 || !/^\d{1,2}$/.test(bits) || Number(bits) > 32) return false;
  const parsed = parseAddress(ip);
  if (parsed === undefined) return false;
  const address = unmapped(parsed);
  return address.version === 4 && hasPrefix(address.octets, network.octets, Number(bits));
}
