/**
 * `openclaw plugins list`: what could be loaded, what the config has loaded, and what of others is
 * there. Nothing is loaded to find out.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type LoadedConfig, loadConfig, nearest } from '@portcullis/gateway/config';

import { KNOWN_CHANNELS } from '../../channels/known.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { type KnownPackage, knownPackages } from '../../compose/packages.ts';
import { quote } from '../../parse/fault.ts';
import { choiceOf } from '../../plugins/choice.ts';
import {
  type FoundPlugin,
  type PluginRefusal,
  type PluginState,
  examinePlugins,
  idOf,
} from '../../plugins/examine.ts';
import { type Piece, styled } from '../../terminal/style.ts';

/** A package, as it stands to this config. */
export interface Plugin extends Omit<KnownPackage, 'kind'> {
  readonly kind: KnownPackage['kind'] | 'plugin';
  /** `foreign`: of others. */
  readonly origin: 'built-in' | 'foreign';
  /** `loaded`: a gateway with this config loads it. */
  readonly status: 'loaded' | 'off' | 'missing' | 'refused';
  /** The command that installs it. */
  readonly install?: string;
  readonly version?: string;
  /** Why it is not loaded although it is allowed. */
  readonly refusal?: PluginRefusal;
}

/** A plugin of others, and everything that was read of it. */
export interface OtherPlugin extends Plugin {
  readonly found?: FoundPlugin | undefined;
}

function statusOf({ installed, wanted }: KnownPackage): Plugin['status'] {
  if (!installed) return 'missing';
  return wanted ? 'loaded' : 'off';
}

function otherOf(state: PluginState): OtherPlugin {
  const { found } = state;
  const { channels = [], tools = [], version, name } = found?.manifest ?? {};
  const refusal = state.status === 'refused' ? state.refusal : undefined;
  const isAllowed = state.status === 'refused' ? state.isAllowed : state.status === 'ready';
  const isMissing = refusal?.code === 'plugin.not_installed';
  return {
    id: idOf(state),
    package: name ?? idOf(state),
    kind: 'plugin',
    adds: [...channels, ...tools],
    installed: !isMissing,
    wanted: isAllowed,
    origin: 'foreign',
    status:
      state.status === 'ready'
        ? 'loaded'
        : isMissing
          ? 'missing'
          : refusal === undefined
            ? 'off'
            : 'refused',
    ...(version !== undefined && { version }),
    ...(refusal !== undefined && { refusal }),
    found,
  };
}

/** Plugins the config has settings for, and that are neither there nor allowed. */
function namedOnly(config: LoadedConfig, known: ReadonlySet<string>): readonly OtherPlugin[] {
  return choiceOf(config)
    .named.filter((id) => !known.has(id))
    .map((id) => ({
      id,
      package: id,
      kind: 'plugin',
      adds: [],
      installed: false,
      wanted: false,
      origin: 'foreign',
      status: 'missing',
    }));
}

/** Every package there is, and the plugins of others. */
export async function readPlugins({
  context: { env, paths },
}: Pick<Invocation, 'context'>): Promise<readonly OtherPlugin[]> {
  const config = loadConfig({ env, paths });
  const channels = KNOWN_CHANNELS.map(({ id }) => id);
  const ours = knownPackages(config, paths, channels).map((each): Plugin => {
    const install = `npm install --ignore-scripts --prefix ${paths.pluginsDir} ${each.package}`;
    const status = statusOf(each);
    return { ...each, origin: 'built-in', status, ...(status === 'missing' && { install }) };
  });
  const others = (await examinePlugins(config, paths)).map(otherOf);
  const known = new Set([...ours, ...others].map(({ id }) => id));
  return [...ours, ...others, ...namedOnly(config, known)];
}

const STATES: Readonly<Record<Plugin['status'], Piece>> = {
  loaded: styled('green', 'used by this config'),
  off: styled('dim', 'not used by this config'),
  missing: styled('dim', 'not installed'),
  refused: styled('red', 'refused'),
};

/** How a plugin stands, for people. */
export function stateOf({ status, wanted, refusal }: Plugin): Piece {
  if (status === 'refused' && !wanted)
    return styled('yellow', `not allowed; ${refusal?.code ?? ''}`);
  return status === 'refused' ? styled('red', `refused: ${refusal?.code ?? ''}`) : STATES[status];
}

/** As `--json` shows it. */
export function jsonOf({ found, ...plugin }: OtherPlugin): object {
  if (found === undefined) return plugin;
  const { manifest, tree, root, record } = found;
  return {
    ...plugin,
    root,
    integrity: tree.integrity,
    files: tree.files.size,
    bytes: tree.bytes,
    registers: {
      channels: manifest.channels,
      tools: manifest.tools,
      auditChecks: manifest.auditChecks,
    },
    provenance: record ?? null,
  };
}

/** `openclaw plugins list`. */
export const listPlugins: CommandHandler = async (invocation) => {
  const { out, json, input } = invocation;
  const all = await readPlugins(invocation);
  const shown = input.flag('enabled') ? all.filter(({ status }) => status === 'loaded') : all;
  if (json) {
    out.json({ ok: true, plugins: shown.map(jsonOf) });
    return;
  }
  out.table(
    ['ID', 'KIND', 'STATE', 'ADDS'],
    shown.map((plugin): Piece[] => [
      plugin.id,
      plugin.origin === 'foreign' ? 'of others' : plugin.kind,
      stateOf(plugin),
      plugin.adds.join(', '),
    ]),
  );
};

/**
 * The package of an id.
 *
 * @throws PortcullisError `plugin.unknown`.
 */
export async function findPlugin(invocation: Invocation, id: string): Promise<OtherPlugin> {
  const all = await readPlugins(invocation);
  const found = all.find((each) => each.id === id || each.package === id);
  if (found !== undefined) return found;
  const meant = nearest(
    id,
    all.map((each) => each.id),
  );
  throw new PortcullisError('plugin.unknown', `There is no plugin ${quote(id)}.`, {
    hint: meant === undefined ? 'openclaw plugins list shows all.' : `Did you mean "${meant}"?`,
  });
}
