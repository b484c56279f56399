/**
 * Puts changes of the config on record: an entry of the history and a line of the audit log, in one
 * step. Promises: no secret is in an entry, and no text of the config in a line.
 *
 * @module
 */
import { type Json, type Tx, canonicalJson } from '@portcullis/core';
import type { ExposureDiff } from '@portcullis/policy/explain';

import { type LoadedConfig, getPath } from '../config/index.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { ConfigEntry } from '../services/config.ts';
import type { Fingerprint } from './fingerprint.ts';
import { redactedOf, settingsOf } from './found.ts';
import {
  type ConfigDraft,
  addEntry,
  entriesIn,
  newestDocument,
  settleEntry,
  toEntry,
} from './history.ts';

/** What records are made with. */
type RecordGround = Pick<Kernel, 'store' | 'lease' | 'journal' | 'now' | 'config' | 'egress'>;

/** Entries that are kept when nothing else is configured. */
const KEEP = 100;
/** Most settings, openings and closings that an entry names. */
const MOST_NAMED = 200;

/** Writes the history of one config. */
export class ConfigRecords {
  readonly #ground: RecordGround;
  readonly #prints: Fingerprint;

  constructor(ground: RecordGround, prints: Fingerprint) {
    this.#ground = ground;
    this.#prints = prints;
  }

  /** Says of every entry that a crash cut off whether its document came into the file. */
  async finish(tx: Tx, inFile: string): Promise<void> {
    for (const { id, after } of await entriesIn(tx, 'writing')) {
      const isWritten = after === inFile;
      const entry = await settleEntry(tx, id, {
        state: isWritten ? 'applied' : 'failed',
        ...(isWritten ? {} : { cause: 'gateway.stopped' }),
      });
      this.#note(tx, `config.${entry.state}`, 'gateway', entry);
    }
  }

  /** No edit waits any more: the one that is in force now was taken up, others were replaced. */
  async settleWaiting(tx: Tx, who: string, inForce: string): Promise<readonly ConfigEntry[]> {
    const ended: ConfigEntry[] = [];
    for (const { id, after } of await entriesIn(tx, 'waiting')) {
      const state = after === inForce ? 'applied' : 'dropped';
      const settled = { state, settledAt: this.#ground.now(), settledBy: who } as const;
      const entry = await settleEntry(tx, id, settled);
      this.#note(tx, `config.${state}`, who, entry);
      ended.push(entry);
    }
    return ended;
  }

  /** No edit waits any more: another document counts. */
  async replaceWaiting(who: string): Promise<void> {
    await commit(this.#ground, async (tx) => void (await this.settleWaiting(tx, who, '')));
  }

  /** A document that was said yes to, and that counts no earlier than at the next start. */
  async defer(who: string, { raw }: LoadedConfig, cause: string): Promise<void> {
    await commit(this.#ground, async (tx) => {
      const latest = await newestDocument(tx);
      if (latest?.state !== 'applied' || latest.after !== this.#prints.of(raw)) return;
      const entry = await settleEntry(tx, latest.id, { state: 'waiting', cause });
      this.#note(tx, 'config.waiting', who, entry);
    });
  }

  /** Says what became of an entry. */
  async settle(
    who: string,
    id: string,
    state: 'applied' | 'failed' | 'waiting',
    cause?: string,
  ): Promise<void> {
    await commit(this.#ground, async (tx) => {
      // What waited was replaced by this document, or is a part of it.
      if (state !== 'failed') await this.settleWaiting(tx, who, '');
      const entry = await settleEntry(tx, id, { state, ...(cause === undefined ? {} : { cause }) });
      this.#note(tx, `config.${state}`, who, entry);
    });
  }

  /** Puts a document on record that was found in the file. */
  async record(
    found: LoadedConfig,
    state: 'waiting' | 'applied',
    before: string,
    diff: ExposureDiff,
  ): Promise<ConfigEntry> {
    const draft = this.draft(found, diff);
    return await this.add('file', { ...draft, state, who: 'file', how: 'file', before });
  }

  /** Adds an entry. */
  async add(who: string, draft: ConfigDraft): Promise<ConfigEntry> {
    return await commit(this.#ground, async (tx) => {
      const entry = toEntry(await addEntry(tx, draft, this.#keep()));
      this.#note(tx, `config.${entry.state}`, who, entry);
      return entry;
    });
  }

  /** What an entry says of a document and of what it changes. */
  draft(
    config: LoadedConfig,
    { changed, opens, closes }: ExposureDiff,
  ): Omit<ConfigDraft, 'state' | 'who' | 'how' | 'before'> {
    const text = redactedOf(config.raw, this.#ground.egress);
    const settings = settingsOf(config, this.#ground.egress);
    return {
      at: this.#ground.now(),
      after: this.#prints.of(config.raw),
      means: this.means(config),
      changed: changed.slice(0, MOST_NAMED),
      opens: opens.slice(0, MOST_NAMED),
      closes: closes.slice(0, MOST_NAMED),
      ...(text === undefined ? {} : { text }),
      ...(settings === undefined ? {} : { settings }),
    };
  }

  /** Names everything a config sets, wherever it stands. */
  means({ value }: LoadedConfig): string {
    return this.#prints.of(canonicalJson(value as Json));
  }

  #note(tx: Tx, code: string, principal: string, entry: ConfigEntry): void {
    const { id, how, before, after, changed, opens, closes } = entry;
    this.#ground.journal.record(tx, {
      kind: 'operator',
      at: this.#ground.now(),
      principal,
      code,
      entry: id,
      how,
      before,
      after,
      changed: changed.length,
      opens: opens.length,
      closes: closes.length,
    });
  }

  #keep(): number {
    const keep = getPath(this.#ground.config().value, 'gateway.configHistory.keep');
    return typeof keep === 'number' ? keep : KEEP;
  }
}
