/**
 * `openclaw policy replay`: the recorded past under another config.
 *
 * @module
 */
import { type AuditedLine, type ReplayedLine, replay } from '@portcullis/policy/explain';

import type { CommandHandler } from '../../command.ts';
import { invalidValue } from '../../parse/fault.ts';
import type { Output } from '../../terminal/output.ts';
import { styled } from '../../terminal/style.ts';
import { formatInstant } from '../../terminal/time.ts';
import { type OperatorSession, withOperator } from '../operator-session.ts';
import { configToAsk } from './config.ts';

const PAGE = 1000;
const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Milliseconds of an age such as `7d`. Throws `usage.invalid_value`. */
function ageOf(text: string): number {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const found = Object.entries(UNITS).find(([name]) => name === unit);
  if (count === undefined || found === undefined) {
    throw invalidValue('--since', 'an age such as 90m, 12h, 7d or 4w', 'policy replay');
  }
  return Number(count) * found[1];
}

/** The whole log, oldest first: a tool is told from the message that led to it, which may be older. */
async function readLog({ ask }: OperatorSession): Promise<readonly AuditedLine[]> {
  const all: AuditedLine[] = [];
  for (let after = 0; ;) {
    const { lines } = await ask('audit.log', { after, limit: PAGE });
    for (const line of lines) all.push(line);
    const last = lines.at(-1);
    if (last === undefined || lines.length < PAGE) return all;
    after = last.seq;
  }
}

function print(out: Output, lines: readonly ReplayedLine[]): void {
  if (lines.length === 0) return;
  out.table(
    ['SEQ', 'AT', 'WHO', 'ABOUT', 'OUTCOME', 'WAS', 'NOW'],
    lines.map(({ seq, at, principal, about, outcome, was, now, reason }) => [
      String(seq),
      formatInstant(at),
      principal,
      about,
      outcome === 'opens' ? styled('red', outcome) : outcome,
      `${was.effect} ${was.code}`,
      now === undefined ? (reason ?? '') : `${now.effect} ${now.code} by ${now.path}`,
    ]),
  );
}

/** `openclaw policy replay`. */
export const replayPolicy: CommandHandler = async (invocation) => {
  const { input, out, json } = invocation;
  const since = input.text('since');
  const from = since === undefined ? 0 : Date.now() - ageOf(since);
  const { value } = configToAsk(invocation, input.text('config'));
  await withOperator(invocation, async (session) => {
    const { lines, counts } = replay(await readLog(session), value, { since: from });
    if (json) {
      out.json({ ok: true, lines, counts });
      return;
    }
    print(out, lines);
    const { opens, closes, same, undecidable } = counts;
    out.line(
      `${opens} would open, ${closes} would close, ${same} stay, ${undecidable} undecidable.`,
    );
  });
};
