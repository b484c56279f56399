/**
 * Pairing codes: how they are drawn, read and compared.
 *
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** 32 symbols without those people mix up (`0 O 1 I`), so that five random bits draw one evenly. */
export const CODE_ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
/** Symbols in a code: 40 bits. */
export const CODE_LENGTH = 8;

/** The code that `bytes` draw: one byte a symbol, of which the low five bits count. */
export function codeFrom(bytes: ArrayLike<number>): string | undefined {
  if (bytes.length < CODE_LENGTH) return undefined;
  let code = '';
  for (let index = 0; index < CODE_LENGTH; index += 1) {
    code += CODE_ALPHABET.charAt((bytes[index] ?? 0) & 31);
  }
  return code;
}

/** A code as a person typed it, or undefined when it cannot be one. */
export function typedCode(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > 100) return undefined;
  const code = text.replaceAll(/[\s-]/g, '').toUpperCase();
  return /^[A-Z0-9]{4,12}$/.test(code) ? code : undefined;
}

/**
 * Where `code` stands in `codes`, every place. Digests are compared to the end and every candidate
 * is looked at, so that the time tells nothing about how much of a guess was right.
 */
export function findCode(code: string, codes: readonly string[]): readonly number[] {
  const wanted = digest(code);
  return codes.flatMap((candidate, index) => (equal(wanted, digest(candidate)) ? [index] : []));
}

function digest(text: string): Uint8Array {
  return sha256(utf8ToBytes(text));
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  one.forEach((byte, index) => {
    difference |= byte ^ (other[index] ?? 0);
  });
  return difference === 0;
}
