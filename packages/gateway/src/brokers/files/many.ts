/**
 * Reading several files as one effect: each is decided, opened and confirmed for itself, and what they
 * bring along is learned in one unit of work before any of their bytes are handed out.
 *
 * @module
 */
import { posix } from 'node:path';

import { type Decision, type FileReading, PortcullisError, isAllowed } from '@portcullis/core';

import { textHash } from '../../audit/journal.ts';
import type { EffectFacts, EffectGate } from '../effect.ts';
import { type ReadFile, hashOf, readContent } from './content.ts';
import { type OpenDirectory, openDirectory } from './descent.ts';
import { isSystemFault, notAFile, notFound, systemFault } from './faults.ts';
import type { Look, Looker } from './look.ts';
import { withEntry } from './opening.ts';

/** How much to read. */
export interface ManyBounds {
  /** Bytes of one file. */
  readonly maxBytes: number;
  /** Bytes of all. */
  readonly totalBytes: number;
}

/** A file that was read, with the look that let it be. */
export interface ReadOne extends ReadFile {
  readonly look: Look;
}

/** What came of one path: a file, or the code that kept it from being read. */
export type Reading = ReadOne | { readonly refused: string };

/** Files that are open at one time. */
const AT_ONCE = 16;

/** Reads files, each under its own decision. What one path does not give does not end the others. */
export class ManyFiles {
  readonly #gate: EffectGate;
  readonly #looker: Looker;
  readonly #paths: readonly string[];
  readonly #bounds: ManyBounds;
  #looks: readonly Look[] = [];

  constructor(gate: EffectGate, looker: Looker, paths: readonly string[], bounds: ManyBounds) {
    this.#gate = gate;
    this.#looker = looker;
    this.#paths = paths;
    this.#bounds = bounds;
  }

  /** What the audit log knows of the paths. */
  facts(): EffectFacts {
    return { files: this.#paths.length, pathHash: textHash(this.#paths.join('\0')) };
  }

  /** The decisions that let files be read; where there is none, the first refusal. */
  async decide(): Promise<readonly Decision[]> {
    const workspace = await this.#looker.workspace();
    const looks: Look[] = [];
    for (const batch of batches(this.#paths)) {
      this.#gate.site.signal.throwIfAborted();
      looks.push(
        ...(await Promise.all(batch.map((path) => this.#looker.look('read', path, workspace)))),
      );
    }
    this.#looks = looks;
    const decisions = looks.map(({ decision }) => decision);
    const allowed = decisions.filter(isAllowed);
    // Nobody is asked about one of many: what is not allowed outright is not read.
    return allowed.length > 0
      ? allowed
      : decisions.slice(0, 1).map((decision) => ({ ...decision, effect: 'deny' }));
  }

  /** Reads them, in order. */
  async read(): Promise<readonly Reading[]> {
    const readings: Reading[] = [];
    let left = this.#bounds.totalBytes;
    for (const looks of neighbours(this.#looks)) {
      readings.push(
        ...(await this.#inFolder(looks, async (readAll) => {
          const found: Reading[] = [];
          for (const batch of batches(looks)) {
            this.#gate.site.signal.throwIfAborted();
            for (const reading of left > 0 ? await readAll(batch) : batch.map(() => TOO_LARGE)) {
              const size = 'refused' in reading ? 0 : reading.content.size;
              found.push(size > left ? TOO_LARGE : reading);
              left = size > left ? 0 : left - size;
            }
          }
          return found;
        })),
      );
    }
    return readings;
  }

  /** Opens the directory that files share once. */
  async #inFolder(
    looks: readonly Look[],
    work: (
      readAll: (batch: readonly Look[]) => Promise<readonly Reading[]>,
    ) => Promise<readonly Reading[]>,
  ): Promise<readonly Reading[]> {
    const [first] = looks;
    if (first === undefined) return [];
    if (!isAllowed(first.decision)) {
      return await work(async (batch) => batch.map(({ decision }) => ({ refused: decision.code })));
    }
    let folder: OpenDirectory;
    try {
      folder = await openDirectory(posix.dirname(first.resolved), first.workspace.real);
    } catch (error) {
      const refused = codeOf(error);
      return looks.map(() => ({ refused }));
    }
    try {
      return await work((batch) => Promise.all(batch.map((look) => this.#one(folder, look))));
    } finally {
      await folder.handle.close();
    }
  }

  async #one(folder: OpenDirectory, look: Look): Promise<Reading> {
    try {
      if (look.facts.leafExists !== true || look.facts.real === null) throw notFound();
      if (look.facts.type === 'dir') throw notAFile();
      const { maxBytes } = this.#bounds;
      const range = { maxBytes, isPart: false, offset: 0, length: maxBytes };
      const name = posix.basename(look.resolved);
      const read = await withEntry(this.#looker, look, folder, name, (handle) =>
        readContent(handle, range),
      );
      return { look, ...read };
    } catch (error) {
      return { refused: codeOf(error) };
    }
  }
}

/** As tools see it. */
export function readingOf(reading: Reading): FileReading {
  return 'refused' in reading ? reading : reading.content;
}

/** What the audit log knows of the readings. */
export function outcomeOf(readings: readonly Reading[]): EffectFacts {
  const read = readings.filter((reading): reading is ReadOne => !('refused' in reading));
  return {
    read: read.length,
    refused: readings.length - read.length,
    bytes: read.reduce((sum, { content }) => sum + content.size, 0),
    sha256: hashOf(new TextEncoder().encode(read.map(({ sha256 }) => sha256).join('\n'))),
  };
}

const TOO_LARGE: Reading = { refused: 'files.too_large' };

/** The code of what kept one file from being read; what is no fault of the file is thrown on. */
function codeOf(error: unknown): string {
  if (PortcullisError.is(error)) return error.code;
  if (isSystemFault(error)) return systemFault(error).code;
  throw error;
}

function* batches<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let at = 0; at < items.length; at += AT_ONCE) yield items.slice(at, at + AT_ONCE);
}

/** Runs of files that follow each other and are in one directory; what is refused is in none. */
function* neighbours(looks: readonly Look[]): Iterable<readonly Look[]> {
  let run: Look[] = [];
  for (const look of looks) {
    const before = run[0];
    if (before !== undefined && placeOf(before) !== placeOf(look)) {
      yield run;
      run = [];
    }
    run.push(look);
  }
  yield run;
}

function placeOf({ decision, resolved }: Look): string {
  return isAllowed(decision) ? posix.dirname(resolved) : '';
}
