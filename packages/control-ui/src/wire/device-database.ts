/**
 * Keeps the device key in IndexedDB, the one place that can hold a key without its bytes.
 *
 * @module
 */
import type { DeviceKey, DeviceKeyStore } from './device.ts';

const DATABASE = 'portcullis';
const STORE = 'device';
const ENTRY = 'ed25519';

function settle<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error));
  });
}

async function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE));
  return settle(request);
}

/** The key store of this browser profile and origin. */
export function deviceDatabase(): DeviceKeyStore {
  return {
    async load() {
      const database = await open();
      const store = database.transaction(STORE).objectStore(STORE);
      const found: DeviceKey | undefined = await settle<DeviceKey | undefined>(store.get(ENTRY));
      database.close();
      return found;
    },
    async save(key) {
      const database = await open();
      await settle(database.transaction(STORE, 'readwrite').objectStore(STORE).put(key, ENTRY));
      database.close();
    },
  };
}
