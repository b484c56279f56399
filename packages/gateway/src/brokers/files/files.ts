/**
 * The `files` broker: an agent's workspace, one checked descriptor at a time.
 *
 * Every operation is decided by path, opened without following, and decided again by what the
 * descriptor shows. What is read raises the label of the session before its bytes are handed out;
 * what is written takes the label of the session along.
 *
 * @module
 */
import { posix } from 'node:path';

import type {
  FileChange,
  FileContent,
  FileEntry,
  FileReading,
  FilesBroker,
  TreeEntry,
  Tx,
} from '@portcullis/core';
import { PortcullisError } from '@portcullis/core';
import {
  type FlowLabel,
  type PrivateClass,
  bottomLabel,
  isBelow,
  joinLabels,
  topLabel,
} from '@portcullis/policy/flow';

import type { Kernel } from '../../kernel.ts';
import type { EffectGate } from '../effect.ts';
import { changeTogether } from './change.ts';
import { type Range, hashOf, readContent } from './content.ts';
import { notADirectory, notAFile, notFound, tooLarge, tooMany } from './faults.ts';
import { classOf, contentLabel, dropLabel, nameLabel, putLabel } from './labels.ts';
import { type Listing, describeEntry, entryOf, listEntries } from './listing.ts';
import { type Look, Looker } from './look.ts';
import { ManyFiles, type Reading, outcomeOf, readingOf } from './many.ts';
import { inParent, withDirectory, withFile } from './opening.ts';
import { type Operation, performOperation } from './operation.ts';
import { removeFile, replaceFile } from './replace.ts';
import { listTree } from './tree.ts';
import type { Workspaces } from './workspaces.ts';

/** Largest file that is read or written whole, in bytes, unless a call asks for less. */
const MAX_BYTES = 10 * 1024 * 1024;
/** Entries of a directory that are listed. */
const LIST_DEFAULT = 1000;
const LIST_MOST = 10_000;

/** Entries of a tree, and files that are read as one effect. */
const TREE_MOST = 20_000;
const MANY_MOST = 5000;
const MANY_MAX_BYTES = 1_000_000;
const MANY_TOTAL_BYTES = 20_000_000;

type TreeOptions = NonNullable<Parameters<FilesBroker['tree']>[1]>;
type ManyOptions = NonNullable<Parameters<FilesBroker['readMany']>[1]>;
type ReadOptions = NonNullable<Parameters<FilesBroker['read']>[1]>;
type WriteOptions = NonNullable<Parameters<FilesBroker['write']>[2]>;

/** Files for one call. */
export function createFilesBroker(
  kernel: Kernel,
  gate: EffectGate,
  workspaces: Workspaces,
): FilesBroker {
  const files = new Files(kernel, gate, workspaces);
  return {
    read: (path, options = {}) => files.read(path, options),
    list: (path, options = {}) => files.list(path, options.limit ?? LIST_DEFAULT),
    tree: (path, options = {}) => files.tree(path, options),
    readMany: (paths, options = {}) => files.readMany(paths, options),
    stat: (path) => files.stat(path),
    write: (path, bytes, options = {}) => files.write(path, bytes, options),
    remove: (path) => files.remove(path),
    change: (changes) => files.change(changes),
  };
}

class Files {
  readonly #gate: EffectGate;
  readonly #workspaces: Workspaces;
  readonly #looker: Looker;

  constructor(kernel: Kernel, gate: EffectGate, workspaces: Workspaces) {
    this.#gate = gate;
    this.#workspaces = workspaces;
    this.#looker = new Looker(kernel, workspaces, gate.site.run);
  }

  async read(path: string, options: ReadOptions): Promise<FileContent> {
    const range = checkedRange(options);
    const { content } = await this.#perform({
      op: 'read',
      action: 'read',
      path,
      act: async (look) => {
        assertFile(look);
        const read = await withFile(this.#looker, look, (handle) => readContent(handle, range));
        return { look, ...read };
      },
      settle: async (tx, { look, ...state }) => {
        const { agentId } = this.#gate.site.run;
        await this.#join(tx, look, await contentLabel(tx, agentId, look.resolved, state));
      },
      outcome: ({ content: { bytes, sha256 } }) => ({ bytes: bytes.length, sha256 }),
    });
    return content;
  }

  async list(path: string, limit: number): Promise<Listing> {
    const most = Math.min(checkedCount(limit, 'limit'), LIST_MOST);
    const { listing } = await this.#perform({
      op: 'list',
      action: 'list',
      path,
      act: async (look) => {
        if (isAbsent(look)) throw notFound();
        if (look.facts.type !== 'dir') throw notADirectory();
        const found = await withDirectory(this.#looker, look, (directory) =>
          listEntries(directory, most),
        );
        return { look, listing: found };
      },
      settle: async (tx, { look, listing: { entries } }) => {
        const names = entries.map(({ name }) => posix.join(look.resolved, name));
        await this.#join(tx, look, await this.#labelOfNames(tx, names));
      },
      outcome: ({ listing: { entries } }) => ({ entries: entries.length }),
    });
    return listing;
  }

  async tree(path: string, { limit, except = [] }: TreeOptions): Promise<Listing<TreeEntry>> {
    const { signal } = this.#gate.site;
    const most = Math.min(checkedCount(limit ?? TREE_MOST, 'limit'), TREE_MOST);
    const { tree } = await this.#perform({
      op: 'list',
      action: 'tree',
      path,
      act: async (look) => {
        if (isAbsent(look)) throw notFound();
        if (look.facts.type !== 'dir') throw notADirectory();
        const bounds = { limit: most, except: new Set(except), signal };
        return { look, tree: await listTree(this.#looker, look, path, bounds) };
      },
      settle: async (tx, { look, tree: { entries } }) => {
        const names = entries.map((entry) => posix.join(look.resolved, entry.path));
        const kinds = entries.map((entry) => classOf(posix.join(look.names[1] ?? '', entry.path)));
        await this.#join(tx, look, await this.#labelOfNames(tx, names), kinds);
      },
      outcome: ({ tree: { entries, directories, refused } }) => ({
        entries: entries.length,
        directories,
        refused,
      }),
    });
    return { entries: tree.entries, more: tree.more };
  }

  async readMany(paths: readonly string[], options: ManyOptions): Promise<readonly FileReading[]> {
    if (checkedCount(paths.length, 'number of files') > MANY_MOST) throw tooMany(MANY_MOST);
    if (paths.length === 0) return [];
    const { maxBytes = MANY_MAX_BYTES, totalBytes = MANY_TOTAL_BYTES } = options;
    const many = new ManyFiles(this.#gate, this.#looker, [...paths], {
      maxBytes: Math.min(checkedCount(maxBytes, 'maxBytes'), MANY_MAX_BYTES),
      totalBytes: Math.min(checkedCount(totalBytes, 'totalBytes'), MANY_TOTAL_BYTES),
    });
    const readings = await this.#gate.perform({
      kind: 'files',
      action: 'read_many',
      facts: many.facts(),
      subject: { paths: [...paths] },
      decide: () => many.decide(),
      act: () => many.read(),
      settle: (tx, found) => this.#learnAll(tx, found),
      outcome: outcomeOf,
    });
    return readings.map(readingOf);
  }

  /** Learns what several files bring along, at once. */
  async #learnAll(tx: Tx, readings: readonly Reading[]): Promise<void> {
    const { agentId } = this.#gate.site.run;
    let label = bottomLabel;
    for (const reading of readings) {
      if ('refused' in reading) continue;
      const { look } = reading;
      const name = look.names[1] ?? look.resolved;
      const stored = await contentLabel(tx, agentId, look.resolved, reading);
      const brought = joinLabels({ u: 0, P: [classOf(name)] }, stored);
      // Told to approvers: the file that raised it, not those that came after it.
      if (isBelow(brought, label)) continue;
      label = joinLabels(label, brought);
      await this.#gate.site.flow.learnIn(tx, brought, `the file ${name}`);
    }
  }

  async stat(path: string): Promise<FileEntry | undefined> {
    const { entry } = await this.#perform({
      op: 'list',
      action: 'stat',
      path,
      act: async (look) => ({ look, entry: await this.#entryAt(look) }),
      settle: (tx, { look }) => this.#join(tx, look, bottomLabel),
    });
    return entry;
  }

  async #entryAt(look: Look): Promise<FileEntry | undefined> {
    if (isAbsent(look)) return undefined;
    if (look.facts.type !== 'dir') return await inParent(look, {}, entryOf);
    return await withDirectory(this.#looker, look, async ({ handle, path: at }) =>
      describeEntry(posix.basename(at), await handle.stat()),
    );
  }

  async write(
    path: string,
    bytes: Uint8Array,
    { expect }: WriteOptions,
  ): Promise<{ readonly created: boolean }> {
    if (bytes.length > MAX_BYTES) throw tooLarge(MAX_BYTES);
    const { agentId } = this.#gate.site.run;
    // The caller may go on using its buffer while somebody is asked.
    const content = Uint8Array.from(bytes);
    const sha256 = hashOf(content);
    let written = '';
    const { created } = await this.#perform({
      op: 'write',
      action: 'write',
      path,
      content,
      facts: { bytes: content.length, sha256 },
      ...(expect === undefined ? {} : { expect }),
      act: async (look) => {
        if (look.facts.type === 'dir') throw notAFile();
        written = look.resolved;
        const change = { bytes: content, maxBytes: MAX_BYTES };
        return await this.#workspaces.exclusively(written, () =>
          replaceFile(this.#looker, look, expect === undefined ? change : { ...change, expect }),
        );
      },
      settle: async (tx, { made, mark }) => {
        const label = await this.#gate.site.flow.labelIn(tx);
        for (const directory of made) await putLabel(tx, { agentId, path: directory, label });
        const state = mark === undefined ? {} : { mark };
        await putLabel(tx, { agentId, path: written, sha256, label, ...state });
      },
      outcome: (result) => ({ created: result.created }),
    });
    return { created };
  }

  async remove(path: string): Promise<void> {
    let removed = '';
    await this.#perform({
      op: 'delete',
      action: 'remove',
      path,
      act: async (look) => {
        assertFile(look);
        removed = look.resolved;
        await this.#workspaces.exclusively(removed, () => removeFile(this.#looker, look));
      },
      settle: (tx) => dropLabel(tx, this.#gate.site.run.agentId, removed),
    });
  }

  async change(changes: readonly FileChange[]): Promise<void> {
    const [gate, looker, workspaces] = [this.#gate, this.#looker, this.#workspaces];
    await changeTogether({ gate, looker, workspaces, maxBytes: MAX_BYTES }, changes);
  }

  async #perform<T>(operation: Operation<T>): Promise<T> {
    return await performOperation(this.#gate, this.#looker, operation);
  }

  /** What names bring into the session: whoever chose a name wrote it. */
  async #labelOfNames(tx: Tx, paths: readonly string[]): Promise<FlowLabel> {
    const { agentId } = this.#gate.site.run;
    let label = bottomLabel;
    for (const path of paths) {
      label = joinLabels(label, await nameLabel(tx, agentId, path));
      if (isBelow(topLabel, label)) break;
    }
    return label;
  }

  async #join(
    tx: Tx,
    look: Look,
    stored: FlowLabel,
    more: readonly PrivateClass[] = [],
  ): Promise<void> {
    const kinds = new Set([classOf(look.names[1] ?? look.resolved), ...more]);
    const name = look.names[1] ?? look.resolved;
    const label = joinLabels({ u: 0, P: [...kinds] }, stored);
    await this.#gate.site.flow.learnIn(tx, label, `the file ${name === '' ? '.' : name}`);
  }
}

function isAbsent({ facts }: Look): boolean {
  return facts.leafExists !== true || facts.real === null;
}

function assertFile(look: Look): void {
  if (isAbsent(look)) throw notFound();
  if (look.facts.type === 'dir') throw notAFile();
}

function checkedRange({ maxBytes = MAX_BYTES, offset, length }: ReadOptions): Range {
  return {
    maxBytes: Math.min(checkedCount(maxBytes, 'maxBytes'), MAX_BYTES),
    isPart: offset !== undefined || length !== undefined,
    offset: checkedCount(offset ?? 0, 'offset'),
    length: Math.min(checkedCount(length ?? MAX_BYTES, 'length'), MAX_BYTES),
  };
}

function checkedCount(count: number, what: string): number {
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new PortcullisError('files.range', `The ${what} is not a whole number from 0.`, {
    hint: 'Count in whole bytes or entries.',
  });
}
