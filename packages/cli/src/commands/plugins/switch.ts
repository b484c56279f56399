/**
 * `openclaw plugins enable|disable`: a package has no switch beside what the config allows, so this
 * changes that, and shows what it opens.
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
  const { id, kind, adds, origin, install } = plugin;
  if (origin === 'foreign') throw refusal(plugin, 'Code of others is not loaded by this gateway.');
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

async function switchPlugin(invocation: Invocation, on: boolean): Promise<void> {
  const { context, input, out, json } = invocation;
  const { env, paths } = context;
  const before = findPlugin(invocation, input.argument('id'));
  const { source } = loadConfig({ env, paths });
  const change = await changeConfig(invocation, editsOf(before, source, on));
  const plugin = findPlugin(invocation, before.id);
  if (json) {
    out.json({ ok: true, plugin, ...change });
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

/** `openclaw plugins enable <id>`. */
export const enablePlugin: CommandHandler = (invocation) => switchPlugin(invocation, true);

/** `openclaw plugins disable <id>`. */
export const disablePlugin: CommandHandler = (invocation) => switchPlugin(invocation, false);
