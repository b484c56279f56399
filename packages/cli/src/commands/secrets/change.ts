/**
 * Changes the config together with the secrets it names: both come to be, or neither.
 *
 * @module
 */
import { type ConfigEdit, type ConfigObject, loadConfig } from '@portcullis/gateway/config';

import type { Invocation } from '../../command.ts';
import { type Change, changeConfig } from '../config/change.ts';
import { isNotRunning, withOperator } from '../operator-session.ts';
import type { GivenSecret } from '../../secrets/given-secret.ts';
import { type KeepIn, type Kept, SecretKeeper } from '../../secrets/keeper.ts';

/** A secret for a key of the config. */
export interface NewSecret {
  /** The key, such as `channels.telegram.botToken`. */
  readonly path: string;
  readonly secret: GivenSecret;
}

/** A change of keys and secrets. */
export interface SecretChange {
  readonly edits: readonly ConfigEdit[];
  readonly secrets: readonly NewSecret[];
  /** Default `auto`. */
  readonly keepIn?: KeepIn;
  /** Keys below which what opens was asked about before. */
  readonly agreed?: readonly string[];
}

/** What became of it. */
export interface ChangedWithSecrets {
  readonly change: Change;
  /** Where each secret is, for people. */
  readonly places: readonly { readonly path: string; readonly place: string }[];
}

/**
 * Keeps the secrets, then changes the config so that it names them. Where the change is refused or
 * declined the secrets are as they were. With `--dry-run` none is kept.
 *
 * @throws what {@link changeConfig} throws, and `secret.keychain`, `secret.file_unusable`.
 */
export async function changeWithSecrets(
  invocation: Invocation,
  { edits, secrets, keepIn = 'auto', agreed = [] }: SecretChange,
): Promise<ChangedWithSecrets> {
  const { env, paths } = invocation.context;
  const rehearse = invocation.input.flag('dry-run');
  const { source } = loadConfig({ env, paths, invalid: 'report' });
  const kept = await keepAll(invocation, source, { secrets, keepIn, rehearse });
  const said = kept.edits.map(({ path }) => path).filter((path) => path.startsWith(PROVIDERS));
  const all = [...edits, ...kept.edits];
  let change: Change;
  try {
    change = await changeConfig(invocation, all, [...agreed, ...said]);
  } catch (error) {
    await kept.undo();
    throw error;
  }
  // From here the config names them: a gateway that fails to read them takes nothing back.
  if (!rehearse && kept.replaced) await readAnew(invocation);
  return { change, places: kept.places };
}

/** Secrets that are kept, and not named by a config yet. */
export interface AllKept extends Pick<ChangedWithSecrets, 'places'> {
  /** What names them. */
  readonly edits: readonly ConfigEdit[];
  readonly replaced: boolean;
  /** Takes them back. */
  readonly undo: () => Promise<void>;
}

/** Keeps secrets for a config, or says what it would do. Keeps all, or none. */
export async function keepAll(
  { context: { paths }, doors }: Pick<Invocation, 'context' | 'doors'>,
  config: ConfigObject,
  options: Pick<SecretChange, 'secrets'> & { readonly keepIn: KeepIn; readonly rehearse?: boolean },
): Promise<AllKept> {
  const { secrets, keepIn, rehearse = false } = options;
  const keychain = secrets.length === 0 ? undefined : await doors.findKeychain();
  const keeper = new SecretKeeper({ paths, config, keychain, keepIn, rehearse });
  const kept: (Kept & { readonly path: string })[] = [];
  try {
    for (const { path, secret } of secrets) {
      kept.push({ path, ...(await keep(keeper, path, secret)) });
    }
  } catch (error) {
    await keeper.undo();
    throw error;
  }
  return {
    edits: distinct(kept.flatMap(({ edits }) => edits)),
    places: kept.map(({ path, place }) => ({ path, place })),
    replaced: kept.some(({ replaced }) => replaced),
    undo: () => keeper.undo(),
  };
}

const PROVIDERS = 'secrets.providers.';

async function keep(keeper: SecretKeeper, path: string, secret: GivenSecret): Promise<Kept> {
  if (secret.text !== undefined) return await keeper.keep(path, secret.text);
  const { ref, variable } = secret;
  return { edits: [{ path, value: ref }], place: `the variable ${variable}`, replaced: false };
}

/** The last edit of each path. */
function distinct(edits: readonly ConfigEdit[]): readonly ConfigEdit[] {
  return [...new Map(edits.map((edit) => [edit.path, edit])).values()];
}

/** A gateway that runs has the old secret still: the config that names it did not change. */
async function readAnew(invocation: Invocation): Promise<void> {
  try {
    await withOperator(invocation, ({ ask }) => ask('secrets.reload', {}), { live: true });
  } catch (error) {
    if (!isNotRunning(error)) throw error;
  }
}
