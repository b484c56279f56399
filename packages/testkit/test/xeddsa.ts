import { createPublicKey, verify } from 'node:crypto';

const P = 2n ** 255n - 19n;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % P) {
    if (rest & 1n) result = (result * square) % P;
  }
  return result;
}

/** Verifies a signature of Signal's kind by Node's Ed25519, and by nothing of the library's. */
export function verifies(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const bigEndian = Buffer.from(key.slice(-32).toReversed());
  const u = BigInt(`0x${bigEndian.toString('hex')}`) % P;
  const y = (((u + P - 1n) % P) * power((u + 1n) % P, P - 2n)) % P;
  const point = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').toReversed();
  const plain = Buffer.from(signature);
  point[31] = (point[31] ?? 0) | ((plain[63] ?? 0) & 0x80);
  plain[63] = (plain[63] ?? 0) & 0x7f;
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), point]);
  const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify(null, message, publicKey, plain);
}
