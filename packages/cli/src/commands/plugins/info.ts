/**
 * `openclaw plugins info` and `openclaw plugins doctor`.
 *
 * @module
 */
import type { CommandHandler } from '../../command.ts';
import { styled } from '../../terminal/style.ts';
import { describePlugin, printScan, scanPlugin } from './describe.ts';
import { findPlugin, jsonOf, readPlugins, stateOf } from './plugins.ts';

/** `openclaw plugins info <id>`. */
export const showPlugin: CommandHandler = async (invocation) => {
  const { out, json, input } = invocation;
  const plugin = await findPlugin(invocation, input.argument('id'));
  const { found, refusal } = plugin;
  const scan = found === undefined ? undefined : await scanPlugin(invocation, found);
  if (json) {
    out.json({ ok: true, plugin: jsonOf(plugin), ...(scan !== undefined && { code: scan }) });
    return;
  }
  out.table(
    ['WHAT', 'VALUE'],
    [
      ['Id', plugin.id],
      ...(found === undefined
        ? [
            ['Package', plugin.package],
            ['Adds', plugin.adds.join(', ') || 'nothing that is known'],
          ]
        : describePlugin(found)),
      ['State', stateOf(plugin)],
    ],
  );
  if (scan !== undefined) printScan(invocation, scan);
  if (plugin.install !== undefined) out.note(`Install it with: ${plugin.install}`);
  if (refusal !== undefined) {
    out.warn(refusal.message);
    if (refusal.hint !== undefined) out.note(refusal.hint);
  }
};

interface Issue {
  readonly id: string;
  readonly severity: 'warn' | 'error';
  readonly text: string;
  readonly remedy: string;
}

/** `openclaw plugins doctor`. Exit code 1 when the config needs something that is not there. */
export const examineAll: CommandHandler = async (invocation) => {
  const { out, json } = invocation;
  const all = await readPlugins(invocation);
  const issues = all.flatMap((plugin): Issue[] => {
    const { id, wanted, installed, origin, install, refusal } = plugin;
    if (refusal !== undefined) {
      const { message: text, hint: remedy = '' } = refusal;
      return [{ id, severity: wanted ? 'error' : 'warn', text, remedy }];
    }
    if (origin === 'foreign' && !installed) {
      const text = `The config names ${id}, which is neither installed nor allowed.`;
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
