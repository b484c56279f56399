/**
 * Works changes of the config out, and writes nothing: the document a change leads to, and what it
 * opens and closes. Promise: no secret is in what it tells.
 *
 * @module
 */
import { createHash } from 'node:crypto';

import { type Json, canonicalJson } from '@portcullis/core';
import { type ExposureDiff, exposureDiff } from '@portcullis/policy/explain';
import type { RegisteredTool } from '@portcullis/policy/tools';

import { type Environment, type LoadedConfig, parseConfig, redactConfig } from '../config/index.ts';
import { MAX_FILE_BYTES } from '../config/text-file.ts';
import type { Kernel } from '../kernel.ts';
import { requireStartable } from '../local/startable.ts';
import type { Caller } from '../services/caller.ts';
import type { ChangeOptions, ConfigChange, ConfigProposal } from '../services/config.ts';
import { nextDocument } from './document.ts';
import type { Fingerprint } from './fingerprint.ts';
import { findDocument, redactedOf } from './found.ts';
import { describeEntry } from './history.ts';
import { entryEmpty, localOnly, stale, tooLarge } from './refusals.ts';

/** What changes are worked out with. */
export interface CandidateGround extends Pick<Kernel, 'store' | 'paths' | 'egress'> {
  /** The variables of the process. */
  readonly env: Environment;
  /** Tools beside the core ones, as policy knows them. */
  readonly registered: () => readonly RegisteredTool[];
}

/** A change that was worked out. */
export interface Candidate {
  readonly proposal: ConfigProposal;
  readonly next: LoadedConfig;
  /** The document it was made from, as the writer has to find it. */
  readonly found: LoadedConfig;
}

/** Works changes of one config out. */
export class Candidates {
  readonly #ground: CandidateGround;
  readonly #prints: Fingerprint;
  readonly #accepted: () => LoadedConfig;

  /** `accepted` is the config that was last said yes to: what a change opens is told against it. */
  constructor(ground: CandidateGround, prints: Fingerprint, accepted: () => LoadedConfig) {
    this.#ground = ground;
    this.#prints = prints;
    this.#accepted = accepted;
  }

  /** The document in the file. Throws `config.unreadable`. */
  found(): LoadedConfig {
    return findDocument(this.#options());
  }

  /** A change after which a gateway starts as before it. Throws as {@link workOut}, and why not. */
  async startable(
    caller: Caller,
    change: ConfigChange,
    options: ChangeOptions,
  ): Promise<Candidate> {
    const candidate = await this.workOut(caller, change, options);
    requireStartable(this.#accepted(), candidate.next);
    return candidate;
  }

  /**
   * Throws `config.stale`, `config.too_large`, `config.local_only`, `config.entry_empty`,
   * `config.entry_not_found`, and what is wrong with the document it leads to.
   */
  async workOut(
    caller: Caller,
    change: ConfigChange,
    { baseHash }: ChangeOptions,
  ): Promise<Candidate> {
    const found = this.found();
    const hash = this.#prints.of(found.raw);
    if (baseHash !== undefined && baseHash !== hash) throw stale();
    const target = change.kind === 'rollback' ? await this.#documentOf(change.to) : undefined;
    // A file that is no config keeps no secrets; those in force are the ones to keep.
    const isConfig = found.issues.every(({ path }) => path !== '');
    const present = isConfig ? found.raw : this.#accepted().raw;
    const { raw, lost } = nextDocument(change, present, target);
    if (Buffer.byteLength(raw) > MAX_FILE_BYTES) throw tooLarge();
    const next = parseConfig(raw, this.#options());
    const diff = this.compare(next);
    const refused = caller.local ? [] : diff.local;
    if (refused.length > 0) throw localOnly(refused);
    const after = this.#prints.of(raw);
    const accepted = this.#prints.of(this.#accepted().raw);
    const proposal: ConfigProposal = {
      ...diff,
      confirm: digestOf([hash, accepted, after, pairs(diff.opens), pairs(diff.closes)]),
      changes: raw !== found.raw || diff.changed.length > 0,
      baseHash: hash,
      hash: after,
      lost,
      warnings: next.warnings,
      text: redactedOf(raw, this.#ground.egress) ?? '',
      config: redactConfig(next.source),
    };
    return { proposal, next, found };
  }

  /** What a config opens and closes that was found. */
  compare(found: LoadedConfig): ExposureDiff {
    return this.diff(this.#accepted().value, found.value);
  }

  /** A diff that no secret is in, whatever a list holds. */
  diff(before: unknown, after: unknown): ExposureDiff {
    const diff = exposureDiff(before, after, { registered: this.#ground.registered() });
    const hide = (items: ExposureDiff['opens']): ExposureDiff['opens'] =>
      items.map(({ key, what }) => ({ key, what: this.#ground.egress.redact(what) }));
    return { ...diff, opens: hide(diff.opens), closes: hide(diff.closes) };
  }

  async #documentOf(id: string): Promise<string> {
    const { afterText } = await this.#ground.store.transact((tx) => describeEntry(tx, id));
    if (afterText === undefined) throw entryEmpty(id);
    return afterText;
  }

  #options(): { env: Environment; paths: Kernel['paths'] } {
    return { env: this.#ground.env, paths: this.#ground.paths };
  }
}

function pairs(items: ExposureDiff['opens']): readonly (readonly string[])[] {
  return items.map(({ key, what }) => [key, what]);
}

function digestOf(value: Json): string {
  return createHash('sha256').update(canonicalJson(value), 'utf8').digest('hex').slice(0, 32);
}
