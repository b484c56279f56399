/**
 * The history of the config, as it is kept: a line of documents without their secrets.
 *
 * @module
 */
import { type Table, defineTable } from '@portcullis/core';

import type { ConfigEntry } from '../services/config.ts';

/** An entry as it is stored. */
export interface ConfigRow extends ConfigEntry {
  /** The document after it, redacted; absent where it could not be read as a config. */
  readonly text?: string;
  /** Fingerprint of all settings it makes, with what it includes and the variables. */
  readonly means?: string;
  /** Those settings as JSON, redacted, where included files or variables have a part in them. */
  readonly settings?: string;
}

/** Entries by their number, padded so that their keys sort like it. */
export const configHistoryTable: Table<ConfigRow> = defineTable<ConfigRow>('config_history', {
  state: ['state'],
  after: ['after'],
});

/** The key of an entry. */
export function entryKey(id: string): string {
  return id.padStart(12, '0');
}
