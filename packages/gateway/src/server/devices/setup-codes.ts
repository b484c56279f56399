/**
 * Setup codes: an operator's word, given beforehand, that whoever shows the code first is approved.
 *
 * Promises: a code is good once, for a few minutes, for one role and at most the scopes it was made
 * for; only its hash is kept. What was refused, used or is too old is not told apart by whoever asks.
 *
 * @module
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';

import { defineTable, type Store, type Table, type Tx } from '@portcullis/core';

import { devicesTable, grantOf, isApproved } from './record.ts';

/** What a setup code is good for. */
export interface SetupRights {
  readonly role: string;
  readonly scopes: readonly string[];
  readonly access: 'full' | 'limited' | 'node';
}

/** A setup code as it is kept. */
export interface SetupRow extends SetupRights {
  readonly setupId: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Who made it, where that is a device: its code is worth no more than the device is when it is used. */
  readonly madeBy?: string;
  /**
   * For a code made by whoever proved the shared secret: a hash of its token and of what let him in.
   * It counts only as long as that does, and says nothing of the secret to whoever lacks the token.
   */
  readonly bound?: string;
  /** Set once it was used. */
  readonly used?: {
    readonly deviceId: string;
    readonly deviceName?: string;
    readonly atMs: number;
  };
}

/** Setup codes by the hash of their token. */
export const deviceSetupsTable: Table<SetupRow> = defineTable<SetupRow>('device_setups', {
  setup: ['setupId'],
});

/** Codes that count at once. The oldest makes room. */
const MOST = 16;

/** How long an answer to "was it used" is kept after the code has expired. */
const REMEMBERED_MS = 10 * 60_000;

function hashOf(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

/** A code as it is shown, and the generation of the credentials in force. */
export interface ShownCode {
  readonly token: string;
  readonly generation: string;
}

function boundOf(token: string, generation: string): string {
  return hashOf(JSON.stringify([token, generation]));
}

/** Makes, finds and spends setup codes. */
export class SetupCodes {
  readonly #store: Store;
  /** The latest time seen: a clock that is set back revives no code. */
  #latest = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Makes a code that is good for `ttlMs`. Its token is told here and nowhere else.
   *
   * @param maker the device that asks for it, or the generation of the credentials that let in whoever
   * does; neither for the machine's own command line, which no secret of the gateway lets in
   */
  async make(
    rights: SetupRights,
    ttlMs: number,
    maker: {
      readonly deviceId?: string | undefined;
      readonly generation?: string | undefined;
    } = {},
  ): Promise<{ readonly row: SetupRow; readonly token: string }> {
    const token = randomBytes(32).toString('base64url');
    const now = this.#now();
    const { role, scopes, access } = rights;
    const { deviceId, generation } = maker;
    const times = { createdAtMs: now, expiresAtMs: now + ttlMs };
    const row: SetupRow = {
      setupId: randomUUID(),
      role,
      scopes,
      access,
      ...times,
      ...(deviceId !== undefined && { madeBy: deviceId }),
      ...(deviceId === undefined &&
        generation !== undefined && { bound: boundOf(token, generation) }),
    };
    await this.#store.transact(async (tx) => {
      const kept = await this.#sweep(tx, now);
      const open = kept.filter(({ value }) => value.used === undefined);
      for (const { key } of open.slice(0, Math.max(0, open.length - MOST + 1))) {
        tx.delete(deviceSetupsTable, key);
      }
      tx.put(deviceSetupsTable, hashOf(token), row);
    });
    return { row, token };
  }

  /** The code that `token` belongs to, while it counts under the credentials of `generation`. */
  async find(token: string, generation: string): Promise<SetupRow | undefined> {
    return this.#store.transact((tx) => this.#good(tx, { token, generation }));
  }

  /** Spends a code in the unit of work that approves the device; false when somebody was faster. */
  async spend(
    tx: Tx,
    shown: ShownCode,
    device: { readonly deviceId: string; readonly displayName?: string | undefined },
  ): Promise<boolean> {
    const row = await this.#good(tx, shown);
    if (row === undefined) return false;
    const { deviceId, displayName } = device;
    const named = displayName === undefined ? {} : { deviceName: displayName };
    const used = { deviceId, ...named, atMs: this.#now() };
    tx.put(deviceSetupsTable, hashOf(shown.token), { ...row, used });
    return true;
  }

  /** A code by its id, used or not; undefined once it is forgotten. */
  async status(setupId: string): Promise<SetupRow | undefined> {
    const [found] = await this.#store.transact((tx) =>
      tx.find(deviceSetupsTable, { index: 'setup', equals: [setupId], limit: 1 }),
    );
    return found?.value;
  }

  /** Takes a code back that was not used. False when there is none such. */
  async cancel(setupId: string): Promise<boolean> {
    return this.#store.transact(async (tx) => {
      const [found] = await tx.find(deviceSetupsTable, {
        index: 'setup',
        equals: [setupId],
        limit: 1,
      });
      if (found === undefined || found.value.used !== undefined) return false;
      tx.delete(deviceSetupsTable, found.key);
      return true;
    });
  }

  /** The code of a token, where it counts and whoever made it still could. */
  async #good(tx: Tx, { token, generation }: ShownCode): Promise<SetupRow | undefined> {
    const row = await tx.get(deviceSetupsTable, hashOf(token));
    if (row === undefined || !this.#counts(row)) return undefined;
    if (row.bound !== undefined && row.bound !== boundOf(token, generation)) return undefined;
    return row.madeBy === undefined || (await isAdmin(tx, row.madeBy)) ? row : undefined;
  }

  #counts({ used, createdAtMs, expiresAtMs }: SetupRow): boolean {
    const now = this.#now();
    // A clock that stands before the making of the code was set back, however often since.
    return used === undefined && now >= createdAtMs && now < expiresAtMs;
  }

  async #sweep(tx: Tx, now: number) {
    const rows = await tx.find(deviceSetupsTable, { limit: 1000 });
    const isOver = ({ used, expiresAtMs }: SetupRow): boolean =>
      now >= expiresAtMs + (used === undefined ? 0 : REMEMBERED_MS);
    for (const { key, value } of rows) if (isOver(value)) tx.delete(deviceSetupsTable, key);
    return rows
      .filter(({ value }) => !isOver(value))
      .toSorted((left, right) => left.value.createdAtMs - right.value.createdAtMs);
  }

  #now(): number {
    this.#latest = Math.max(this.#latest, Date.now());
    return this.#latest;
  }
}

/** Whether a device may still do what making a code takes. */
async function isAdmin(tx: Tx, deviceId: string): Promise<boolean> {
  const record = await tx.get(devicesTable, deviceId);
  if (record === undefined || !isApproved(record, 'operator')) return false;
  return grantOf(record, 'operator')?.scopes.includes('operator.admin') === true;
}
