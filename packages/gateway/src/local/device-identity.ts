/**
 * Who a client of this machine is to gateways: an Ed25519 key of its own, and the tokens that
 * gateways gave it. Kept in one private file, never in a config and never on a command line.
 *
 * @module
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  timingSafeEqual,
} from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';

import { createFile, replaceFile } from '../config/atomic-file.ts';

/** Which client of this machine: a node host, or the command line as an operator elsewhere. */
export type IdentityOwner = 'node-host' | 'operator';

const FILE = 'identity.json';

interface Stored {
  readonly version: 1;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  /** Device tokens by the origin of the gateway that gave them. */
  readonly tokens: Readonly<Record<string, string>>;
}

/** The identity of one client. */
export class DeviceIdentity {
  /** Lower-case hex SHA-256 of the raw public key. */
  readonly deviceId: string;
  /** Base64url of the raw public key. */
  readonly publicKey: string;
  readonly #path: string;
  #stored: Stored;

  private constructor(path: string, stored: Stored) {
    const key = createPublicKey(createPrivateKey(stored.privateKey));
    const raw = key.export({ type: 'spki', format: 'der' }).subarray(-32);
    this.deviceId = createHash('sha256').update(raw).digest('hex');
    this.publicKey = raw.toString('base64url');
    this.#path = path;
    this.#stored = stored;
  }

  /**
   * Reads the identity of a state directory, or makes one. Throws `node.identity`,
   * `device.identity`.
   */
  static open(stateDir: string, owner: IdentityOwner): DeviceIdentity {
    const path = join(stateDir, owner, FILE);
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const fresh: Stored = { version: 1, privateKey: pem, tokens: {} };
    const known = read(path, owner);
    if (known !== undefined) return make(path, known);
    createFile(path, `${JSON.stringify(fresh, null, 2)}\n`);
    // Whoever was first counts.
    return make(path, read(path, owner) ?? fresh);

    function make(at: string, stored: Stored): DeviceIdentity {
      try {
        return new DeviceIdentity(at, stored);
      } catch (cause) {
        throw unusable(at, owner, cause);
      }
    }
  }

  /** Signs a text with the key. Base64url. */
  sign(text: string): string {
    const key = createPrivateKey(this.#stored.privateKey);
    return sign(null, Buffer.from(text, 'utf8'), key).toString('base64url');
  }

  /** The token a gateway gave, by its origin. */
  tokenFor(origin: string): string | undefined {
    const { tokens } = this.#stored;
    return Object.hasOwn(tokens, origin) ? tokens[origin] : undefined;
  }

  /** Keeps the token of a gateway, or forgets it. */
  keepToken(origin: string, token: string | undefined): void {
    if (isSame(this.tokenFor(origin), token)) return;
    const others = Object.entries(this.#stored.tokens).filter(([known]) => known !== origin);
    const tokens = Object.fromEntries(
      token === undefined ? others : [...others, [origin, token] as const],
    );
    this.#stored = { ...this.#stored, tokens };
    replaceFile(this.#path, `${JSON.stringify(this.#stored, null, 2)}\n`);
  }
}

/** Whether both are the same token, or both are none. */
function isSame(left: string | undefined, right: string | undefined): boolean {
  if (left === undefined || right === undefined) return left === undefined && right === undefined;
  const [known, given] = [Buffer.from(left, 'utf8'), Buffer.from(right, 'utf8')];
  return known.length === given.length && timingSafeEqual(known, given);
}

/** What the file holds; undefined where there is none. */
function read(path: string, owner: IdentityOwner): Stored | undefined {
  let text: string;
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { mode, uid } = fstatSync(file);
      const own = process.getuid?.();
      if ((mode & 0o077) !== 0 || (own !== undefined && uid !== own)) throw exposed(path, owner);
      text = readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw PortcullisError.is(error) ? error : unusable(path, owner, error);
  }
  const value: unknown = parse(text, path, owner);
  if (!isStored(value)) throw unusable(path, owner, undefined);
  return value;
}

function parse(text: string, path: string, owner: IdentityOwner): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unusable(path, owner, cause);
  }
}

function isStored(value: unknown): value is Stored {
  if (typeof value !== 'object' || value === null) return false;
  if (!('version' in value) || value.version !== 1) return false;
  if (!('privateKey' in value) || typeof value.privateKey !== 'string') return false;
  if (!('tokens' in value) || typeof value.tokens !== 'object' || value.tokens === null) {
    return false;
  }
  return Object.values(value.tokens).every((token) => typeof token === 'string');
}

function exposed(path: string, owner: IdentityOwner): PortcullisError {
  const what = 'can be read by others, so it is nobody’s any more.';
  return faultOf(owner, what, {
    hint: `Remove ${path} and pair it again; chmod 600 is not enough.`,
  });
}

function unusable(path: string, owner: IdentityOwner, cause: unknown): PortcullisError {
  return faultOf(owner, 'cannot be read.', {
    hint: `Look at ${path}; removing it makes a new one that has to be paired.`,
    cause,
  });
}

function faultOf(
  owner: IdentityOwner,
  what: string,
  options: { readonly hint: string; readonly cause?: unknown },
): PortcullisError {
  return owner === 'node-host'
    ? new PortcullisError('node.identity', `The key of this node ${what}`, options)
    : new PortcullisError('device.identity', `The key of this command line ${what}`, options);
}
