/** What tests and the programs they start have in common. */
import { type Table, defineTable } from '@portcullis/core';

export interface Note {
  readonly text?: string;
  readonly room?: string;
  readonly n?: number;
}

export const notes: Table<Note> = defineTable<Note>('notes');
export const chainKey: Uint8Array = new Uint8Array(32).fill(7);
