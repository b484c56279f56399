/**
 * A phone: its keys, its sessions with the device under test, and how it writes and reads.
 *
 * @module
 */
import {
  type AuthenticationCreds,
  type BinaryNode,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  encodeBigEndian,
  encodeWAMessage,
  generateSignalPubKey,
  initAuthCreds,
  KEY_BUNDLE_TYPE,
  type KeyPair,
  proto,
  type SignalKeyStoreWithTransaction,
  type SignalRepositoryWithLIDStore,
  unpadRandomMax16,
  xmppPreKey,
  xmppSignedPreKey,
} from 'baileys';
import type { LinkedDevice } from '../account.ts';
import { memoryKeyStore } from './key-store.ts';
import { quietly } from './quiet.ts';

/** Something encrypted, and how. */
export interface Sealed {
  readonly type: string;
  readonly content: Uint8Array;
}

/** The device a phone writes to. */
export interface Recipient {
  readonly jid: string;
  readonly keys: LinkedDevice;
}

/** A message for a group: for all, and the key by which a newcomer can read it. */
export interface SealedForGroup extends Sealed {
  readonly distribution: proto.Message.ISenderKeyDistributionMessage;
}

const silence = () => {};
const LOGGER = {
  level: 'silent',
  child: () => LOGGER,
  trace: silence,
  debug: silence,
  info: silence,
  warn: silence,
  error: silence,
};

interface Mind {
  readonly creds: AuthenticationCreds;
  readonly keys: SignalKeyStoreWithTransaction;
  readonly signal: SignalRepositoryWithLIDStore;
}

function freshMind(): Mind {
  const creds = initAuthCreds();
  const keys = memoryKeyStore();
  return {
    creds,
    keys,
    signal: DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, LOGGER),
  };
}

/** A phone with one identity. What it does, it does one after the other. */
export class Device {
  #made: Mind | undefined;
  #working: Promise<unknown> = Promise.resolve();
  #oneTimeKeys = 0;
  readonly #known: Set<string> = new Set();

  get #mind(): Mind {
    this.#made ??= freshMind();
    return this.#made;
  }

  /** What the phone is known by. */
  get identity(): KeyPair {
    return this.#mind.creds.signedIdentityKey;
  }

  /** The keys by which somebody starts to write to this phone. `forged`: nobody signed them. */
  async bundle(jid: string, forged: boolean): Promise<BinaryNode> {
    const { creds, keys } = this.#mind;
    this.#oneTimeKeys += 1;
    const oneTime = Curve.generateKeyPair();
    await keys.set({ 'pre-key': { [this.#oneTimeKeys]: oneTime } });
    const { signedPreKey, signedIdentityKey } = creds;
    const shown = forged ? { ...signedPreKey, signature: Buffer.alloc(64, 7) } : signedPreKey;
    return {
      tag: 'user',
      attrs: { jid },
      content: [
        { tag: 'registration', attrs: {}, content: encodeBigEndian(creds.registrationId) },
        { tag: 'type', attrs: {}, content: KEY_BUNDLE_TYPE },
        { tag: 'identity', attrs: {}, content: signedIdentityKey.public },
        xmppSignedPreKey(shown),
        xmppPreKey(oneTime, this.#oneTimeKeys),
      ],
    };
  }

  /** Encrypts for one device. */
  async write(to: Recipient, message: proto.IMessage): Promise<Sealed> {
    return await this.#oneByOne(async ({ signal }) => {
      const { exists } = await signal.validateSession(to.jid);
      if (!exists) await signal.injectE2ESession({ jid: to.jid, session: sessionOf(to.keys) });
      const data = encodeWAMessage(message);
      const { type, ciphertext } = await signal.encryptMessage({ jid: to.jid, data });
      return { type, content: ciphertext };
    });
  }

  /** Encrypts for everybody in a group; `me` is how the group names the phone. */
  async writeToGroup(group: string, me: string, message: proto.IMessage): Promise<SealedForGroup> {
    return await this.#oneByOne(async ({ signal }) => {
      const data = encodeWAMessage(message);
      const sealed = await signal.encryptGroupMessage({ group, meId: me, data });
      const axolotlSenderKeyDistributionMessage = sealed.senderKeyDistributionMessage;
      const distribution = { groupId: group, axolotlSenderKeyDistributionMessage };
      return { type: 'skmsg', content: sealed.ciphertext, distribution };
    });
  }

  /** Decrypts what `from` wrote to this phone alone. */
  async read(from: string, { type, content }: Sealed): Promise<proto.Message> {
    return await this.#oneByOne(async ({ signal }) => {
      const kind = type === 'pkmsg' ? 'pkmsg' : 'msg';
      const options = { jid: from, type: kind, ciphertext: content } as const;
      return decoded(await signal.decryptMessage(options));
    });
  }

  /** Learns the key by which `from` writes to a group. */
  async learn(from: string, item: proto.Message.ISenderKeyDistributionMessage): Promise<void> {
    const { groupId, axolotlSenderKeyDistributionMessage: key } = item;
    if (key) this.#known.add(`${from} ${groupId ?? ''} ${senderKeyId(key)}`);
    await this.#oneByOne(({ signal }) =>
      signal.processSenderKeyDistributionMessage({
        authorJid: from,
        item: proto.Message.SenderKeyDistributionMessage.fromObject(item),
      }),
    );
  }

  /** Whether the phone has the key of what `from` wrote to a group. */
  knows(group: string, from: string, content: Uint8Array): boolean {
    return this.#known.has(`${from} ${group} ${senderKeyId(content)}`);
  }

  /** Decrypts what `from` wrote to a group. */
  async readFromGroup(group: string, from: string, content: Uint8Array): Promise<proto.Message> {
    return await this.#oneByOne(async ({ signal }) =>
      decoded(await signal.decryptGroupMessage({ group, authorJid: from, msg: content })),
    );
  }

  /** Forgets the session with a device; the next message starts a new one. */
  async forget(jid: string): Promise<void> {
    await this.#oneByOne(({ signal }) => signal.deleteSession([jid]));
  }

  /** Starts over with keys of a new identity. */
  reinstall(): void {
    this.close();
    this.#made = undefined;
    this.#known.clear();
  }

  /** Lets go of timers. */
  close(): void {
    this.#made?.signal.close?.();
  }

  async #oneByOne<Result>(act: (mind: Mind) => Promise<Result>): Promise<Result> {
    const result = this.#working.then(() => quietly(() => act(this.#mind)));
    this.#working = result.catch(() => undefined);
    return await result;
  }
}

/** Both the key of a group and what is encrypted by it begin with a version and the key's number. */
function senderKeyId(bytes: Uint8Array): number {
  let id = 0;
  for (let at = 2, factor = 1; at < bytes.length; at += 1, factor *= 128) {
    const part = bytes[at] ?? 0;
    id += (part & 0x7f) * factor;
    if (part < 0x80) break;
  }
  return id;
}

function sessionOf(keys: LinkedDevice) {
  const oneTime = keys.oneTimeKeys.shift();
  const { signedKey } = keys;
  return {
    registrationId: keys.registrationId,
    identityKey: generateSignalPubKey(keys.identity),
    signedPreKey: {
      keyId: signedKey.id,
      publicKey: generateSignalPubKey(signedKey.key),
      signature: signedKey.signature,
    },
    ...(oneTime !== undefined && {
      preKey: { keyId: oneTime.id, publicKey: generateSignalPubKey(oneTime.key) },
    }),
  };
}

function decoded(plain: Uint8Array): proto.Message {
  return proto.Message.decode(unpadRandomMax16(plain));
}
