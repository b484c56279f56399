/**
 * `openclaw policy diff`: what a change of the config opens and closes.
 *
 * @module
 */
import { type CellChange, type RowChange, diffMatrix } from '@portcullis/policy/explain';

import type { CommandHandler } from '../../command.ts';
import type { Output } from '../../terminal/output.ts';
import { styled } from '../../terminal/style.ts';
import { configToAsk } from './config.ts';
import { placeOf, some } from './matrix.ts';

/** Cells of a row that change alike and for the same reason, as one line. */
function printChanges(out: Output, changes: readonly CellChange[]): void {
  const lines = Map.groupBy(changes, ({ change, before, after, keys }) =>
    JSON.stringify([change, before.effect, after.effect, keys]),
  );
  for (const alike of lines.values()) {
    const [first] = alike;
    if (first === undefined) continue;
    const { change, before, after, keys } = first;
    const what = alike.map(({ capability }) => capability).join(', ');
    out.line(
      '  ',
      styled(change === 'opens' ? 'red' : 'green', change),
      `  ${before.effect} -> ${after.effect}  ${what}  (${keys.join(' + ')})`,
    );
  }
}

function heading(row: RowChange): string {
  const who = row.before === row.after ? row.after : `${row.before} -> ${row.after}`;
  return `${who}  ${row.channel}  ${placeOf(row)}  ${some(row.people)}`;
}

/** `openclaw policy diff`. */
export const diffPolicy: CommandHandler = async (invocation) => {
  const { input, out, json } = invocation;
  const before = configToAsk(invocation, input.argument('before'));
  const after = configToAsk(invocation, input.argument('after'));
  const diff = diffMatrix(before.value, after.value);
  const code = diff.opens > 0 ? 2 : 0;
  if (json) {
    out.json({ ok: code === 0, ...diff });
    return code;
  }
  for (const row of diff.rows) {
    out.line(styled('bold', heading(row)));
    printChanges(out, row.changes);
  }
  const { opens, closes, changedKeys } = diff;
  if (opens + closes === 0) {
    const keys = changedKeys.length === 0 ? 'no key differs' : `${changedKeys.length} keys differ`;
    out.line(`Nothing opens or closes (${keys}).`);
  } else out.line(`${opens} cells open, ${closes} cells close.`);
  return code;
};
