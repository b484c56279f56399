/**
 * `openclaw plugins install` and `openclaw plugins remove`.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import { type ConfigEdit, getPath, isConfigObject, loadConfig } from '@portcullis/gateway/config';

import type { CommandHandler } from '../../command.ts';
import { quote } from '../../parse/fault.ts';
import { choiceOf } from '../../plugins/choice.ts';
import { installPlugin, removeInstallations } from '../../plugins/install.ts';
import { isFreeId } from '../../plugins/manifest.ts';
import { installationsOf } from '../../plugins/record.ts';
import { readTree } from '../../plugins/tree.ts';
import { changeConfig, printOutcome } from '../config/change.ts';
import { describePlugin, printScan, scanPlugin } from './describe.ts';

/** `openclaw plugins install <spec>`. */
export const addPlugin: CommandHandler = async (invocation) => {
  const { context, input, out, json } = invocation;
  const { env, paths } = context;
  const config = loadConfig({ env, paths });
  const work = installPlugin(context, input.argument('spec'), config);
  const installed = await out.during('Installing', work);
  const { record, root, manifest, wasThere } = installed;
  const tree = await readTree(root);
  const found = { id: record.id, root, manifest, tree, record };
  const scan = await scanPlugin(invocation, found);
  if (json) {
    out.json({ ok: true, id: record.id, wasThere, root, provenance: record, code: scan });
    return;
  }
  out.line(
    `${record.name} ${record.version} ${wasThere ? 'is installed already' : 'is installed'}.`,
  );
  out.table(['WHAT', 'VALUE'], [['Id', record.id], ...describePlugin(found)]);
  printScan(invocation, scan);
  const pin = choiceOf(config).pins.get(record.id);
  if (pin === record.integrity) return;
  out.note(
    pin === undefined
      ? 'Nothing of it is loaded until you agree to it:'
      : 'The version you agreed to before stays in use until you agree to this one:',
  );
  out.note(`  openclaw plugins enable ${record.id}`);
};

function unknown(id: string): PortcullisError {
  return new PortcullisError('plugin.unknown', `There is no plugin ${quote(id)} of others.`, {
    hint: 'openclaw plugins list shows all.',
  });
}

/** `openclaw plugins remove <id>`. */
export const removePlugin: CommandHandler = async (invocation) => {
  const { context, input, out, json } = invocation;
  const { env, paths } = context;
  const id = input.argument('id');
  if (!isFreeId(id)) throw unknown(id);
  const { source } = loadConfig({ env, paths });
  const allowed = getPath(source, 'plugins.allow');
  const kept = Array.isArray(allowed) ? allowed.filter((each) => each !== id) : [];
  const edits: ConfigEdit[] = [];
  if (Array.isArray(allowed) && kept.length < allowed.length) {
    edits.push({ path: 'plugins.allow', value: kept });
  }
  for (const path of [`plugins.entries.${id}`, `channels.${id}`]) {
    const isOurs = path.startsWith('channels.') && installationsOf(paths, id).length === 0;
    if (!isOurs && isConfigObject(getPath(source, path))) edits.push({ path });
  }
  const isInstalled = installationsOf(paths, id).length > 0;
  if (!isInstalled && edits.length === 0) {
    throw unknown(id);
  }
  // The config first: what it asks for must not vanish below it.
  const change =
    edits.length === 0 ? undefined : await changeConfig(invocation, edits, ['plugins']);
  const removed = input.flag('dry-run') ? [] : removeInstallations(paths, id);
  if (json) {
    out.json({ ok: true, id, removed, ...change });
    return;
  }
  if (input.flag('dry-run')) out.line('Nothing was changed.');
  else
    out.line(
      `${id} is removed: ${String(removed.length)} versions, and what the config said of it.`,
    );
  if (change !== undefined) printOutcome(invocation, change);
};
