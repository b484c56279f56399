/**
 * The one way in which this gateway changes its config. A change is worked out on the document that
 * is there, checked, compared with what is in force, put on record, written and put in force, one
 * change after another.
 *
 * Promises: what a change opens is told before it counts; its entry is in the history before the
 * file changes, and says afterwards what became of it, across a crash too; no secret is in the
 * history, in an answer or in a refusal.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { ExposureDiff } from '@portcullis/policy/explain';

import { type ConfigEdit, type LoadedConfig, parsePath, writeConfig } from '../config/index.ts';
import { sameValue } from '../config/document/config-value.ts';
import { type Kernel, commit } from '../kernel.ts';
import { keeping } from '../reload/changes.ts';
import { Sequencer } from '../sequencer.ts';
import type { Caller } from '../services/caller.ts';
import type {
  ApplyReport,
  ChangeOptions,
  ConfigChange,
  ConfigCommit,
  ConfigControl,
  ConfigEntry,
  ConfigEntryDetail,
  ConfigProposal,
  ConfigState,
} from '../services/config.ts';
import type { GatewayNotice } from '../services/notices.ts';
import { type Candidate, type CandidateGround, Candidates } from './candidates.ts';
import { documentOf, redactedOf, settingsOf } from './found.ts';
import { Fingerprint } from './fingerprint.ts';
import { describeEntry, listEntries, newestDocument, toEntry } from './history.ts';
import { ConfigRecords } from './records.ts';
import { unconfirmed } from './refusals.ts';

/** What changes of the config are made of. */
export interface ConfigGround
  extends CandidateGround, Pick<Kernel, 'lease' | 'journal' | 'now' | 'log' | 'config' | 'step'> {
  readonly chainKey: Uint8Array;
  /** Puts a config in force that was just written. */
  readonly onCommitted: (next: LoadedConfig) => Promise<ApplyReport>;
  /** Puts one key of a config in force. */
  readonly onDecided: (next: LoadedConfig, path: readonly string[]) => Promise<ApplyReport>;
  readonly tell: (notice: GatewayNotice) => void;
}

const MOST_WHY = 500;
const NOT_IN_FORCE = 'config.not_in_force';

const HOW: Readonly<Record<ConfigChange['kind'], ConfigEntry['how']>> = {
  document: 'set',
  patch: 'patch',
  edits: 'edit',
  rollback: 'rollback',
};

/** How a change comes to count. */
interface Way {
  /** What becomes of its entry. */
  readonly state: 'applied' | 'waiting';
  readonly apply: (next: LoadedConfig) => Promise<ApplyReport>;
  /** What is said yes to with it. */
  readonly accept: (next: LoadedConfig) => LoadedConfig;
}

const NOTHING: ApplyReport = { applied: [], restartNeeded: [], failed: [] };

/** Changes the config of one gateway. */
export class ConfigChanges implements ConfigControl {
  readonly #ground: ConfigGround;
  readonly #prints: Fingerprint;
  readonly #records: ConfigRecords;
  readonly #candidates: Candidates;
  readonly #queue = new Sequencer();
  /** The config that was last said yes to; a part of it may wait for a start. */
  #accepted: LoadedConfig;
  #recovered: Promise<unknown> | undefined;

  constructor(ground: ConfigGround) {
    this.#ground = ground;
    this.#prints = new Fingerprint(ground.chainKey);
    this.#records = new ConfigRecords(ground, this.#prints);
    this.#candidates = new Candidates(ground, this.#prints, () => this.#accepted);
    this.#accepted = ground.config();
  }

  /**
   * Finishes what a crash cut off, and records a document that came to be while nobody looked. Does
   * so once.
   */
  async recover(): Promise<void> {
    this.#recovered ??= this.#queue.run('', () => this.#recover(false));
    await this.#recovered;
  }

  /**
   * The same for a gateway that starts: it goes by what the file says, so that no edit waits.
   * Resolves with the edit that came to count by it, if there is one and it is not the first config.
   */
  async start(): Promise<ConfigEntry | undefined> {
    const started = this.#queue.run('', () => this.#recover(true));
    this.#recovered = started;
    return await started;
  }

  acceptedHash(): string {
    return this.#prints.of(this.#accepted.raw);
  }

  state(): ConfigState {
    const file = this.#candidates.found();
    return {
      file,
      inForce: this.#ground.config(),
      hash: this.#prints.of(file.raw),
      appliedHash: this.acceptedHash(),
    };
  }

  async propose(
    caller: Caller,
    change: ConfigChange,
    options: ChangeOptions = {},
  ): Promise<ConfigProposal> {
    await this.recover();
    return (await this.#candidates.startable(caller, change, options)).proposal;
  }

  async commit(
    caller: Caller,
    change: ConfigChange,
    options: ChangeOptions & { readonly confirm?: string } = {},
  ): Promise<ConfigCommit> {
    await this.recover();
    return await this.#queue.run('', async () => {
      const candidate = await this.#candidates.startable(caller, change, options);
      const { proposal } = candidate;
      if (proposal.changes && proposal.opens.length > 0 && options.confirm !== proposal.confirm) {
        throw unconfirmed(proposal, proposal.confirm);
      }
      return await this.#make(caller.id, change, candidate, options.why, {
        state: 'applied',
        apply: this.#ground.onCommitted,
        accept: (next) => next,
      });
    });
  }

  /**
   * Sets one key for a reason that is on record elsewhere: what it opens was confirmed there. An edit
   * of the file that waits stays in the file, and goes on waiting.
   */
  async decide(who: string, edit: ConfigEdit, why: string): Promise<ConfigCommit> {
    await this.recover();
    const caller: Caller = { id: who, kind: 'cli', local: true, scopes: [] };
    const change: ConfigChange = { kind: 'edits', edits: [edit] };
    const path = parsePath(edit.path).map(String);
    return await this.#queue.run('', async () => {
      const candidate = await this.#candidates.workOut(caller, change, {});
      const { found } = candidate;
      // What waits may stand in an included file, and leave the document as it is.
      const isWaiting =
        found.raw !== this.#accepted.raw || !sameValue(found.value, this.#accepted.value);
      return await this.#make(who, change, candidate, why, {
        state: isWaiting ? 'waiting' : 'applied',
        apply: (next) => this.#ground.onDecided(next, path),
        accept: (next) => (isWaiting ? keeping(this.#accepted, next, [path]) : next),
      });
    });
  }

  async history(range?: Parameters<ConfigControl['history']>[0]): Promise<readonly ConfigEntry[]> {
    await this.recover();
    return await this.#ground.store.transact((tx) => listEntries(tx, range));
  }

  async entry(id: string): Promise<ConfigEntryDetail> {
    await this.recover();
    return await this.#ground.store.transact((tx) => describeEntry(tx, id));
  }

  compare(found: LoadedConfig): ExposureDiff {
    return this.#candidates.compare(found);
  }

  async recordEdit(found: LoadedConfig, state: 'waiting' | 'applied'): Promise<ConfigEntry> {
    await this.recover();
    return await this.#queue.run('', async () => {
      const after = this.#prints.of(found.raw);
      const latest = await this.#ground.store.transact((tx) => newestDocument(tx));
      // An included file, or a variable, can change what a document says and leave it as it is.
      const isElsewhere =
        found.raw === this.#accepted.raw && !sameValue(found.value, this.#accepted.value);
      const isKnown = latest?.after === after && (!isElsewhere || latest.state === 'waiting');
      if (latest !== undefined && isKnown) return toEntry(latest);
      const before = this.#prints.of(this.#accepted.raw);
      // What waited for a start is replaced by this document, or is a part of it.
      if (state === 'applied') await this.#records.replaceWaiting('file');
      const entry = await this.#records.record(found, state, before, this.compare(found));
      if (state === 'applied') this.#accepted = found;
      return entry;
    });
  }

  async acceptEdit(found: LoadedConfig, caller: Caller): Promise<ConfigEntry> {
    const { id } = await this.recordEdit(found, 'waiting');
    return await this.#queue.run('', async () => {
      const entry = await commit(this.#ground, async (tx) => {
        const after = this.#prints.of(found.raw);
        await this.#records.settleWaiting(tx, caller.id, after);
        return await describeEntry(tx, id);
      });
      this.#accepted = found;
      return entry;
    });
  }

  async deferEdit(found: LoadedConfig, by: Pick<Caller, 'id'>, cause: string): Promise<void> {
    await this.recover();
    await this.#queue.run('', () => this.#records.defer(by.id, found, cause));
  }

  async dropEdits(by: Pick<Caller, 'id'>): Promise<void> {
    await this.recover();
    await this.#queue.run('', () => this.#records.replaceWaiting(by.id));
  }

  async #recover(starting: boolean): Promise<ConfigEntry | undefined> {
    const inFile = this.#prints.of(this.#candidates.found().raw);
    const ours = this.#accepted;
    const now = this.#prints.of(ours.raw);
    const { latest, settled } = await commit(this.#ground, async (tx) => {
      await this.#records.finish(tx, inFile);
      const ended = starting ? await this.#records.settleWaiting(tx, 'gateway', now) : [];
      return { settled: ended, latest: await newestDocument(tx) };
    });
    const taken = settled.find(({ state }) => state === 'applied');
    // An included file, or a variable, can change what a document says and leave it as it is.
    const means = latest?.means ?? this.#records.means(ours);
    const isKnown = latest?.after === now && means === this.#records.means(ours);
    if (isKnown || (latest === undefined && !ours.exists)) return taken;
    // Secrets are not in the history, so that they count as unchanged here.
    const { egress } = this.#ground;
    const said = settingsOf(ours, egress) ?? redactedOf(ours.raw, egress);
    const before = documentOf(latest?.settings ?? latest?.text);
    const diff = this.#candidates.diff(before, documentOf(said));
    const hash = latest?.after ?? this.#prints.of('');
    const entry = await this.#records.record(ours, 'applied', hash, diff);
    return latest === undefined ? undefined : entry;
  }

  async #make(
    who: string,
    change: ConfigChange,
    { proposal, next, found }: Candidate,
    why: string | undefined,
    way: Way,
  ): Promise<ConfigCommit> {
    if (!proposal.changes) return { ...proposal, ...NOTHING };
    const { id } = await this.#records.add(who, {
      ...this.#records.draft(next, proposal),
      state: 'writing',
      who,
      how: HOW[change.kind],
      before: proposal.baseHash,
      ...(why === undefined ? {} : { why: this.#ground.egress.redact(why.slice(0, MOST_WHY)) }),
      ...(change.kind === 'rollback' ? { restored: change.to } : {}),
    });
    const { env, paths } = this.#ground;
    let written: LoadedConfig;
    try {
      this.#ground.step('config.before-write');
      written = writeConfig(paths, next.raw, { env, expectHash: found.hash });
      this.#ground.step('config.after-write');
    } catch (error) {
      await this.#records.settle(
        who,
        id,
        'failed',
        PortcullisError.is(error) ? error.code : 'unknown',
      );
      throw error;
    }
    this.#accepted = way.accept(written);
    const report = await this.#putInForce(who, id, () => way.apply(written), way.state);
    if (report.applied.length === 0) this.#ground.tell({ type: 'config' });
    return { ...proposal, ...report, entry: id };
  }

  /**
   * Puts a written config in force and says what became of its entry. One that a running gateway
   * cannot take up waits in its file for the next start.
   */
  async #putInForce(
    who: string,
    id: string,
    apply: () => Promise<ApplyReport>,
    state: Way['state'],
  ): Promise<ApplyReport> {
    let report: ApplyReport;
    try {
      report = await apply();
    } catch (error) {
      const cause = PortcullisError.is(error) ? error.code : 'unknown';
      await this.#records.settle(who, id, 'waiting', cause);
      const late = cause === NOT_IN_FORCE ? restartNeededOf(error) : undefined;
      if (late === undefined) throw error;
      return { ...NOTHING, restartNeeded: late };
    }
    await this.#records.settle(who, id, state);
    return report;
  }
}

/** What a restart would take up, as the refusal of a config says. */
function restartNeededOf(error: unknown): readonly string[] | undefined {
  const late = PortcullisError.is(error) ? error.details?.['restartNeeded'] : undefined;
  return Array.isArray(late) ? late.map(String) : undefined;
}
