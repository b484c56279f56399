/**
 * The embedded default store of Portcullis: one SQLite file, durable per commit, owned by one
 * process.
 *
 * @module
 */
export { copySqliteStore } from './copy.ts';
export {
  type DirectoryLock,
  type LockHolder,
  lockDirectory,
  lockHolder,
} from './directory-lock.ts';
export { type InspectOptions, type StoreInspection, inspectStore } from './inspect-store.ts';
export { type SqliteStoreOptions, openSqliteStore } from './open-store.ts';
export type { TableDeclaration } from './schema.ts';
export type { StoreFault } from './writer-message.ts';
