/**
 * Decryption that survives a crash.
 *
 * To decrypt a message uses up its key. Somebody killed between that and the inbox would leave a
 * message the server delivers again and nobody can read. So the words are kept in the very
 * transaction that uses up the key, until the message is acknowledged, and the same message is read
 * from there.
 *
 * @module
 */
import { AsyncResource } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { BinaryNode, SignalAuthState, SignalDataSet, SocketConfig } from 'baileys';
import { BESIDE, type Entries, Ring, type Vault } from './vault.ts';

/** How many messages are kept at most: the oldest go. The server has few on their way at a time. */
const KEPT = 256;

/** The words of messages not acknowledged yet. */
export class Plaintexts {
  readonly #vault: Vault;
  readonly #ring: Ring;
  readonly #done: Set<string> = new Set();

  constructor(vault: Vault) {
    this.#vault = vault;
    this.#ring = new Ring(vault, 'text', KEPT);
  }

  /** The words of a message. */
  async find(of: string): Promise<Uint8Array | undefined> {
    const text = await this.#ring.get(of);
    return text === undefined ? undefined : new Uint8Array(Buffer.from(text, 'base64'));
  }

  /** What belongs into the transaction of a message; acknowledged ones go with it. */
  async keep(of: string, bytes: Uint8Array): Promise<Entries> {
    const freed = this.#free();
    return { ...freed, ...(await this.#ring.put(of, Buffer.from(bytes).toString('base64'))) };
  }

  /** The server was told that we have a message. It is forgotten with the next that is kept. */
  done(of: string): void {
    this.#done.add(of);
  }

  /** Forgets everything but this. */
  async sweep(underway: ReadonlySet<string>): Promise<void> {
    for (const of of await this.#ring.keys()) if (!underway.has(of)) this.#done.add(of);
    await this.clean();
  }

  /** Forgets what is acknowledged, now. */
  async clean(): Promise<void> {
    if (this.#done.size > 0) await this.#vault.write(this.#free());
  }

  #free(): Entries {
    const freed = this.#ring.without(this.#done);
    this.#done.clear();
    return freed;
  }
}

/** The parts of a message that are encrypted. */
function encryptedParts(node: BinaryNode): readonly Uint8Array[] {
  const children = Array.isArray(node.content) ? node.content : [];
  return children
    .filter(({ tag }) => tag === 'enc')
    .map(({ content }) => content)
    .filter((content) => content instanceof Uint8Array);
}

type SignalRepository = ReturnType<SocketConfig['makeSignalRepository']>;
type MakeRepository = SocketConfig['makeSignalRepository'];

/** Somebody writes with other keys than before: another phone, or the app installed anew. */
export type NewKeys = (jid: string) => void;

/** Reads messages for the library, each of them once. */
export class Decryption {
  readonly #texts: Plaintexts;
  readonly #newKeys: NewKeys;
  /** Which message bytes belong to: the library hands on the very arrays of the stanza. */
  readonly #messages: WeakMap<Uint8Array, string> = new WeakMap();
  /** Under which names the parts of a message are kept, by its id. */
  readonly #underway: Map<string, readonly string[]> = new Map();

  constructor(texts: Plaintexts, newKeys: NewKeys) {
    this.#texts = texts;
    this.#newKeys = newKeys;
  }

  /**
   * Announces a message. Its words are found again under who sent it, its id and its bytes: bytes
   * delivered in another name are another message, and cannot be read twice.
   */
  expect(node: BinaryNode): void {
    const { from = '', participant = '', id = '' } = node.attrs;
    for (const part of encryptedParts(node)) {
      const hash = createHash('sha256');
      hash.update(JSON.stringify([from, participant, id]));
      hash.update(part);
      const of = hash.digest('base64url');
      this.#messages.set(part, of);
      this.#underway.set(id, [...(this.#underway.get(id) ?? []), of]);
    }
    const [oldest] = this.#underway.keys();
    if (this.#underway.size > KEPT && oldest !== undefined) this.#underway.delete(oldest);
  }

  /** The server knows that we have the message with this id. */
  done(id: string): void {
    for (const of of this.#underway.get(id) ?? []) this.#texts.done(of);
    this.#underway.delete(id);
  }

  /**
   * The server has delivered everything it had waiting for us. What is kept and did not come again it
   * knows to be ours.
   */
  async sweep(): Promise<void> {
    await this.#texts.sweep(new Set([...this.#underway.values()].flat()));
  }

  /** Wraps the library's way to make what decrypts. */
  wrap(make: MakeRepository): MakeRepository {
    return (auth, logger, phoneToHidden) => {
      const repository = make(auth, logger, phoneToHidden);
      const once = async (part: Uint8Array, lane: string, decrypt: () => Promise<Uint8Array>) =>
        await this.#once(auth, part, lane, decrypt);
      const distributed = new Set<string>();
      // A send is one transaction of the library, which ends after the bytes went out: killed in
      // between, a key would be used twice. Outside of it every step is kept before it returns.
      const outside = new AsyncResource('WhatsAppRatchet');
      const step =
        <A extends unknown[], T>(work: (...args: A) => Promise<T>) =>
        async (...args: A): Promise<T> =>
          await outside.runInAsyncScope(work, repository, ...args);
      return {
        ...repository,
        encryptMessage: step(repository.encryptMessage),
        encryptGroupMessage: step(repository.encryptGroupMessage),
        getSenderKeyDistributionMessage: step(repository.getSenderKeyDistributionMessage),
        injectE2ESession: step(repository.injectE2ESession),
        migrateSession: step(repository.migrateSession),
        deleteSession: step(repository.deleteSession),
        decryptMessage: async (message) =>
          await once(message.ciphertext, message.jid, async () =>
            message.type === 'pkmsg'
              ? await this.#watching(auth, repository, message.jid, () =>
                  repository.decryptMessage(message),
                )
              : await repository.decryptMessage(message),
          ),
        decryptGroupMessage: async (message) =>
          await once(message.msg, message.group, () => repository.decryptGroupMessage(message)),
        // A message is looked at twice. A group's key taken twice would start again at its beginning.
        processSenderKeyDistributionMessage: async (message) => {
          const key = message.item.axolotlSenderKeyDistributionMessage ?? new Uint8Array();
          const name = `${message.item.groupId} ${message.authorJid}`;
          const of = createHash('sha256').update(name).update(key).digest('base64url');
          if (distributed.has(of)) return;
          await repository.processSenderKeyDistributionMessage(message);
          distributed.add(of);
        },
      };
    };
  }

  async #once(
    auth: SignalAuthState,
    part: Uint8Array,
    lane: string,
    decrypt: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const of = this.#messages.get(part);
    const { keys } = auth;
    if (of === undefined || !('transaction' in keys)) return await decrypt();
    const kept = await this.#texts.find(of);
    if (kept !== undefined) return kept;
    return await keys.transaction(async () => {
      const bytes = await decrypt();
      // The library commits what it is given; a type of our own goes the same way.
      const beside = { [BESIDE]: await this.#texts.keep(of, bytes) };
      await keys.set(beside as SignalDataSet);
      return bytes;
    }, lane);
  }

  async #watching(
    { keys }: SignalAuthState,
    repository: SignalRepository,
    jid: string,
    decrypt: () => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const address = repository.jidToSignalProtocolAddress(jid);
    const { [address]: before } = await keys.get('identity-key', [address]);
    const bytes = await decrypt();
    const { [address]: after } = await keys.get('identity-key', [address]);
    const same = before === undefined || after === undefined || Buffer.compare(before, after) === 0;
    if (!same) this.#newKeys(jid);
    return bytes;
  }
}
