/**
 * What a node host was asked for and did: one line of JSON each, written before and after, in a file
 * of its own. What was asked for is known from it, so that nothing runs twice.
 *
 * Promise: whatever a gateway asks for, two files of a bounded size are kept, and what is in them is
 * known and nothing else is remembered.
 *
 * @module
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

import { FOLDER } from './folder.ts';

/** One line. Facts, codes and hashes: no text of a command. */
export interface JournalLine {
  readonly at: number;
  /** `asked` before, `ended` after. */
  readonly phase: 'asked' | 'ended';
  /** Id of the call, as the gateway gave it. */
  readonly id: string;
  readonly key?: string;
  readonly command: string;
  /** Code of the decision, or how it ended. */
  readonly code: string;
  readonly [fact: string]: string | number | boolean | undefined;
}

/** A file that is longer begins anew. The one before is kept. */
const MOST_BYTES = 4_000_000;

/** The journal of one node host. */
export class NodeJournal {
  readonly path: string;
  #seen = new Set<string>();
  /** What is in the file before. */
  #before = new Set<string>();
  #file: number;
  #size: number;

  constructor(stateDir: string) {
    const folder = join(stateDir, FOLDER);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.path = join(folder, 'commands.jsonl');
    this.#learn(`${this.path}.1`);
    this.#age();
    this.#learn(this.path);
    this.#file = openSync(this.path, 'a', 0o600);
    this.#size = statSync(this.path).size;
  }

  /** Whether a call or its key was met before. */
  knows({ id, key }: { readonly id: string; readonly key?: string | undefined }): boolean {
    return this.#has(`id ${id}`) || (key !== undefined && this.#has(`key ${key}`));
  }

  #has(name: string): boolean {
    return this.#seen.has(name) || this.#before.has(name);
  }

  /** Writes a line. It is on disk when this returns. */
  write(line: JournalLine): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    if (this.#size + bytes.length > MOST_BYTES) this.#turnOver();
    this.#note(line);
    writeSync(this.#file, bytes);
    fsyncSync(this.#file);
    this.#size += bytes.length;
  }

  close(): void {
    closeSync(this.#file);
  }

  #turnOver(): void {
    closeSync(this.#file);
    renameSync(this.path, `${this.path}.1`);
    this.#file = openSync(this.path, 'a', 0o600);
    this.#size = 0;
    this.#age();
  }

  #age(): void {
    this.#before = this.#seen;
    this.#seen = new Set();
  }

  #learn(path: string): void {
    if (!existsSync(path)) return;
    for (const text of readFileSync(path, 'utf8').split('\n')) {
      try {
        const line: unknown = JSON.parse(text);
        if (typeof line === 'object' && line !== null) this.#note(line);
      } catch {
        // The end of a process can cut a line short.
      }
    }
  }

  #note(line: object): void {
    if ('id' in line && typeof line.id === 'string') this.#seen.add(`id ${line.id}`);
    if ('key' in line && typeof line.key === 'string') this.#seen.add(`key ${line.key}`);
  }
}
