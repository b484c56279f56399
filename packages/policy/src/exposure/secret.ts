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

/** True for a reference to a variable that nobody filled in, `${NAME}`: not a secret at all. */
export function isUnfilled(secret: string): boolean {
  return /^\s*\$\{[A-Z_][A-Z0-9_]*\}\s*$/.test(secret);
}

/** True when the secret can authenticate anybody: not blank, not unfilled, not published. */
export function isUsableSecret(secret: string | undefined): secret is string {
  return (
    secret !== undefined && !isBlankSecret(secret) && !isUnfilled(secret) && !isPlaceholder(secret)
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
