/**
 * Looks through a directory and all below it, bounded in every direction.
 *
 * @module
 */
import { type FilesBroker, PortcullisError } from '@portcullis/core';

import { decodeText, printableName } from './file-text.ts';

/** What to look for. */
export interface Search {
  readonly root: string;
  /** Which paths, relative to `root`. */
  readonly matches: (path: string) => boolean;
  /** Text that a line must hold. */
  readonly contains?: string;
  /** Most results. */
  readonly limit: number;
}

/** What was found, as lines, and why there may be more. */
export interface Found {
  readonly lines: readonly string[];
  readonly stopped?: string;
  /** Files that were not looked into: too large, not text, or refused. */
  readonly skipped: number;
}

const MOST_DIRECTORIES = 500;
const MOST_ENTRIES = 20_000;
const MOST_FILES = 300;
const MOST_BYTES = 20_000_000;
const MOST_BYTES_OF_ONE = 1_000_000;
const MOST_MS = 15_000;
const LINE_CHARS = 200;
/** Directories of tools, which drown what people wrote. Name one as the root to look into it. */
const LEFT_OUT = new Set(['.git', 'node_modules']);

/** Searches. Stops at the first bound it meets and says so. */
export async function search(
  files: FilesBroker,
  wanted: Search,
  signal: AbortSignal,
): Promise<Found> {
  return await new Walk(files, wanted, signal).run();
}

class Walk {
  readonly #files: FilesBroker;
  readonly #wanted: Search;
  readonly #signal: AbortSignal;
  readonly #deadline = performance.now() + MOST_MS;
  readonly #lines: string[] = [];
  #directories = 0;
  #entries = 0;
  #looked = 0;
  #bytes = 0;
  #skipped = 0;
  #stopped: string | undefined;

  constructor(files: FilesBroker, wanted: Search, signal: AbortSignal) {
    this.#files = files;
    this.#wanted = wanted;
    this.#signal = signal;
  }

  async run(): Promise<Found> {
    const queue = [''];
    for (let below = queue.shift(); below !== undefined; below = queue.shift()) {
      queue.push(...(await this.#directory(below)));
      if (this.#stopped !== undefined) break;
    }
    const found = { lines: this.#lines, skipped: this.#skipped };
    return this.#stopped === undefined ? found : { ...found, stopped: this.#stopped };
  }

  /** Looks at one directory; returns those in it. */
  async #directory(below: string): Promise<readonly string[]> {
    this.#directories += 1;
    if (this.#isOver(this.#directories > MOST_DIRECTORIES, 'too many directories')) return [];
    const at = joined(this.#wanted.root, below);
    const { entries, more } = await this.#files.list(at, { limit: 10_000 });
    const next: string[] = [];
    for (const { name, type, size } of entries) {
      this.#entries += 1;
      const path = joined(below, name);
      if (this.#isOver(this.#entries > MOST_ENTRIES, 'too many entries')) return [];
      if (type === 'directory') {
        if (!LEFT_OUT.has(name)) next.push(path);
      } else if (type === 'file' && this.#wanted.matches(path)) {
        await this.#file(path, size);
      }
      if (this.#stopped !== undefined) return [];
    }
    this.#isOver(more, 'a directory is too large');
    return next;
  }

  async #file(path: string, size: number): Promise<void> {
    const { contains } = this.#wanted;
    if (contains === undefined) {
      this.#add(printableName(path));
      return;
    }
    if (size > MOST_BYTES_OF_ONE) {
      this.#skipped += 1;
      return;
    }
    this.#looked += 1;
    this.#bytes += size;
    const isOver = this.#looked > MOST_FILES || this.#bytes > MOST_BYTES;
    if (this.#isOver(isOver, 'too many files to look into')) return;
    const text = await this.#text(path);
    if (text === undefined) {
      this.#skipped += 1;
      return;
    }
    for (const [index, line] of text.split('\n').entries()) {
      if (line.includes(contains)) {
        const shown = line.trim().slice(0, LINE_CHARS);
        this.#add(`${printableName(path)}:${String(index + 1)}: ${shown}`);
      }
      if (this.#stopped !== undefined) return;
    }
  }

  async #text(path: string): Promise<string | undefined> {
    try {
      const at = joined(this.#wanted.root, path);
      const { bytes } = await this.#files.read(at, { maxBytes: MOST_BYTES_OF_ONE });
      return decodeText(bytes).text;
    } catch (error) {
      // One file that is refused or gone does not end the search.
      if (PortcullisError.is(error)) return undefined;
      throw error;
    }
  }

  #add(line: string): void {
    if (this.#lines.length === this.#wanted.limit) this.#stopped = 'more results than asked for';
    else this.#lines.push(line);
  }

  #isOver(reached: boolean, why: string): boolean {
    this.#signal.throwIfAborted();
    if (reached) this.#stopped ??= why;
    else if (performance.now() > this.#deadline) this.#stopped ??= 'it took too long';
    return this.#stopped !== undefined;
  }
}

function joined(directory: string, name: string): string {
  if (name === '') return directory;
  return directory === '' || directory === '.' ? name : `${directory}/${name}`;
}
