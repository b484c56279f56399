/**
 * Makes fixes and undoes them. Promises: an entry with everything as it was is durable before the
 * first change, and says afterwards what became of it, across a crash too; one after another; what
 * fails keeps nothing else from being made.
 *
 * @module
 */
import { PortcullisError, type Tx } from '@portcullis/core';
import type { ConfigFix } from '@portcullis/policy/audit';

import type { ConfigChanges } from '../../changes/changes.ts';
import { findDocument } from '../../changes/found.ts';
import type { Environment, LoadedConfig } from '../../config/index.ts';
import { type Kernel, commit } from '../../kernel.ts';
import { Sequencer } from '../../sequencer.ts';
import type { Caller } from '../../services/caller.ts';
import {
  digestOf,
  faultsOf,
  isDone,
  keyChange,
  leftAlone,
  lineOf,
  modeChange,
  sentenceOf,
  unconfirmed,
} from './describe.ts';
import { type IsOurs, changeMode } from './modes.ts';
import { addFix, fixToUndo, listFixes, settleFix, unfinishedFixes } from './row.ts';
import type {
  FixEntry,
  FixOutcome,
  FixService,
  ModeChange,
  ModeOutcome,
  ShownPlan,
  UndoPlan,
} from '../../services/posture.ts';
import { editsOf, wayBack } from './undo.ts';

/** What fixes are made with. */
export interface FixGround extends Pick<Kernel, 'store' | 'lease' | 'journal' | 'now' | 'paths'> {
  /** The variables the config is read with. */
  readonly env: Environment;
  readonly changes: Pick<ConfigChanges, 'propose' | 'commit'>;
  /** Whose files may be changed. Default: those of the user this process acts as. */
  readonly ours?: IsOurs;
  /** Told when something was fixed or put back. */
  readonly changed?: () => void;
}

const LISTED = 20;

/** What is about to be done. */
type Work = Pick<FixEntry, 'kind' | 'of' | 'keys' | 'modes'> & {
  /** The line of each key's change. */
  readonly lines: readonly string[];
  /** Paths that are left as they are. */
  readonly left: readonly ModeOutcome[];
  /** What was wrong before anything was begun. */
  readonly faults: readonly string[];
};

/** The fixes of one gateway. */
export class Fixes implements FixService {
  readonly #ground: FixGround;
  readonly #queue = new Sequencer();

  constructor(ground: FixGround) {
    this.#ground = ground;
  }

  fix(caller: Caller, shown: ShownPlan): Promise<FixOutcome> {
    return this.#queue.run('', async () => {
      await this.#finish();
      const found = this.#config();
      const { paths, ours } = this.#ground;
      // An audit is much code, and a gateway fixes seldom.
      const { planFix } = await import('./plan.ts');
      const plan = planFix(found, paths, ours);
      const lines = new Set(shown.changes);
      const wanted = new Set(shown.modes.map(({ path, mode }) => `${String(mode)} ${path}`));
      const config = plan.config.filter(({ line }) => lines.has(line));
      const open = plan.modes.filter(
        (each) => each.skipped === undefined && wanted.has(`${String(each.mode)} ${each.path}`),
      );
      return await this.#make(
        caller,
        { confirm: await this.#confirmFor(caller, config, found) },
        {
          kind: 'fix',
          keys: config.map((each) => keyChange(each, found)),
          lines: config.map(({ line }) => line),
          modes: open.flatMap(modeChange),
          left: plan.modes.filter((each) => !open.includes(each)).map(leftAlone),
          faults: faultsOf(plan),
        },
      );
    });
  }

  async list(limit: number = LISTED): Promise<readonly FixEntry[]> {
    return await this.#queue.run('', async () => {
      await this.#finish();
      return await this.#ground.store.transact((tx) => listFixes(tx, limit));
    });
  }

  async planUndo(caller: Caller, id?: string): Promise<UndoPlan> {
    return await this.#queue.run('', async () => {
      await this.#finish();
      const entry = await this.#ground.store.transact((tx) => fixToUndo(tx, id));
      return await this.#planUndo(caller, entry);
    });
  }

  undo(caller: Caller, id: string, confirm: string): Promise<FixOutcome> {
    return this.#queue.run('', async () => {
      const entry = await this.#ground.store.transact((tx) => fixToUndo(tx, id));
      const plan = await this.#planUndo(caller, entry);
      if (plan.confirm !== confirm) throw unconfirmed(plan);
      const { keys, modes, gone } = plan;
      const outcome = await this.#make(
        caller,
        { fix: entry, confirm: plan.change },
        {
          kind: 'undo',
          of: entry.id,
          keys,
          lines: keys.map(lineOf),
          modes,
          left: gone.map((path) => ({
            kind: 'chmod',
            path,
            mode: entry.modes.find((each) => each.path === path)?.from ?? 0,
            ok: false,
            skipped: 'missing',
          })),
          faults: [],
        },
      );
      return outcome;
    });
  }

  /**
   * The yes to naming people, which was given with the plan. It counts for that alone: where closing
   * by itself would open something, an edit of the file waits that nobody said yes to.
   */
  async #confirmFor(
    caller: Caller,
    config: readonly ConfigFix[],
    found: LoadedConfig,
  ): Promise<string | undefined> {
    if (!config.some(({ asks }) => asks)) return undefined;
    const propose = (fixes: readonly ConfigFix[]): ReturnType<ConfigChanges['propose']> => {
      const edits = editsOf(fixes.map((each) => keyChange(each, found)));
      return this.#ground.changes.propose(caller, { kind: 'edits', edits });
    };
    try {
      const closing = await propose(config.filter(({ asks }) => !asks));
      return closing.opens.length > 0 ? undefined : (await propose(config)).confirm;
    } catch (error) {
      // Whatever is wrong is told when the change is made.
      if (!PortcullisError.is(error)) throw error;
      return undefined;
    }
  }

  async #planUndo(
    caller: Caller,
    entry: FixEntry,
  ): Promise<UndoPlan & { readonly change?: string }> {
    const back = wayBack(entry, this.#config(), this.#ground.ours);
    const edits = editsOf(back.keys);
    const proposal =
      edits.length === 0
        ? undefined
        : await this.#ground.changes.propose(caller, { kind: 'edits', edits });
    const change = proposal?.confirm;
    const { keys, modes } = back;
    return {
      ...back,
      id: entry.id,
      opens: proposal?.opens ?? [],
      closes: proposal?.closes ?? [],
      confirm: digestOf(keys, modes, [entry.id, change ?? '']),
      ...(change === undefined ? {} : { change }),
    };
  }

  async #make(
    caller: Caller,
    { fix, confirm }: { readonly fix?: FixEntry; readonly confirm: string | undefined },
    { lines, left, faults, ...draft }: Work,
  ): Promise<FixOutcome> {
    const errors = [...faults];
    if (draft.keys.length + draft.modes.length === 0 && fix === undefined) {
      return { configWritten: false, changes: [], actions: left, errors };
    }
    const begun = await this.#begin(caller, { ...draft, errors });
    const entry = await this.#changeConfig(caller, begun, confirm, errors);
    const made = draft.modes.map((each) => this.#changeMode(each, errors));
    const isWhole = errors.length === faults.length;
    await commit(this.#ground, (tx) => {
      const state = isWhole ? 'made' : 'failed';
      const more = entry === undefined ? {} : { entry };
      this.#note(tx, settleFix(tx, begun, { state, errors, ...more }));
      if (fix !== undefined && isWhole) {
        settleFix(tx, fix, { state: 'undone', undoneBy: begun.id });
      }
    });
    this.#ground.changed?.();
    const wasWritten = entry !== undefined;
    return {
      id: begun.id,
      ...(entry === undefined ? {} : { entry }),
      configWritten: wasWritten,
      changes: wasWritten ? lines : [],
      actions: [...made, ...left],
      errors,
    };
  }

  async #begin(caller: Caller, draft: Omit<FixEntry, 'id' | 'at' | 'who' | 'state'>) {
    return await commit(this.#ground, async (tx) => {
      const at = this.#ground.now();
      const entry = await addFix(tx, { ...draft, at, who: caller.id, state: 'making' });
      this.#note(tx, entry);
      return entry;
    });
  }

  /** Resolves with the entry of the config's history; undefined where the config stays. */
  async #changeConfig(
    caller: Caller,
    { id, kind, keys }: FixEntry,
    confirm: string | undefined,
    errors: string[],
  ): Promise<string | undefined> {
    if (keys.length === 0) return undefined;
    try {
      const done = await this.#ground.changes.commit(
        caller,
        { kind: 'edits', edits: editsOf(keys) },
        {
          why: kind === 'fix' ? `security audit: fix ${id}` : `security audit: undo ${id}`,
          ...(confirm === undefined ? {} : { confirm }),
        },
      );
      return done.entry;
    } catch (error) {
      errors.push(`The config was not changed: ${sentenceOf(error)}`);
      return undefined;
    }
  }

  #changeMode(change: ModeChange, errors: string[]): ModeOutcome {
    const { path, from, to } = change;
    const outcome = { kind: 'chmod', path, mode: to } as const;
    try {
      changeMode(change, { from, to }, this.#ground.ours);
      return { ...outcome, ok: true };
    } catch (error) {
      // The config is written anew, and private, by its own change.
      if (isDone(change, this.#ground.ours)) return { ...outcome, ok: true };
      errors.push(sentenceOf(error));
      return { ...outcome, ok: false };
    }
  }

  /** What a crash cut off is said to be so; what of it was made is seen when it is undone. */
  async #finish(): Promise<void> {
    const cutOff = await this.#ground.store.transact((tx) => unfinishedFixes(tx));
    if (cutOff.length === 0) return;
    await commit(this.#ground, (tx) => {
      for (const entry of cutOff) {
        this.#note(tx, settleFix(tx, entry, { state: 'interrupted' }));
      }
    });
  }

  #config(): LoadedConfig {
    const { env, paths } = this.#ground;
    const found = findDocument({ env, paths });
    if (found.issues.length === 0) return found;
    throw new PortcullisError('config.invalid', 'The config file is not valid.', {
      hint: 'Nothing was changed. "openclaw config validate" shows every issue.',
      details: { issues: found.issues },
    });
  }

  #note(tx: Tx, { id, kind, of, state, who, keys, modes, entry, errors }: FixEntry): void {
    this.#ground.journal.record(tx, {
      kind: 'operator',
      at: this.#ground.now(),
      principal: who,
      code: `security.${kind}.${state}`,
      fix: id,
      ...(of === undefined ? {} : { of }),
      keys: keys.length,
      modes: modes.length,
      // The entry can be checked against the log.
      digest: digestOf(keys, modes),
      ...(entry === undefined ? {} : { entry }),
      errors: errors.length,
    });
  }
}
