/**
 * Puts a plan into effect: secrets where they are kept, the config in one piece, the state directory
 * closed to others. Promises: nothing is touched before the person said yes; a plan that cannot be
 * put into effect leaves everything as it was.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, statSync } from 'node:fs';

import { PortcullisError } from '@portcullis/core';
import {
  createFirstConfig,
  editConfig,
  expandHome,
  getPath,
  loadConfig,
  parseConfig,
  type StatePaths,
} from '@portcullis/gateway/config';
import { refusalOf, thisMachine } from '@portcullis/gateway/local';
import { exposureDiff } from '@portcullis/policy/explain';

import type { Input, Invocation } from '../../command.ts';
import type { Plan } from '../../onboard/plan.ts';
import type { GivenSecret } from '../../secrets/given-secret.ts';
import type { Change, Effect } from '../config/change.ts';
import {
  type ChangedWithSecrets,
  type NewSecret,
  changeWithSecrets,
  keepAll,
} from '../secrets/change.ts';
import { keepIn } from '../secrets/given.ts';
import type { Found } from './situation.ts';

/** 256 bits. */
const TOKEN_BYTES = 32;

/** What every first config chooses, one way or another. */
const BEGUN: ReadonlySet<string> = new Set([
  'gateway.auth.mode',
  'gateway.auth.token',
  'gateway.auth.password',
  'agents.defaults.workspace',
]);

/** A plan that can be looked at before it counts. */
export interface Prepared {
  readonly effect: Effect;
  /** False where everything is as answered already. */
  readonly changes: boolean;
  readonly write: () => Promise<Written>;
}

/** What was done. */
export interface Written extends Omit<ChangedWithSecrets, 'change'> {
  /** Undefined for a config that was made. */
  readonly change: Change | undefined;
  /** Folders and files that others could come to before. */
  readonly closed: readonly string[];
}

/**
 * Works a plan out.
 *
 * @throws PortcullisError `config.invalid`, `gateway.start_refused`, and what a change of the config
 * throws.
 */
export async function prepare(invocation: Invocation, found: Found, plan: Plan): Promise<Prepared> {
  const secrets = plan.secrets.map(made);
  return found.situation.exists
    ? await prepareChange(invocation, plan, secrets)
    : await prepareFirst(invocation, found, plan, secrets);
}

function made({ path, secret }: Plan['secrets'][number]): NewSecret {
  const text = randomBytes(TOKEN_BYTES).toString('base64url');
  const given: GivenSecret = secret === 'fresh' ? { text } : secret;
  return { path, secret: given };
}

/** The same call, with some of its flags set and nothing printed or asked. */
function quietly(invocation: Invocation, flags: Readonly<Record<string, boolean>>): Invocation {
  const { input } = invocation;
  const flag: Input['flag'] = (name) => flags[name] ?? input.flag(name);
  return { ...invocation, json: true, input: { ...input, flag } };
}

async function prepareChange(
  invocation: Invocation,
  { edits }: Plan,
  secrets: readonly NewSecret[],
): Promise<Prepared> {
  const asked = { edits, secrets, keepIn: keepIn(invocation) };
  const nothing = edits.length === 0 && secrets.length === 0;
  const effect = nothing
    ? { opens: [], closes: [] }
    : (await changeWithSecrets(quietly(invocation, { 'dry-run': true }), asked)).change;
  return {
    effect: newsOf(effect),
    changes: !nothing,
    write: async () => {
      const done = nothing
        ? { change: undefined, places: [] }
        : await changeWithSecrets(quietly(invocation, { 'dry-run': false, yes: true }), asked);
      return { ...done, closed: closeState(invocation) };
    },
  };
}

/** Where our own secrets are is no news to the person who just gave them. */
function isNews({ key }: { readonly key: string }): boolean {
  return !key.startsWith('secrets.providers.');
}

function newsOf({ opens, closes }: Effect): Effect {
  return { opens: opens.filter(isNews), closes: closes.filter(isNews) };
}

async function prepareFirst(
  invocation: Invocation,
  { before }: Found,
  { edits }: Plan,
  secrets: readonly NewSecret[],
): Promise<Prepared> {
  const { env, paths } = invocation.context;
  const asked = { edits, secrets, keepIn: keepIn(invocation) };
  const rehearsed = await keepAll(invocation, before.source, { ...asked, rehearse: true });
  const raw = editConfig(before.raw, [...edits, ...rehearsed.edits]);
  const next = parseConfig(raw, { env, paths });
  const refusal = refusalOf(next, thisMachine());
  if (refusal !== undefined) throw refusal;
  // Before the first config nobody could connect, and the agent had no folder.
  const begun = [...edits, ...rehearsed.edits].filter(({ path }) => BEGUN.has(path));
  const from = editConfig(before.raw, begun);
  const { opens, closes } = exposureDiff(parseConfig(from, { env, paths }).value, next.value);
  return {
    effect: newsOf({ opens: [...opens], closes: [...closes] }),
    changes: true,
    write: async () => {
      const kept = await keepAll(invocation, before.source, asked);
      try {
        const text = editConfig(before.raw, [...edits, ...kept.edits]);
        parseConfig(text, { env, paths });
        if (!createFirstConfig(paths, text).created) throw inBetween(paths);
      } catch (error) {
        await kept.undo();
        throw error;
      }
      return { change: undefined, places: kept.places, closed: closeState(invocation) };
    },
  };
}

function inBetween({ configPath }: StatePaths): PortcullisError {
  return new PortcullisError('config.conflict', `${configPath} came to be in between.`, {
    hint: 'Run the command again: it goes on from what is there.',
  });
}

/** Makes the folders of the state, and takes from others what they could come to. */
function closeState({ context: { env, paths } }: Invocation): readonly string[] {
  const config = loadConfig({ env, paths, invalid: 'report' });
  const workspace = getPath(config.value, 'agents.defaults.workspace');
  const folder =
    typeof workspace === 'string' ? expandHome(workspace, paths.home) : paths.workspaceDir;
  for (const each of [paths.stateDir, folder]) mkdirSync(each, { recursive: true, mode: 0o700 });
  const wanted: readonly (readonly [string, number])[] = [
    [paths.stateDir, 0o700],
    [paths.credentialsDir, 0o700],
    [paths.configPath, 0o600],
  ];
  return wanted.flatMap(([path, mode]) =>
    isOpenToOthers(path) && close(path, mode) ? [path] : [],
  );
}

function isOpenToOthers(path: string): boolean {
  try {
    return (statSync(path).mode & 0o077) !== 0;
  } catch {
    // Not there: nobody comes to it.
    return false;
  }
}

function close(path: string, mode: number): boolean {
  try {
    chmodSync(path, mode);
    return true;
  } catch {
    // It is somebody else's; the audit that follows says so.
    return false;
  }
}
