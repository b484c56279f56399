/**
 * Paired devices and devices that ask to be paired, kept in the store.
 *
 * Promises: one transaction per transition; who reads {@link DeviceRegistry.find} after
 * {@link DeviceRegistry.settle} sees every committed change, so a removed device is refused at its
 * next frame; what an approver was shown is what he approves, or nothing. Tokens are derived, never
 * stored (see `identity.ts`).
 *
 * @module
 */
import { randomUUID, timingSafeEqual } from 'node:crypto';

import type { Store, Tx } from '@portcullis/core';
import { type DeviceRequest, LIMITS } from '@portcullis/protocol';

import { deviceToken, loadIdentity, type StoredIdentity } from '../identity.ts';
import { invalidRequest } from '../refusal.ts';
import {
  type ApprovedVia,
  type DeviceAsk,
  type DeviceRecord,
  deviceRequestsTable,
  devicesTable,
  grantOf,
  isApproved,
  type TokenRecord,
  toRecord,
} from './record.ts';
import { SetupCodes, type ShownCode } from './setup-codes.ts';

const TOPIC = 'devices';

/** Devices that may wait for approval at once, in all and from one address. The oldest makes room. */
const MAX_PENDING = 32;
const MAX_PENDING_PER_CLIENT = 4;

/** Answers to requests that are remembered for whoever waits for one. */
const REMEMBERED = 256;

/** What became of a request. */
export type Outcome = 'pending' | 'approved' | 'rejected' | 'expired';

/** What of a request an approver is shown: a change in any of it makes it another request. */
function shownOf(ask: DeviceAsk): string {
  const { role, scopes, platform, deviceFamily, displayName, clientId, browserOrigin } = ask;
  const rights = [role, scopes.toSorted()];
  return JSON.stringify([...rights, platform, deviceFamily, displayName, clientId, browserOrigin]);
}

function isCurrent(request: DeviceRequest, now: number): boolean {
  return now - request.ts < LIMITS.devicePairing;
}

const registries: WeakMap<Store, Promise<DeviceRegistry>> = new WeakMap();

/** Paired devices and devices that ask. */
export class DeviceRegistry {
  readonly identity: StoredIdentity;
  readonly setups: SetupCodes;
  readonly #store: Store;
  readonly #outcomes: Map<string, 'approved' | 'rejected'> = new Map();
  readonly #listeners: Set<() => void> = new Set();
  #devices: ReadonlyMap<string, DeviceRecord> = new Map();
  #stale = true;
  #loading: Promise<void> | undefined;

  private constructor(store: Store, identity: StoredIdentity) {
    this.#store = store;
    this.identity = identity;
    this.setups = new SetupCodes(store);
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

  /**
   * Notes that a device asks. The same device asking for the same again keeps its request id; asking
   * for something else is another request, so that nobody approves what he was not shown.
   */
  async request(
    ask: DeviceAsk,
  ): Promise<{ readonly request: DeviceRequest; readonly isNew: boolean }> {
    const ts = Date.now();
    const requestId = randomUUID();
    return this.#store.transact(async (tx) => {
      const current = await this.#current(tx, ts);
      const own = current.find(({ value }) => value.deviceId === ask.deviceId);
      const isSame = own !== undefined && shownOf(own.value) === shownOf(ask);
      const isRepair = (await tx.get(devicesTable, ask.deviceId)) !== undefined;
      const request = { ...ask, requestId: isSame ? own.key : requestId, isRepair, ts };
      if (own !== undefined && !isSame) tx.delete(deviceRequestsTable, own.key);
      if (own === undefined) makeRoom(tx, current, ask.remoteIp);
      tx.put(deviceRequestsTable, request.requestId, request);
      return { request, isNew: !isSame };
    });
  }

  /** Requests that still count, oldest first; the others are forgotten. */
  async #current(tx: Tx, now: number) {
    const rows = await tx.find(deviceRequestsTable);
    for (const { key, value } of rows) {
      if (!isCurrent(value, now)) tx.delete(deviceRequestsTable, key);
    }
    return rows
      .filter(({ value }) => isCurrent(value, now))
      .toSorted((left, right) => left.value.ts - right.value.ts);
  }

  /** Pairs a device that policy allows at once. */
  async approveNow(ask: DeviceAsk, via: ApprovedVia = 'local'): Promise<DeviceRecord> {
    return this.#change(async (tx) => {
      const record = toRecord(ask, await tx.get(devicesTable, ask.deviceId), via);
      tx.put(devicesTable, ask.deviceId, record);
      return record;
    });
  }

  /** Pairs a device for the setup code it shows, and spends the code; undefined when it counts no more. */
  async redeem(ask: DeviceAsk, shown: ShownCode): Promise<DeviceRecord | undefined> {
    return this.#change(async (tx) => {
      if (!(await this.setups.spend(tx, shown, ask))) return undefined;
      const record = toRecord(ask, await tx.get(devicesTable, ask.deviceId), 'setup');
      tx.put(devicesTable, ask.deviceId, record);
      const pending = await this.#current(tx, Date.now());
      for (const { key, value } of pending) {
        if (value.deviceId === ask.deviceId) tx.delete(deviceRequestsTable, key);
      }
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
    return this.#decide(seen, 'approved', async (tx) => {
      const request = await tx.get(deviceRequestsTable, seen.requestId);
      // A request that grew after it was looked at is not what was approved.
      if (request === undefined || shownOf(request) !== shownOf(seen)) {
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
  async reject(request: DeviceRequest): Promise<void> {
    await this.#decide(request, 'rejected', (tx) =>
      tx.delete(deviceRequestsTable, request.requestId),
    );
  }

  /** Answers a request. Whoever hears of the change finds the answer. */
  async #decide<T>(
    { requestId, deviceId }: DeviceRequest,
    outcome: 'approved' | 'rejected',
    work: (tx: Tx) => Promise<T> | T,
  ): Promise<T> {
    const key = `${deviceId}\n${requestId}`;
    this.#outcomes.set(key, outcome);
    const [oldest] = this.#outcomes.keys();
    if (this.#outcomes.size > REMEMBERED && oldest !== undefined) this.#outcomes.delete(oldest);
    try {
      return await this.#change(work);
    } catch (error) {
      this.#outcomes.delete(key);
      throw error;
    }
  }

  /** What became of a request of a device. */
  async outcomeOf(requestId: string, deviceId: string): Promise<Outcome> {
    const decided = this.#outcomes.get(`${deviceId}\n${requestId}`);
    if (decided !== undefined) return decided;
    const request = await this.#store.transact((tx) => tx.get(deviceRequestsTable, requestId));
    const waits = request?.deviceId === deviceId && isCurrent(request, Date.now());
    return waits ? 'pending' : 'expired';
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
    const token = grantOf(record, role);
    if (token === undefined || !isApproved(record, role)) return undefined;
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
    return same ? grantOf(record, role) : undefined;
  }
}

/** Forgets the oldest request of a client, or of all, where there are too many. */
function makeRoom(
  tx: Tx,
  current: readonly { readonly key: string; readonly value: DeviceRequest }[],
  remoteIp: string | undefined,
): void {
  const ofClient = current.filter(({ value }) => value.remoteIp === remoteIp);
  const [oldest] = ofClient.length >= MAX_PENDING_PER_CLIENT ? ofClient : current;
  const isFull = ofClient.length >= MAX_PENDING_PER_CLIENT || current.length >= MAX_PENDING;
  if (isFull && oldest !== undefined) tx.delete(deviceRequestsTable, oldest.key);
}
