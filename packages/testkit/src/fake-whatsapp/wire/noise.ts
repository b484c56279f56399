/**
 * The server's side of the encrypted channel: Noise XX over curve 25519, AES-GCM and SHA-256.
 *
 * @module
 */
import { createHash, hkdfSync } from 'node:crypto';
import {
  aesDecryptGCM,
  aesEncryptGCM,
  Curve,
  type KeyPair,
  NOISE_MODE,
  NOISE_WA_HEADER,
  proto,
} from 'baileys';

const NOTHING = Buffer.alloc(0);

function nonceOf(counter: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(counter, 8);
  return nonce;
}

function hash(...parts: readonly Uint8Array[]): Buffer {
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

function deriveTwo(input: Uint8Array, salt: Uint8Array): readonly [Buffer, Buffer] {
  const derived = Buffer.from(hkdfSync('sha256', input, salt, NOTHING, 64));
  return [derived.subarray(0, 32), derived.subarray(32)];
}

/** One direction of the finished channel. */
class Cipher {
  readonly #key: Buffer;
  #counter = 0;

  constructor(key: Buffer) {
    this.#key = key;
  }

  encrypt(plain: Uint8Array): Buffer {
    return aesEncryptGCM(plain, this.#key, nonceOf(this.#counter++), NOTHING);
  }

  decrypt(sealed: Uint8Array): Buffer {
    return aesDecryptGCM(sealed, this.#key, nonceOf(this.#counter++), NOTHING);
  }
}

/** The finished channel, seen from the server. */
export interface SecureChannel {
  readonly incoming: Cipher;
  readonly outgoing: Cipher;
}

/** What a client that finished the handshake proved and asked for. */
export interface ClientFinish {
  readonly channel: SecureChannel;
  /** The public key the client proved to hold. */
  readonly noiseKey: Buffer;
  readonly payload: proto.ClientPayload;
}

/** One handshake, from the first message to the finished channel. */
export class ServerHandshake {
  readonly #identity: KeyPair;
  readonly #certificates: Uint8Array;
  readonly #ephemeral: KeyPair = Curve.generateKeyPair();
  #digest: Buffer = Buffer.from(NOISE_MODE);
  #salt: Buffer = this.#digest;
  #key: Buffer = this.#digest;
  #counter = 0;

  /** `certificates` vouch for `identity`. */
  constructor(identity: KeyPair, certificates: Uint8Array) {
    this.#identity = identity;
    this.#certificates = certificates;
    this.#mixHash(NOISE_WA_HEADER);
  }

  /** Answers the first message of the client. */
  hello(message: Uint8Array): Uint8Array {
    const theirs = Buffer.from(
      proto.HandshakeMessage.decode(message).clientHello?.ephemeral ?? NOTHING,
    );
    this.#mixHash(theirs);
    this.#mixHash(this.#ephemeral.public);
    this.#mixKey(Curve.sharedKey(this.#ephemeral.private, theirs));
    const sealedIdentity = this.#encrypt(this.#identity.public);
    this.#mixKey(Curve.sharedKey(this.#identity.private, theirs));
    const payload = this.#encrypt(this.#certificates);
    const { public: ephemeral } = this.#ephemeral;
    const serverHello = { ephemeral, static: sealedIdentity, payload };
    return proto.HandshakeMessage.encode({ serverHello }).finish();
  }

  /** Takes the second message of the client. Throws when the client does not hold its keys. */
  finish(message: Uint8Array): ClientFinish {
    const { clientFinish } = proto.HandshakeMessage.decode(message);
    const noiseKey = this.#decrypt(clientFinish?.static ?? NOTHING);
    this.#mixKey(Curve.sharedKey(this.#ephemeral.private, noiseKey));
    const payload = proto.ClientPayload.decode(this.#decrypt(clientFinish?.payload ?? NOTHING));
    const [incoming, outgoing] = deriveTwo(NOTHING, this.#salt);
    const channel = { incoming: new Cipher(incoming), outgoing: new Cipher(outgoing) };
    return { channel, noiseKey, payload };
  }

  #mixHash(data: Uint8Array): void {
    this.#digest = hash(this.#digest, data);
  }

  #mixKey(secret: Uint8Array): void {
    [this.#salt, this.#key] = deriveTwo(secret, this.#salt);
    this.#counter = 0;
  }

  #encrypt(plain: Uint8Array): Buffer {
    const sealed = aesEncryptGCM(plain, this.#key, nonceOf(this.#counter++), this.#digest);
    this.#mixHash(sealed);
    return sealed;
  }

  #decrypt(sealed: Uint8Array): Buffer {
    const plain = aesDecryptGCM(sealed, this.#key, nonceOf(this.#counter++), this.#digest);
    this.#mixHash(sealed);
    return plain;
  }
}
