/**
 * Changes the config: worked out first, shown with what it opens, agreed to, and then made by
 * whoever answers for the gateway. What only somebody at this machine may set is written into the
 * file itself.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  type ConfigEdit,
  type ConfigWarning,
  type LoadedConfig,
  createFirstConfig,
  editConfig,
  loadConfig,
  parseConfig,
  restoreRedactedText,
  writeConfig,
} from '@portcullis/gateway/config';
import type { MethodResult } from '@portcullis/protocol';

import type { Invocation } from '../../command.ts';
import { styled } from '../../terminal/style.ts';
import { type OperatorSession, withOperator } from '../operator-session.ts';
import { isBusy, takeUp } from './take-up.ts';

type Exposures = MethodResult<'config.preview'>['opens'];

/** What a change opens and closes. */
export interface Effect {
  readonly opens: Exposures;
  readonly closes: Exposures;
}

/** What became of a change. */
export interface Change extends Effect {
  /** False for a rehearsal, and where everything is as it should be already. */
  readonly changed: boolean;
  readonly changedPaths: readonly string[];
  readonly warnings: readonly ConfigWarning[];
  /** Secrets that a way back had to leave out. */
  readonly lost: readonly string[];
  readonly applied: readonly string[];
  readonly restartNeeded: readonly string[];
  readonly failed: readonly { readonly path: string; readonly message: string }[];
  /** Its entry of the history. */
  readonly entry?: string;
  /** True when a running gateway made it. */
  readonly live: boolean;
  /** True when a gateway runs that was not asked: it finds the change in the file. */
  readonly waits: boolean;
}

const NOTHING = { lost: [], applied: [], restartNeeded: [], failed: [], live: false, waits: false };

function nothingWritten({ message, details }: PortcullisError): PortcullisError {
  return new PortcullisError('config.invalid', message, {
    hint: 'Nothing was written. "openclaw config validate" shows every issue of the file as it is.',
    ...(details !== undefined && { details }),
  });
}

/** Prints what opens and what closes. */
export function printEffect({ out }: Pick<Invocation, 'out'>, { opens, closes }: Effect): void {
  for (const { key, what } of opens) out.line(styled('red', 'opens'), `   ${key}  ${what}`);
  for (const { key, what } of closes) out.line(styled('green', 'closes'), `  ${key}  ${what}`);
}

/** Shows what a change does, and asks where it opens something. */
async function agree(
  invocation: Invocation,
  effect: Effect,
  agreed: readonly string[] = [],
): Promise<void> {
  const { input, doors, json } = invocation;
  if (!json) printEffect(invocation, effect);
  const asked = effect.opens.filter(({ key }) => !agreed.some((each) => key.startsWith(each)));
  const keys = [...new Set(asked.map(({ key }) => key))];
  if (keys.length === 0 || input.flag('dry-run') || input.flag('yes')) return;
  const more = keys.length > 3 ? ` and ${String(keys.length - 3)} more` : '';
  const question = `Open ${keys.slice(0, 3).join(', ')}${more}?`;
  if (json) {
    throw new PortcullisError('usage.confirmation', `${question} Nobody confirmed it.`, {
      hint: 'Look at what it opens, then add --yes.',
      details: { opens: effect.opens, closes: effect.closes },
    });
  }
  if (await doors.confirm(question)) return;
  throw new PortcullisError('usage.declined', 'Nothing was changed.', {
    hint: 'Add --dry-run to see what a change does.',
  });
}

function reasonOf({ input }: Invocation): { readonly why?: string } {
  const why = input.text('why');
  return why === undefined ? {} : { why };
}

/** The change as a rehearsal ends. */
function rehearsed(preview: MethodResult<'config.preview'>): Change {
  const { opens, closes, changedPaths, warnings, lost } = preview;
  return { ...NOTHING, opens, closes, changedPaths, warnings, lost, changed: false };
}

/** The change as it was made. */
function made(done: MethodResult<'config.set'>, via: OperatorSession['via']): Change {
  const { opens, closes, changedPaths, warnings, lost, applied, restartNeeded, failed } = done;
  return {
    opens,
    closes,
    changedPaths,
    warnings,
    lost,
    applied,
    restartNeeded,
    failed,
    changed: true,
    live: via === 'gateway',
    waits: false,
    ...(done.entry === undefined ? {} : { entry: done.entry }),
  };
}

/** Replaces the document by what `edit` makes of it, secrets hidden. */
async function changeThrough(
  invocation: Invocation,
  session: OperatorSession,
  edits: readonly ConfigEdit[],
  agreed: readonly string[],
): Promise<Change> {
  const view = await session.ask('config.get', {});
  const raw = editConfig(view.raw, edits);
  const preview = await session.ask('config.preview', { raw, baseHash: view.hash });
  await agree(invocation, preview, agreed);
  if (!preview.changes || invocation.input.flag('dry-run')) return rehearsed(preview);
  const { confirm } = preview;
  const asked = { raw, baseHash: view.hash, confirm, ...reasonOf(invocation) };
  return made(await session.ask('config.set', asked), session.via);
}

/** True when only somebody who edits the file can make the change. */
function needsFile(error: unknown): boolean {
  if (!PortcullisError.is(error)) return false;
  const { code, reason } = { code: undefined, reason: undefined, ...error.details };
  return code === 'CONFIG_LOCAL_ONLY' || reason === 'config.redacted';
}

/** Writes the file itself. Somebody who can do that needs nobody's leave, but sees what it opens. */
async function changeFile(
  invocation: Invocation,
  before: LoadedConfig,
  edits: readonly ConfigEdit[],
  agreed: readonly string[],
  waits: boolean,
): Promise<Change> {
  const { env, paths } = invocation.context;
  const raw = restoreRedactedText(editConfig(before.raw, edits), before.raw);
  const next = parseConfig(raw, { env, paths });
  // Reading a config loads none of this.
  const [{ requireStartable }, { exposureDiff }] = await Promise.all([
    import('@portcullis/gateway/local'),
    import('@portcullis/policy/explain'),
  ]);
  requireStartable(before, next);
  const diff = exposureDiff(before.value, next.value);
  const effect = { opens: [...diff.opens], closes: [...diff.closes] };
  await agree(invocation, effect, agreed);
  const isMade = !invocation.input.flag('dry-run') && raw !== before.raw;
  if (isMade) writeConfig(paths, raw, { env, expectHash: before.hash });
  return {
    ...NOTHING,
    ...effect,
    changed: isMade,
    changedPaths: diff.changed,
    warnings: next.warnings,
    waits: isMade && waits,
  };
}

/** Has the change made by whoever answers, or writes the file where nobody else can. */
async function anyWay(
  invocation: Invocation,
  before: LoadedConfig,
  edits: readonly ConfigEdit[],
  agreed: readonly string[],
): Promise<Change> {
  let via: OperatorSession['via'] | undefined;
  try {
    return await withOperator(invocation, async (session) => {
      ({ via } = session);
      try {
        return await changeThrough(invocation, session, edits, agreed);
      } catch (error) {
        if (via !== 'gateway' || !needsFile(error)) throw error;
        return await changeBeside(invocation, session, before, { edits, agreed });
      }
    });
  } catch (error) {
    // A gateway that does not let this command in may need just this change to do so.
    const isShutOut = via === undefined && isGatewayFault(error);
    if (!isShutOut && !needsFile(error)) throw error;
    return await changeFile(invocation, before, edits, agreed, isShutOut);
  }
}

/** Writes the file beside a running gateway, and has it taken up: the yes was said here. */
async function changeBeside(
  invocation: Invocation,
  session: OperatorSession,
  before: LoadedConfig,
  { edits, agreed }: { readonly edits: readonly ConfigEdit[]; readonly agreed: readonly string[] },
): Promise<Change> {
  const isTaken = await isBusy(session);
  const change = await changeFile(invocation, before, edits, agreed, true);
  if (isTaken || !change.waits || change.opens.length === 0) return change;
  const done = await takeUp(session, change.opens);
  return done === undefined ? change : { ...change, ...done, live: true, waits: false };
}

function isGatewayFault(error: unknown): boolean {
  if (!PortcullisError.is(error)) return false;
  return ['gateway.refused', 'gateway.unreachable', 'gateway.closed'].includes(error.code);
}

/** The config to change: where there is no file yet, that of a first start. */
function present(
  { context: { env, paths }, out, input }: Invocation,
  edits: readonly ConfigEdit[],
): LoadedConfig {
  const before = loadConfig({ env, paths, invalid: 'report' });
  // Whoever answers would say the same; here the hint can tell how to go on.
  parseConfig(editConfig(before.raw, edits), { env, paths });
  if (before.exists || input.flag('dry-run')) return before;
  createFirstConfig(paths);
  out.note(`There was no config; a first one is in ${paths.configPath}.`);
  return loadConfig({ env, paths });
}

/**
 * Makes changes of single keys. Where there is no file yet, they are made to the config of a first
 * start, so that a key set early does not cost the safe beginnings. What opens below a key of
 * `agreed` was asked about before.
 *
 * @throws PortcullisError `config.invalid`, `config.syntax`, `config.path`, `config.conflict`,
 * `config.unwritable`, `gateway.start_refused`, `usage.confirmation`, `usage.declined`, and what the
 * gateway answers.
 */
export async function changeConfig(
  invocation: Invocation,
  edits: readonly ConfigEdit[],
  agreed: readonly string[] = [],
): Promise<Change> {
  try {
    const before = present(invocation, edits);
    // With a config that is not valid nobody can answer; this is how it is mended.
    if (before.issues.length > 0) return await changeFile(invocation, before, edits, agreed, false);
    return await anyWay(invocation, before, edits, agreed);
  } catch (error) {
    const isInvalid = PortcullisError.is(error) && error.code === 'config.invalid';
    throw isInvalid ? nothingWritten(error) : error;
  }
}

/** Goes back to the config after an entry of the history. */
export async function rollBack(invocation: Invocation, id: string): Promise<Change> {
  return await withOperator(invocation, async ({ ask, via }) => {
    const { hash: baseHash } = await ask('config.get', {});
    const preview = await ask('config.preview', { rollback: id, baseHash });
    await agree(invocation, preview);
    if (!preview.changes || invocation.input.flag('dry-run')) return rehearsed(preview);
    const { confirm } = preview;
    const asked = { id, baseHash, confirm, ...reasonOf(invocation) };
    return made(await ask('config.rollback', asked), via);
  });
}

/** Says what came of a change, after the sentence that names it. */
export function printOutcome({ out }: Pick<Invocation, 'out'>, change: Change): void {
  const { restartNeeded, failed, lost, live, waits } = change;
  if (live && restartNeeded.length > 0) {
    out.line(`After the next start of the gateway: ${restartNeeded.join(', ')}.`);
  }
  for (const { path, message } of failed) out.warn(`${path} stays as it was: ${message}`);
  for (const path of lost) out.warn(`${path} is not set: its secret is not there any more.`);
  if (!waits) return;
  const isWide = change.opens.length > 0;
  const until = isWide ? 'once you say yes to it: openclaw config accept' : 'by itself.';
  out.note(`The running gateway takes it up ${until}`);
}
