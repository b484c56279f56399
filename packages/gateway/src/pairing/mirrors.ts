/**
 * Keeps the mirror files of all accounts in step with the store.
 *
 * @module
 */
import { type Table, defineTable } from '@portcullis/core';
import type { PairingState } from '@portcullis/policy/pairing';

import { textHash } from '../audit/journal.ts';
import { type Kernel, commit } from '../kernel.ts';
import { mirrorPath, mirrorStamp, readMirror, writeMirror } from './mirror.ts';

/** How mirrors reach the truth. */
export interface MirrorStore {
  readonly stored: (channel: string, accountId: string) => Promise<readonly string[]>;
  /** Replaces the stored list by one a person wrote; resolves with what of it are ids. */
  readonly replace: (
    channel: string,
    accountId: string,
    senders: readonly string[],
  ) => Promise<readonly string[]>;
}

/**
 * The content each file had when it last agreed with the store, by path. A file that still has it
 * was not edited: where it differs from the store, a crash kept us from writing it.
 */
export const mirrorsTable: Table<{ readonly hash: string }> = defineTable<{
  readonly hash: string;
}>('mirrors');

interface Known {
  readonly stamp: string | undefined;
  /** Undefined: malformed, so nobody. */
  readonly senders: readonly string[] | undefined;
}

/** The mirror files of one gateway. */
export class Mirrors {
  readonly #kernel: Kernel;
  readonly #store: MirrorStore;
  readonly #known = new Map<string, Known>();

  constructor(kernel: Kernel, store: MirrorStore) {
    this.#kernel = kernel;
    this.#store = store;
  }

  /**
   * The paired senders now. A file a person has edited is imported; one that is malformed admits
   * nobody until it is repaired; one that is missing is written again.
   */
  async sync(channel: string, accountId: string): Promise<readonly string[]> {
    const path = this.#path(channel, accountId);
    const stamp = mirrorStamp(path);
    const known = this.#known.get(path);
    if (known !== undefined && known.stamp === stamp) return known.senders ?? [];
    const content = readMirror(path, channel, accountId);
    if (content.kind === 'malformed') {
      this.#known.set(path, { stamp, senders: undefined });
      this.#kernel.log.error(
        { file: path },
        'pairing: the file is malformed and admits nobody until it is repaired',
      );
      return [];
    }
    const stored = await this.#store.stored(channel, accountId);
    if (content.kind === 'absent' && stored.length === 0) {
      this.#known.set(path, { stamp, senders: stored });
      return stored;
    }
    if (content.kind === 'absent' || !(await this.#wasEdited(path, content.senders))) {
      await this.#rewrite(path, channel, accountId, stored);
      return stored;
    }
    const senders = sameSet(content.senders, stored)
      ? stored
      : await this.#store.replace(channel, accountId, content.senders);
    await this.#agree(path, content.senders, senders);
    return senders;
  }

  /** Writes the file of an account after a transition, unless a person has to repair it first. */
  async write(channel: string, accountId: string, state: PairingState): Promise<void> {
    const path = this.#path(channel, accountId);
    const known = this.#known.get(path);
    if (known !== undefined && known.senders === undefined) return;
    const senders = state.accounts[accountId]?.allow ?? [];
    if (known !== undefined && sameSet(known.senders ?? [], senders)) return;
    if (known === undefined && senders.length === 0) return;
    await this.#rewrite(path, channel, accountId, senders);
  }

  /** Files that are malformed. */
  broken(): readonly string[] {
    return [...this.#known].flatMap(([path, { senders }]) => (senders === undefined ? [path] : []));
  }

  async #rewrite(
    path: string,
    channel: string,
    accountId: string,
    senders: readonly string[],
  ): Promise<void> {
    this.#kernel.step('pairing.before-mirror');
    writeMirror(path, channel, accountId, senders);
    this.#kernel.step('pairing.after-mirror');
    await this.#agree(path, senders, senders);
  }

  /** Remembers that a file with `written` in it stands for `senders`. */
  async #agree(
    path: string,
    written: readonly string[],
    senders: readonly string[],
  ): Promise<void> {
    this.#known.set(path, { stamp: mirrorStamp(path), senders });
    await commit(this.#kernel, (tx) => tx.put(mirrorsTable, path, { hash: contentHash(written) }));
  }

  async #wasEdited(path: string, senders: readonly string[]): Promise<boolean> {
    const agreed = await this.#kernel.store.transact((tx) => tx.get(mirrorsTable, path));
    return agreed?.hash !== contentHash(senders);
  }

  #path(channel: string, accountId: string): string {
    return mirrorPath(this.#kernel.paths.credentialsDir, channel, accountId);
  }
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const set = new Set(a);
  return set.size === new Set(b).size && b.every((item) => set.has(item));
}

function contentHash(senders: readonly string[]): string {
  return textHash(JSON.stringify(senders));
}
