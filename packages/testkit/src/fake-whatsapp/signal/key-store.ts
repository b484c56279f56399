/**
 * The memory of one device for keys and sessions.
 *
 * @module
 */
import type { SignalDataSet, SignalDataTypeMap, SignalKeyStoreWithTransaction } from 'baileys';

/** A key store in memory. Who uses it does one thing at a time. */
export function memoryKeyStore(): SignalKeyStoreWithTransaction {
  const kinds = new Map<string, Map<string, unknown>>();
  const kindOf = (name: string) => {
    const kind = kinds.get(name) ?? new Map<string, unknown>();
    kinds.set(name, kind);
    return kind;
  };
  return {
    get: <Kind extends keyof SignalDataTypeMap>(name: Kind, ids: string[]) => {
      const kind = kindOf(name);
      const found = ids.filter((id) => kind.has(id)).map((id) => [id, kind.get(id)]);
      return Object.fromEntries(found) as Record<string, SignalDataTypeMap[Kind]>;
    },
    set: (data: SignalDataSet) => {
      for (const [name, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values)) {
          if (value === null) kindOf(name).delete(id);
          else kindOf(name).set(id, value);
        }
      }
    },
    isInTransaction: () => false,
    transaction: (act) => act(),
  };
}
