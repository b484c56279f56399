/**
 * `openclaw audit`: what was decided and done, and whether the record of it is whole.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import type { CommandHandler } from '../command.ts';
import { styled } from '../terminal/style.ts';
import { formatInstant } from '../terminal/time.ts';
import { withOperator } from './operator-session.ts';

type Entry = MethodResult<'audit.log'>['lines'][number]['entry'];

const DEFAULT_LIMIT = 50;

/** Facts that have a column of their own. */
const COLUMNS = new Set(['at', 'kind']);

/** The other facts of a line, as `name=value`. */
function facts(entry: Entry): string {
  return Object.entries(entry)
    .filter(([name, value]) => value !== undefined && !COLUMNS.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
}

/** `openclaw audit log`. */
export const showAuditLog: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const limit = input.count('limit') ?? DEFAULT_LIMIT;
    const after = input.count('after');
    const { lines } = await ask(
      'audit.log',
      after === undefined ? { limit, last: true } : { limit, after },
    );
    if (json) {
      out.json({ ok: true, lines });
      return;
    }
    if (lines.length === 0) out.line('Nothing was recorded yet.');
    else {
      out.table(
        ['SEQ', 'AT', 'KIND', 'FACTS'],
        lines.map((each) => [
          String(each.seq),
          formatInstant(each.at),
          each.kind,
          facts(each.entry),
        ]),
      );
    }
  });

/** `openclaw audit verify`. */
export const verifyAuditLog: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { input, out, json } = invocation;
    const expectHead = input.text('expect-head');
    const verdict = await ask('audit.verify', expectHead === undefined ? {} : { expectHead });
    const { ok, lines, head, fault } = verdict;
    if (json) out.json(verdict);
    else if (ok) {
      out.line(styled('green', 'The audit log is whole'), `: ${lines} lines.`);
      out.line(`Head: ${head}`);
    } else {
      const where = fault === undefined ? '' : ` at line ${fault.seq}: ${fault.reason}`;
      out.line(styled('red', 'The audit log was changed'), `${where}.`);
    }
    return ok ? 0 : 1;
  });
