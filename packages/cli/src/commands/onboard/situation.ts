/**
 * Looks at what there is before anything is asked. Promises: changes nothing.
 *
 * @module
 */
import {
  type ConfigEdit,
  type LoadedConfig,
  editConfig,
  firstConfigText,
  loadConfig,
  parseConfig,
} from '@portcullis/gateway/config';
import { refusalOf, thisMachine } from '@portcullis/gateway/local';
import { exposureDiff } from '@portcullis/policy/explain';

import type { Invocation } from '../../command.ts';
import { widerThanBaseline } from '../../onboard/baseline.ts';
import type { Situation } from '../../onboard/question.ts';

/** Stands where the reference to the token comes to stand. Were it ever written, it would let nobody in. */
const UNWRITTEN = 'replace-with-long-random-token';
/** A token that is kept elsewhere, as far as a start is judged by it. */
const KEPT = { path: 'gateway.auth.token', value: { source: 'file', id: '/gateway.auth.token' } };

/** What there is, and the config it was read from. */
export interface Found {
  readonly situation: Situation;
  /** The config as it is; that of a first start where there is none. */
  readonly before: LoadedConfig;
}

/**
 * Looks at the config and the machine.
 *
 * @throws PortcullisError `config.syntax`, `config.invalid`, `config.unreadable`: a config that
 * nobody can read is mended first.
 */
export async function look(invocation: Invocation): Promise<Found> {
  const { context, doors, out } = invocation;
  const { env, paths } = context;
  const loaded = loadConfig({ env, paths });
  const { exists } = loaded;
  const before = exists ? loaded : parseConfig(firstConfigText(UNWRITTEN), { env, paths });
  const looking = Promise.all([doors.discoverLocalServers(), doors.probeSandbox()]);
  const [servers, sandbox] = await out.during('Looking at this machine', looking);
  const machine = thisMachine();
  const refusal = (edits: readonly ConfigEdit[]): string | undefined => {
    const all = exists ? edits : [KEPT, ...edits];
    const next = parseConfig(editConfig(before.raw, all), { env, paths });
    return refusalOf(next, machine)?.hint;
  };
  return {
    before,
    situation: {
      exists,
      config: before.source,
      servers,
      sandbox,
      variables: new Set(Object.keys(before.env).filter((name) => before.env[name] !== '')),
      wider: exists ? widerThanBaseline(before, exposureDiff) : { edits: [], closes: [] },
      refusal,
    },
  };
}
