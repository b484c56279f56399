/**
 * `openclaw budgets`: what may be spent, what was, and when it frees up.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import type { CommandHandler } from '../command.ts';
import { formatInstant } from '../terminal/time.ts';
import { styled } from '../terminal/style.ts';
import { withOperator } from './operator-session.ts';

type Item = MethodResult<'budgets.list'>['items'][number];

/** `openclaw budgets`. */
export const listBudgets: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { out, json } = invocation;
    const { items } = await ask('budgets.list', {});
    if (json) {
      out.json({ ok: true, items });
      return;
    }
    if (items.length === 0) {
      out.line('Nothing limits what is spent.');
      out.note('Set a limit with: openclaw config set budgets.sender.tokensPerDay 200000');
      return;
    }
    out.table(
      ['LIMIT', 'WHO', 'USED', 'OF', 'RENEWED'],
      items.map((each) => [
        each.path,
        each.subject ?? 'nobody yet',
        isSpent(each) ? styled('red', amount(each.used)) : amount(each.used),
        amount(each.limit),
        formatInstant(each.freesAt),
      ]),
    );
  });

function isSpent({ used, limit }: Item): boolean {
  return used >= limit;
}

/** At most four digits behind the point: costs are small. */
function amount(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}
