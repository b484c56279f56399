/**
 * Opens the embedded store: owns the folder, starts the writer, connects the reader.
 *
 * @module
 */
import { join } from 'node:path';

import { type Logger, PortcullisError, type Store, silentLogger } from '@portcullis/core';

import { lockDirectory, touchPrivate } from './directory-lock.ts';
import { fromFailure, toFailure } from './failure.ts';
import { Reader } from './reader.ts';
import { type TableDeclaration, compileTables } from './schema.ts';
import { SqliteStore } from './sqlite-store.ts';
import { Topics } from './topics.ts';
import type { StoreFault } from './writer-message.ts';
import { Writer } from './writer.ts';

/** How to open the embedded store. */
export interface SqliteStoreOptions {
  /** The state folder. Made if missing, and made private (0700). */
  readonly directory: string;
  /** Every table that units of work will use. New tables and indexes are added by themselves. */
  readonly tables: readonly TableDeclaration[];
  /** Key of the log chains, at least 32 bytes. Keep it outside the state folder. */
  readonly chainKey: Uint8Array;
  /** Names this gateway as the holder of its leases. Default `gateway`. */
  readonly gatewayId?: string;
  /** Default: silence. */
  readonly log?: Logger;
  /** Asked before each batch for trouble to make. For tests of what happens then. */
  readonly faults?: () => StoreFault | undefined;
}

/** File name of the database inside the state folder. */
export const DATABASE_FILE = 'portcullis.sqlite';

/**
 * Opens the store in a folder and owns the folder until it is closed or the process dies.
 *
 * Throws `store.locked` (somebody else has it open; the message names the process), `store.newer`
 * (written by a later version), `store.corrupt` (damaged, and left as it is), `store.schema`
 * (declarations that do not fit together) or `store.io`.
 *
 * @example
 * ```ts
 * const notes = defineTable<{ text: string }>('notes');
 * const store = await openSqliteStore({ directory: 'state', tables: [notes], chainKey });
 * await store.transact((tx) => tx.put(notes, 'first', { text: 'hello' }));
 * ```
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { directory, tables, chainKey, gatewayId = 'gateway', log = silentLogger } = options;
  if (chainKey.byteLength < 32) {
    throw new PortcullisError('store.key_size', 'The key of the log chains is too short.', {
      hint: 'Use 32 random bytes, made once and kept in a private file.',
    });
  }
  const schemas = compileTables(tables);
  const lock = locked(directory);
  let writer: Writer | undefined;
  try {
    const path = join(directory, DATABASE_FILE);
    touchPrivate(path);
    let store: SqliteStore | undefined;
    writer = await Writer.start(
      { path, schemas, chainKey: Uint8Array.from(chainKey), thorough: lock.afterCrash },
      { log, fault: options.faults, onDeath: () => store?.abandon() },
    );
    const positions = new Map(schemas.map((schema, position) => [schema.name, position]));
    store = new SqliteStore({
      source: { reader: new Reader(path, schemas), schemas, positions },
      writer,
      topics: new Topics(log),
      holder: `${gatewayId} (process ${process.pid})`,
      unlock: lock.release,
    });
    return store;
  } catch (error) {
    await writer?.close();
    lock.release();
    throw PortcullisError.is(error) ? error : fromFailure(toFailure(error), error);
  }
}

function locked(directory: string): ReturnType<typeof lockDirectory> {
  try {
    return lockDirectory(directory);
  } catch (error) {
    throw PortcullisError.is(error) ? error : fromFailure(toFailure(error), error);
  }
}
