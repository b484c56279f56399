/**
 * Shared secrets: which ones count, and how they are compared.
 *
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** Tokens shorter than this are refused on a reachable gateway and reported elsewhere. */
export const SHORTEST_TOKEN = 24;

/** Secrets that stand in published examples. Anyone can know them. */
const PLACEHOLDERS: ReadonlySet<string> = new Set([
  'replace-with-long-random-token',
  'your-token',
  'your-long-random-token',
  'replace-me',
  'secret',
  'password',
  // What stands for a secret wherever a config is shown, the backup of the file included.
  '__openclaw_redacted__',
]);

/** True for a secret that was copied from an example: compared trimmed, in lower case. */
export function isPlaceholder(secret: string): boolean {
  const text = secret.trim().toLowerCase();
  return PLACEHOLDERS.has(text) || text.startsWith('change-me');
}

/** True when the text is what an empty value looks like after careless templating. */
export function isBlankSecret(secret: string): boolean {
  const text = secret.trim().toLowerCase();
  return text === '' || text === 'undefined' || text === 'null';
}

/** What a stored form begins with: a secret that is written down only as a hash of itself. */
const STORED = 'scrypt:';

/** A secret as scrypt left it, with everything needed to compare an offered one with it. */
export interface StoredSecret {
  /** Cost: scrypt's N is two to the power of it. 14 to 17. */
  readonly logN: number;
  /** Block size, 1 to 16. */
  readonly r: number;
  /** Passes, 1 to 4. */
  readonly p: number;
  /** Base64url, 16 to 64 octets. */
  readonly salt: string;
  /** Base64url, 32 octets. */
  readonly hash: string;
}

const STORED_SHAPE = /^scrypt:(\d{2}):(\d{1,2}):(\d):([\w-]{22,86}):([\w-]{43})$/;

/** True when the text is meant as a stored form, well made or not: it is never compared as it stands. */
export function isStored(secret: string): boolean {
  return secret.trim().startsWith(STORED);
}

/** Reads a stored form, `scrypt:<logN>:<r>:<p>:<salt>:<hash>`; undefined when it is none that can be used. */
export function parseStored(secret: string): StoredSecret | undefined {
  const [, logN, r, p, salt = '', hash = ''] = STORED_SHAPE.exec(secret.trim()) ?? [];
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
  // Bounded, so that what the config says cannot make one attempt take a machine's memory.
  const usable =
    cost.logN >= 14 && cost.logN <= 17 && cost.r >= 1 && cost.r <= 16 && cost.p >= 1 && cost.p <= 4;
  return usable ? { ...cost, salt, hash } : undefined;
}

/** True for a reference to a variable that nobody filled in, `${NAME}`: not a secret at all. */
export function isUnfilled(secret: string): boolean {
  return /^\s*\$\{[A-Z_][A-Z0-9_]*\}\s*$/.test(secret);
}

/**
 * True when showing the text itself can authenticate somebody: not blank, not unfilled, not
 * published, and no stored form, which proves nothing to whoever reads it.
 */
export function isUsableSecret(secret: string | undefined): secret is string {
  return (
    secret !== undefined &&
    !isBlankSecret(secret) &&
    !isUnfilled(secret) &&
    !isPlaceholder(secret) &&
    !isStored(secret)
  );
}

/**
 * Compares two secrets without telling by its duration where they differ, or how long they are:
 * both are hashed and every octet of the digests is looked at.
 */
export function sameSecret(left: string, right: string): boolean {
  const a = sha256(utf8ToBytes(left));
  const b = sha256(utf8ToBytes(right));
  let difference = 0;
  for (const [index, octet] of a.entries()) difference |= octet ^ (b[index] ?? 0x100);
  return difference === 0;
}
