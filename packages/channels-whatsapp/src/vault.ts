/**
 * The login of one account, kept in the gateway's store: who we are, and every key.
 *
 * One call of the library is one transaction, and nothing is believed kept before the store said so.
 * No two processes use one account at once: the gateway's store has one owner.
 *
 * @module
 */
import { type CredentialStore, PortcullisError } from '@portcullis/core';
import type { AuthenticationCreds, SignalDataSet, SignalKeyStore } from 'baileys';
import type { Baileys } from './library.ts';

/** How many entries are kept in memory. A contact takes a few, the keys for new contacts 800. */
const REMEMBERED = 4096;

const CREDS = 'creds';

/** A type of the library's data that is ours: entries as they are, in the transaction of its keys. */
export const BESIDE = 'beside';

/** Entries to be written together. Undefined deletes. */
export type Entries = Readonly<Record<string, string | undefined>>;

function damaged(): PortcullisError {
  return new PortcullisError('whatsapp.login_damaged', 'The kept login cannot be read.', {
    hint: 'Link the account again: openclaw channels login whatsapp',
  });
}

/** Keys and values of the library, and what belongs into the same transaction. */
export class Vault {
  readonly #store: CredentialStore;
  readonly #baileys: Baileys;
  /** What the store holds, newest use last; undefined: it holds nothing. */
  readonly #known: Map<string, string | undefined> = new Map();
  #last: Promise<unknown> = Promise.resolve();
  #savedCreds: string | undefined;
  #creds: AuthenticationCreds;
  #fault: unknown;

  private constructor(store: CredentialStore, baileys: Baileys, saved: string | undefined) {
    this.#store = store;
    this.#baileys = baileys;
    this.#savedCreds = saved;
    this.#creds = saved === undefined ? baileys.initAuthCreds() : this.#read(saved);
  }

  /** Opens what is kept of an account. Throws `whatsapp.login_damaged` when it cannot be read. */
  static async open(store: CredentialStore, baileys: Baileys): Promise<Vault> {
    const saved = await store.get(CREDS);
    try {
      return new Vault(store, baileys, saved);
    } catch {
      throw damaged();
    }
  }

  /** Who we are. The library changes it in place. */
  get creds(): AuthenticationCreds {
    return this.#creds;
  }

  /** Whether a phone has linked us. */
  get isLinked(): boolean {
    return this.#creds.me?.id !== undefined && this.#creds.account !== undefined;
  }

  /** Begins a login anew: other keys, nobody's account. Nothing is kept of it yet. */
  renew(): void {
    this.#creds = this.#baileys.initAuthCreds();
  }

  /**
   * Takes over a login made elsewhere, with its keys as `[type, id, JSON]`. Throws when it is none,
   * or nobody's.
   */
  async adopt(
    creds: string,
    keys: readonly (readonly [type: string, id: string, text: string])[],
  ): Promise<void> {
    const adopted = this.#read(creds);
    if (adopted.me?.id === undefined || adopted.account === undefined) throw damaged();
    this.#creds = adopted;
    await this.write(
      Object.fromEntries(keys.map(([type, id, text]) => [this.#entry(type, id), text])),
    );
  }

  /** Forgets the login: nobody has linked us. */
  async forget(): Promise<void> {
    this.renew();
    this.#savedCreds = JSON.stringify(this.#creds, this.#baileys.BufferJSON.replacer);
    await this.write({ [CREDS]: undefined });
  }

  /** What the store failed with last, once. */
  takeFault(): unknown {
    const fault = this.#fault;
    this.#fault = undefined;
    return fault;
  }

  /** The keys, as the library wants them. */
  readonly keys: SignalKeyStore = {
    get: async (type, ids) => {
      const found: Record<string, unknown> = {};
      for (const id of ids) {
        const text = await this.read(this.#entry(type, id));
        if (text !== undefined) found[id] = this.#revive(type, text);
      }
      // The library gives every type of key its own shape; what comes back is what it put in.
      return found as Awaited<ReturnType<typeof this.keys.get<typeof type>>>;
    },
    set: async (data) => await this.write(this.#entries(data)),
  };

  /** Writes what the library wants written, together with who we are where that changed. */
  async write(entries: Entries): Promise<void> {
    const work = this.#last.then(async () => await this.#commit(entries));
    this.#last = work.catch(() => undefined);
    await work;
  }

  /** Writes who we are. */
  async save(): Promise<void> {
    await this.write({});
  }

  /** Reads one entry. */
  async read(key: string): Promise<string | undefined> {
    await this.#last;
    if (this.#known.has(key)) {
      const value = this.#known.get(key);
      this.#remember(key, value);
      return value;
    }
    const value = await this.#ask(key);
    // Something may have been written while the store was asked.
    if (!this.#known.has(key)) this.#remember(key, value);
    return this.#known.get(key);
  }

  async #ask(key: string): Promise<string | undefined> {
    try {
      return await this.#store.get(key);
    } catch (error) {
      this.#fault = error;
      throw error;
    }
  }

  async #commit(entries: Entries): Promise<void> {
    const creds = JSON.stringify(this.#creds, this.#baileys.BufferJSON.replacer);
    // Keys nobody has linked yet are worth nothing.
    const changed = this.isLinked && creds !== this.#savedCreds;
    const all = changed ? { ...entries, [CREDS]: creds } : entries;
    if (Object.keys(all).length === 0) return;
    try {
      await this.#store.set(all);
    } catch (error) {
      this.#fault = error;
      throw error;
    }
    if (changed) this.#savedCreds = creds;
    for (const [key, value] of Object.entries(entries)) this.#remember(key, value);
  }

  #remember(key: string, value: string | undefined): void {
    this.#known.delete(key);
    this.#known.set(key, value);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
  }

  #entries(data: SignalDataSet): Entries {
    const entries: Record<string, string | undefined> = {};
    for (const [type, values] of Object.entries(data)) {
      for (const [id, value] of Object.entries(values)) {
        if (type === BESIDE) {
          entries[id] = value ?? undefined;
          continue;
        }
        const text = JSON.stringify(value, this.#baileys.BufferJSON.replacer);
        entries[this.#entry(type, id)] = value === null ? undefined : text;
      }
    }
    return entries;
  }

  /** Keys belong to one login: those of a login before are never mistaken for its own. */
  #entry(type: string, id: string): string {
    const login = Buffer.from(this.#creds.noiseKey.public).toString('base64url').slice(0, 8);
    return `key:${login}:${type}:${id}`;
  }

  #revive(type: string, text: string): unknown {
    const value: unknown = JSON.parse(text, this.#baileys.BufferJSON.reviver);
    if (type !== 'app-state-sync-key' || typeof value !== 'object' || value === null) return value;
    return this.#baileys.proto.Message.AppStateSyncKeyData.fromObject(value);
  }

  #read(text: string): AuthenticationCreds {
    const value: unknown = JSON.parse(text, this.#baileys.BufferJSON.reviver);
    const isCreds = typeof value === 'object' && value !== null && 'noiseKey' in value;
    if (!isCreds) throw damaged();
    return value as AuthenticationCreds;
  }
}

/** Remembers the last so many values by key, over restarts, and forgets the oldest. */
export class Ring {
  readonly #vault: Vault;
  readonly #name: string;
  readonly #size: number;
  #next: Promise<number> | undefined;

  constructor(vault: Vault, name: string, size: number) {
    this.#vault = vault;
    this.#name = name;
    this.#size = size;
  }

  /** What is remembered under a key. */
  async get(key: string): Promise<string | undefined> {
    return await this.#vault.read(`${this.#name}:${key}`);
  }

  /** What has to be written so that a value is remembered, and so that one more is forgotten. */
  async put(key: string, value: string): Promise<Entries> {
    const name = this.#name;
    const slot = await this.#take();
    const place = `${name}.slot:${slot}`;
    const oldest = await this.#vault.read(place);
    return {
      ...(oldest === undefined ? {} : { [`${name}:${oldest}`]: undefined }),
      [`${name}:${key}`]: value,
      [place]: key,
      [`${name}.next`]: String((slot + 1) % this.#size),
    };
  }

  /** The keys that may be remembered. */
  async keys(): Promise<readonly string[]> {
    const keys = new Set<string>();
    for (let slot = 0; slot < this.#size; slot += 1) {
      const key = await this.#vault.read(`${this.#name}.slot:${slot}`);
      if (key !== undefined && (await this.get(key)) !== undefined) keys.add(key);
    }
    return [...keys];
  }

  /** What has to be written so that keys are forgotten. */
  without(keys: Iterable<string>): Entries {
    return Object.fromEntries([...keys].map((key) => [`${this.#name}:${key}`, undefined]));
  }

  async #take(): Promise<number> {
    const taken = this.#next ?? this.#kept();
    this.#next = taken.then((slot) => (slot + 1) % this.#size);
    return await taken;
  }

  async #kept(): Promise<number> {
    const kept = Number(await this.#vault.read(`${this.#name}.next`));
    return Number.isSafeInteger(kept) && kept >= 0 ? kept % this.#size : 0;
  }
}
