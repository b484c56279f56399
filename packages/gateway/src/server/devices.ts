/**
 * Paired devices and devices that ask to be paired, kept in the store.
 *
 * Promises: one transaction per transition; who reads {@link DeviceRegistry.find} after
 * {@link DeviceRegistry.settle} sees every committed change, so a removed device is refused at its
 * next frame. Tokens are derived, never stored (see `identity.ts`).
 *
 * @module
 */
import { randomUUID, timingSafeEqual } from 'node:crypto';

import { defineTable, type Store, type Table, type Tx } from '@portcullis/core';
import { type DeviceRequest, LIMITS, type PairedDevice } from '@portcullis/protocol';

import { deviceToken, loadIdentity, type StoredIdentity } from './identity.ts';
import { invalidRequest } from './refusal.ts';

/** A token of a device: which generation is good, and for what. */
export interface TokenRecord {
  readonly role: string;
  readonly scopes: readonly string[];
  readonly generation: number;
  readonly createdAtMs: number;
  readonly rotatedAtMs?: number;
  readonly revokedAtMs?: number;
}

/** A device as it is stored. A removed one leaves its record, so that it is never let in silently again. */
export type DeviceRecord = Omit<PairedDevice, 'connected' | 'tokens'> & {
  readonly tokens: readonly TokenRecord[];
  readonly removedAtMs?: number;
};

/** Paired devices by device id. */
export const devicesTable: Table<DeviceRecord> = defineTable<DeviceRecord>('devices');

/** Pending requests by request id. */
export const deviceRequestsTable: Table<DeviceRequest> = defineTable<DeviceRequest>(
  'device_requests',
  { device: ['deviceId'] },
);

/** What a device asks for. */
export type DeviceAsk = Omit<DeviceRequest, 'requestId' | 'isRepair' | 'ts'>;

const TOPIC = 'devices';

/** Devices that may wait for approval at once. The oldest makes room. */
const MAX_PENDING = 32;

function isCurrent(request: DeviceRequest, now: number): boolean {
  return now - request.ts < LIMITS.devicePairing;
}

function union(left: readonly string[], right: readonly string[]): readonly string[] {
  return [...new Set([...left, ...right])];
}

/** The token after an approval: kept and widened where a good one exists, else a new generation. */
function approvedToken(
  role: string,
  scopes: readonly string[],
  earlier: DeviceRecord | undefined,
  now: number,
): TokenRecord {
  const tokens = earlier?.tokens ?? [];
  const kept = tokens.find((token) => token.role === role && token.revokedAtMs === undefined);
  if (kept !== undefined && earlier?.removedAtMs === undefined) return { ...kept, scopes };
  // A generation is never used twice, not even by a device that was removed in between.
  const generation = Math.max(0, ...tokens.map((token) => token.generation)) + 1;
  return { role, scopes, generation, createdAtMs: now };
}

/** What an approval makes of a request: it adds to what the device already had in the same role. */
function toRecord(
  ask: DeviceAsk,
  earlier: DeviceRecord | undefined,
  via: 'local' | 'owner',
): DeviceRecord {
  const now = Date.now();
  const {
    browserOrigin: _origin,
    remoteIp: _ip,
    roles: _roles,
    deviceFamily: _family,
    ...kept
  } = ask;
  const known = earlier?.removedAtMs === undefined ? earlier : undefined;
  const scopes = [...union(known?.role === ask.role ? known.scopes : [], ask.scopes)];
  return {
    ...kept,
    scopes,
    roles: [ask.role],
    approvedVia: via,
    createdAtMs: known?.createdAtMs ?? now,
    approvedAtMs: now,
    tokens: [approvedToken(ask.role, scopes, earlier, now)],
    ...(known?.displayName !== undefined && { displayName: known.displayName }),
  };
}

const registries: WeakMap<Store, Promise<DeviceRegistry>> = new WeakMap();

/** Paired devices and devices that ask. */
export class DeviceRegistry {
  readonly identity: StoredIdentity;
  readonly #store: Store;
  readonly #listeners: Set<() => void> = new Set();
  #devices: ReadonlyMap<string, DeviceRecord> = new Map();
  #stale = true;
  #loading: Promise<void> | undefined;

  private constructor(store: Store, identity: StoredIdentity) {
    this.#store = store;
    this.identity = identity;
    store.subscribe(TOPIC, () => {
      this.#stale = true;
      // A failed read leaves the registry unsettled, and the next frame of a device tries again.
      this.settle().catch(() => undefined);
    });
  }

  /** The registry of a store; made once per store. */
  static of(store: Store): Promise<DeviceRegistry> {
    let registry = registries.get(store);
    if (registry === undefined) {
      registry = DeviceRegistry.#open(store);
      registries.set(store, registry);
      registry.catch(() => registries.delete(store));
    }
    return registry;
  }

  static async #open(store: Store): Promise<DeviceRegistry> {
    const registry = new DeviceRegistry(store, await loadIdentity(store));
    await registry.settle();
    return registry;
  }

  /** True when {@link find} reflects every committed change this process knows of. */
  get isSettled(): boolean {
    return !this.#stale;
  }

  /** Reads what changed. Resolves when {@link find} is current. */
  async settle(): Promise<void> {
    while (this.#stale) {
      this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
      await this.#loading;
    }
  }

  async #load(): Promise<void> {
    this.#stale = false;
    try {
      const rows = await this.#store.transact((tx) => tx.find(devicesTable, { limit: 10_000 }));
      this.#devices = new Map(rows.map(({ key, value }) => [key, value]));
    } catch (error) {
      this.#stale = true;
      throw error;
    }
    for (const listener of this.#listeners) listener();
  }

  /** Calls `listener` after every change. Returns the way to stop it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A paired device, or the record a removed one left. */
  find(deviceId: string): DeviceRecord | undefined {
    return this.#devices.get(deviceId);
  }

  /** Every paired device. */
  paired(): readonly DeviceRecord[] {
    return [...this.#devices.values()].filter((device) => device.removedAtMs === undefined);
  }

  /** Requests that still wait, oldest first. */
  async pending(): Promise<readonly DeviceRequest[]> {
    const now = Date.now();
    const rows = await this.#store.transact((tx) => tx.find(deviceRequestsTable));
    return rows.map(({ value }) => value).filter((request) => isCurrent(request, now));
  }

  async #change<T>(work: (tx: Tx) => Promise<T> | T): Promise<T> {
    const result = await this.#store.transact((tx) => {
      tx.notify(TOPIC);
      return work(tx);
    });
    this.#stale = true;
    await this.settle();
    return result;
  }

  /** Notes that a device asks. The same device asking again keeps its request id. */
  async request(
    ask: DeviceAsk,
  ): Promise<{ readonly request: DeviceRequest; readonly isNew: boolean }> {
    const ts = Date.now();
    const requestId = randomUUID();
    return this.#store.transact(async (tx) => {
      const rows = await tx.find(deviceRequestsTable);
      for (const { key, value } of rows) {
        if (!isCurrent(value, ts)) tx.delete(deviceRequestsTable, key);
      }
      const current = rows.filter(({ value }) => isCurrent(value, ts));
      const own = current.find(({ value }) => value.deviceId === ask.deviceId);
      const known = await tx.get(devicesTable, ask.deviceId);
      const isRepair = known !== undefined;
      const request = { ...ask, requestId: own?.key ?? requestId, isRepair, ts };
      if (own === undefined && current.length >= MAX_PENDING && current[0] !== undefined) {
        tx.delete(deviceRequestsTable, current[0].key);
      }
      tx.put(deviceRequestsTable, request.requestId, request);
      return { request, isNew: own === undefined };
    });
  }

  /** Pairs a device that policy allows at once. */
  async approveNow(ask: DeviceAsk): Promise<DeviceRecord> {
    return this.#change(async (tx) => {
      const record = toRecord(ask, await tx.get(devicesTable, ask.deviceId), 'local');
      tx.put(devicesTable, ask.deviceId, record);
      return record;
    });
  }

  /** A pending request. Throws `request.invalid` for an unknown or outdated id. */
  async requested(requestId: string): Promise<DeviceRequest> {
    const request = await this.#store.transact((tx) => tx.get(deviceRequestsTable, requestId));
    if (request === undefined || !isCurrent(request, Date.now())) {
      throw invalidRequest('unknown requestId');
    }
    return request;
  }

  /** Pairs a device that asked. `seen` is the request the approver was shown. */
  async approve(seen: DeviceRequest): Promise<DeviceRecord> {
    return this.#change(async (tx) => {
      const request = await tx.get(deviceRequestsTable, seen.requestId);
      // A request that grew after it was looked at is not what was approved.
      if (
        request === undefined ||
        request.scopes.join() !== seen.scopes.join() ||
        request.role !== seen.role
      ) {
        throw invalidRequest('unknown requestId');
      }
      const { requestId: _id, isRepair: _repair, ts: _ts, ...ask } = request;
      const record = toRecord(ask, await tx.get(devicesTable, ask.deviceId), 'owner');
      tx.delete(deviceRequestsTable, seen.requestId);
      tx.put(devicesTable, ask.deviceId, record);
      return record;
    });
  }

  /** Refuses a device that asked. */
  async reject(requestId: string): Promise<void> {
    await this.#change((tx) => tx.delete(deviceRequestsTable, requestId));
  }

  /** A paired device. Throws `request.invalid` when there is none. */
  require(deviceId: string): DeviceRecord {
    const record = this.find(deviceId);
    if (record === undefined || record.removedAtMs !== undefined) {
      throw invalidRequest('unknown deviceId');
    }
    return record;
  }

  /** Changes a paired device. */
  async update(
    deviceId: string,
    change: (record: DeviceRecord) => DeviceRecord,
  ): Promise<DeviceRecord> {
    return this.#change(async (tx) => {
      const record = await tx.get(devicesTable, deviceId);
      if (record === undefined || record.removedAtMs !== undefined) {
        throw invalidRequest('unknown deviceId');
      }
      const changed = change(record);
      tx.put(devicesTable, deviceId, changed);
      return changed;
    });
  }

  /** The token a device may use in its role, or undefined when it was revoked. */
  tokenOf(record: DeviceRecord, role: string): string | undefined {
    const token = record.tokens.find((each) => each.role === role);
    if (token === undefined || token.revokedAtMs !== undefined) return undefined;
    return deviceToken(this.identity, {
      deviceId: record.deviceId,
      role,
      generation: token.generation,
    });
  }

  /** Whether `offered` is the token of the device in `role`: the record of the token, or undefined. */
  verifyToken(record: DeviceRecord, role: string, offered: string): TokenRecord | undefined {
    const expected = this.tokenOf(record, role);
    if (expected === undefined) return undefined;
    const left = Buffer.from(expected, 'utf8');
    const right = Buffer.from(offered, 'utf8');
    const same = left.length === right.length && timingSafeEqual(left, right);
    return same ? record.tokens.find((each) => each.role === role) : undefined;
  }
}
