/**
 * `openclaw plugins`: what could be loaded, what the config has loaded, and what others it names.
 * Nothing is loaded to find out.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type LoadedConfig, isConfigObject, loadConfig, nearest } from '@portcullis/gateway/config';

import { KNOWN_CHANNELS } from '../../channels/known.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { type KnownPackage, knownPackages } from '../../compose/packages.ts';
import { quote } from '../../parse/fault.ts';
import { type Piece, styled } from '../../terminal/style.ts';

/** A package, as it stands to this config. */
export interface Plugin extends KnownPackage {
  /** `foreign`: the config names it, and this gateway loads nothing of others. */
  readonly origin: 'built-in' | 'foreign';
  readonly status: 'loaded' | 'off' | 'missing' | 'not-loaded';
  /** The command that installs it. */
  readonly install?: string;
}

function foreignIds(config: LoadedConfig): readonly string[] {
  const { plugins } = config.value;
  const section = isConfigObject(plugins) ? plugins : {};
  const { allow, entries } = section;
  const named = Array.isArray(allow) ? allow.map(String) : [];
  return [...new Set([...named, ...(isConfigObject(entries) ? Object.keys(entries) : [])])];
}

function statusOf({ installed, wanted }: KnownPackage): Plugin['status'] {
  if (!installed) return 'missing';
  return wanted ? 'loaded' : 'off';
}

/** Every package there is, and those of others that the config names. */
export function readPlugins({
  context: { env, paths },
}: Pick<Invocation, 'context'>): readonly Plugin[] {
  const config = loadConfig({ env, paths });
  const channels = KNOWN_CHANNELS.map(({ id }) => id);
  const ours = knownPackages(config, paths, channels).map((each): Plugin => {
    const install = `npm install --ignore-scripts --prefix ${paths.pluginsDir} ${each.package}`;
    const status = statusOf(each);
    return { ...each, origin: 'built-in', status, ...(status === 'missing' && { install }) };
  });
  const ids = new Set(ours.map(({ id }) => id));
  const foreign = foreignIds(config)
    .filter((id) => !ids.has(id))
    .map((id): Plugin => ({
      id,
      package: id,
      kind: 'tools',
      adds: [],
      installed: false,
      wanted: false,
      origin: 'foreign',
      status: 'not-loaded',
    }));
  return [...ours, ...foreign];
}

const STATES: Readonly<Record<Plugin['status'], Piece>> = {
  loaded: styled('green', 'used by this config'),
  off: styled('dim', 'not used by this config'),
  missing: styled('dim', 'not installed'),
  'not-loaded': styled('yellow', 'named by the config, and not loaded'),
};

/** `openclaw plugins list`. */
export const listPlugins: CommandHandler = async (invocation) => {
  const { out, json, input } = invocation;
  const all = readPlugins(invocation);
  const shown = input.flag('enabled') ? all.filter(({ status }) => status === 'loaded') : all;
  if (json) {
    out.json({ ok: true, plugins: shown });
    return;
  }
  out.table(
    ['ID', 'KIND', 'STATE', 'ADDS'],
    shown.map(({ id, origin, kind, status, adds }): Piece[] => [
      id,
      origin === 'foreign' ? 'of others' : kind,
      STATES[status],
      adds.join(', '),
    ]),
  );
};

/**
 * The package of an id.
 *
 * @throws PortcullisError `plugin.unknown`.
 */
export function findPlugin(invocation: Invocation, id: string): Plugin {
  const all = readPlugins(invocation);
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

/** `openclaw plugins info <id>`. */
export const showPlugin: CommandHandler = async (invocation) => {
  const { out, json, input } = invocation;
  const plugin = findPlugin(invocation, input.argument('id'));
  if (json) {
    out.json({ ok: true, plugin });
    return;
  }
  out.table(
    ['WHAT', 'VALUE'],
    [
      ['Id', plugin.id],
      ['Package', plugin.package],
      ['Adds', plugin.adds.join(', ') || 'nothing that is known'],
      ['State', STATES[plugin.status]],
    ],
  );
  if (plugin.install !== undefined) out.note(`Install it with: ${plugin.install}`);
  if (plugin.origin === 'foreign') out.note('Code of others is not loaded by this gateway.');
};

interface Issue {
  readonly id: string;
  readonly severity: 'warn' | 'error';
  readonly text: string;
  readonly remedy: string;
}

/** `openclaw plugins doctor`. Exit code 1 when the config needs something that is not there. */
export const examinePlugins: CommandHandler = async (invocation) => {
  const { out, json } = invocation;
  const all = readPlugins(invocation);
  const issues = all.flatMap((plugin): Issue[] => {
    const { id, wanted, installed, origin, install } = plugin;
    if (origin === 'foreign') {
      const text = `The config names ${id}, and code of others is not loaded.`;
      return [
        { id, severity: 'warn', text, remedy: `openclaw config unset plugins.entries.${id}` },
      ];
    }
    if (!wanted || installed) return [];
    const text = `The config uses ${id}, which is not installed.`;
    return [{ id, severity: 'error', text, remedy: install ?? '' }];
  });
  const ok = !issues.some(({ severity }) => severity === 'error');
  if (json) out.json({ ok, issues });
  else if (issues.length === 0) out.line('Everything the config uses is installed.');
  else {
    for (const { severity, text, remedy } of issues) {
      out.line(styled(severity === 'error' ? 'red' : 'yellow', severity), `  ${text}`);
      out.line(`  ${remedy}`);
    }
  }
  return ok ? 0 : 1;
};
