/**
 * `openclaw plugins enable|disable`: a package of ours has no switch beside what the config allows, so
 * this changes that. A plugin of others is agreed to: to exactly the files it has now.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import {
  type ConfigEdit,
  type ConfigObject,
  getPath,
  loadConfig,
} from '@portcullis/gateway/config';

import type { CommandHandler, Invocation } from '../../command.ts';
import { changeConfig, printOutcome } from '../config/change.ts';
import { newestPlugin } from '../../plugins/examine.ts';
import { describePlugin, printScan, scanPlugin } from './describe.ts';
import { type Plugin, findPlugin } from './plugins.ts';

function refusal(plugin: Plugin, hint: string): PortcullisError {
  return new PortcullisError('plugin.no_switch', `${plugin.id} cannot be switched here.`, { hint });
}

function textsAt(config: ConfigObject, path: string): readonly string[] {
  const value = getPath(config, path);
  return Array.isArray(value) ? value.map(String) : [];
}

/** Adds tools to what is allowed, or to what is denied, and leaves what else stands there. */
function toolEdits(
  config: ConfigObject,
  names: readonly string[],
  on: boolean,
): readonly ConfigEdit[] {
  const denied = textsAt(config, 'tools.deny');
  if (!on) return [{ path: 'tools.deny', value: [...new Set([...denied, ...names])] }];
  // A list of what alone is allowed takes no second one beside it.
  const hasList = getPath(config, 'tools.allow') !== undefined;
  const path = hasList ? 'tools.allow' : 'tools.alsoAllow';
  const rest = denied.filter((name) => !names.includes(name));
  return [
    { path, value: [...new Set([...textsAt(config, path), ...names])] },
    ...(rest.length === denied.length ? [] : [{ path: 'tools.deny', value: rest }]),
  ];
}

function editsOf(plugin: Plugin, config: ConfigObject, on: boolean): readonly ConfigEdit[] {
  const { id, kind, adds, install } = plugin;
  if (kind === 'models') throw refusal(plugin, 'It is always loaded: without it no model answers.');
  if (id === 'tools-mcp') {
    throw refusal(plugin, 'Each of its servers has a switch: mcp.servers.<id>.enabled.');
  }
  if (on && install !== undefined) throw refusal(plugin, `Install it first: ${install}`);
  if (kind === 'tools') return toolEdits(config, adds, on);
  if (getPath(config, `channels.${id}`) === undefined) {
    throw refusal(plugin, `It is not set up: openclaw channels add ${id}`);
  }
  return [{ path: `channels.${id}.enabled`, value: on }];
}

/** Shows what somebody is about to agree to, and pins it. */
async function agreeTo(invocation: Invocation, { id }: Plugin): Promise<readonly ConfigEdit[]> {
  const { context, out, json } = invocation;
  const { env, paths } = context;
  const config = loadConfig({ env, paths });
  const found = await newestPlugin(config, paths, id);
  if (found === undefined) {
    throw new PortcullisError('plugin.not_installed', `The plugin ${id} is not installed.`, {
      hint: 'openclaw plugins install <package>',
    });
  }
  if (!json) {
    out.table(['WHAT', 'VALUE'], [['Id', id], ...describePlugin(found)]);
    printScan(invocation, await scanPlugin(invocation, found));
  }
  const { source } = config;
  const denied = textsAt(source, 'plugins.deny');
  return [
    ...(getPath(source, 'plugins.enabled') === false
      ? [{ path: 'plugins.enabled', value: true }]
      : []),
    { path: 'plugins.allow', value: [...new Set([...textsAt(source, 'plugins.allow'), id])] },
    ...(denied.includes(id)
      ? [{ path: 'plugins.deny', value: denied.filter((each) => each !== id) }]
      : []),
    ...(getPath(source, `plugins.entries.${id}.enabled`) === false
      ? [{ path: `plugins.entries.${id}.enabled`, value: true }]
      : []),
    { path: `plugins.entries.${id}.integrity`, value: found.tree.integrity },
  ];
}

/** Takes the consent back, and keeps the settings. */
function disagreeWith({ id }: Plugin, source: ConfigObject): readonly ConfigEdit[] {
  const pin = `plugins.entries.${id}.integrity`;
  return [
    {
      path: 'plugins.allow',
      value: textsAt(source, 'plugins.allow').filter((each) => each !== id),
    },
    ...(getPath(source, pin) === undefined ? [] : [{ path: pin }]),
  ];
}

async function switchPlugin(invocation: Invocation, on: boolean): Promise<void> {
  const { context, input, out, json } = invocation;
  const { env, paths } = context;
  const before = await findPlugin(invocation, input.argument('id'));
  const { source } = loadConfig({ env, paths });
  const isForeign = before.origin === 'foreign';
  const edits = !isForeign
    ? editsOf(before, source, on)
    : on
      ? await agreeTo(invocation, before)
      : disagreeWith(before, source);
  // Whoever takes a plugin out opens nothing by that.
  const change = await changeConfig(invocation, edits, isForeign && !on ? ['plugins'] : []);
  const { found: _, ...plugin } = await findPlugin(invocation, before.id);
  if (json) {
    out.json({ ok: true, plugin, ...change });
    return;
  }
  if (isForeign) {
    printSwitched(invocation, before.id, change, on);
    return;
  }
  if (input.flag('dry-run')) out.line('Nothing was changed.');
  else if (!change.changed) out.line('Everything is as it should be already.');
  else
    out.line(`What ${plugin.id} adds is ${on ? 'allowed' : 'denied'}: ${plugin.adds.join(', ')}.`);
  printOutcome(invocation, change);
  if (on && !input.flag('dry-run') && plugin.status !== 'loaded') {
    out.warn('Something else still denies all of it: openclaw policy explain shows what.');
  }
}

function printSwitched(
  invocation: Invocation,
  id: string,
  change: Awaited<ReturnType<typeof changeConfig>>,
  on: boolean,
): void {
  const { out, input } = invocation;
  if (input.flag('dry-run')) out.line('Nothing was changed.');
  else if (!change.changed) out.line('Everything is as it should be already.');
  else if (on)
    out.line(`${id} is allowed, with exactly these files. Its tools still need tools.alsoAllow.`);
  else out.line(`${id} is not loaded any more. Its files and settings stay.`);
  printOutcome(invocation, change);
}

/** `openclaw plugins enable <id>`. */
export const enablePlugin: CommandHandler = (invocation) => switchPlugin(invocation, true);

/** `openclaw plugins disable <id>`. */
export const disablePlugin: CommandHandler = (invocation) => switchPlugin(invocation, false);
