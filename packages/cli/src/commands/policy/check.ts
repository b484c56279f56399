/**
 * `openclaw policy check`: decides what must hold, for every input there can be.
 *
 * @module
 */
import { dirname, resolve } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import {
  type Counterexample,
  type Invariant,
  type InvariantResult,
  checkInvariants,
  readInvariants,
} from '@portcullis/policy/check';
import { capabilities } from '@portcullis/policy/explain';

import type { CommandHandler, Invocation } from '../../command.ts';
import type { Output } from '../../terminal/output.ts';
import { styled } from '../../terminal/style.ts';
import { some } from './matrix.ts';
import { configToAsk, readDocument } from './config.ts';

/** Reads the invariants of `file`. Throws `policy.invariants` naming every fault. */
function invariantsOf(file: string): readonly Invariant[] {
  const { invariants, faults } = readInvariants(readDocument(file), capabilities());
  const [first] = faults;
  if (first === undefined) return invariants;
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : '';
  throw new PortcullisError('policy.invariants', `${file}: ${first.path} ${first.message}${more}`, {
    hint: 'docs/how-to/check-a-policy.md tells how invariants are written.',
    details: { path: file, faults },
  });
}

/** The configs that invariants compare with, beside the file that names them. */
function comparedConfigs(
  invocation: Invocation,
  file: string,
  invariants: readonly Invariant[],
): Readonly<Record<string, unknown>> {
  const names = invariants.flatMap((each) => ('config' in each ? [each.config] : []));
  const read = (name: string) => configToAsk(invocation, resolve(dirname(file), name)).value;
  return Object.fromEntries([...new Set(names)].map((name) => [name, read(name)]));
}

function printCounterexample(out: Output, each: Counterexample): void {
  const { who, standing, capability, decision, other, event, label, variant } = each;
  const where = standing.kind === 'direct' ? 'in a direct message' : `in ${some(standing.places)}`;
  const instead = other === undefined ? '' : ` (the other config: ${other.effect})`;
  out.line(
    `    ${who} on ${standing.channel} ${where}: ${capability} -> ${decision.effect}` +
      ` [${decision.code}] by ${decision.path}${instead}`,
  );
  out.line('    event: ', JSON.stringify(event));
  if (Object.keys(variant).length > 0) out.line('    under: ', JSON.stringify(variant));
  if (label !== undefined) out.line('    in a session that has seen: ', JSON.stringify(label));
}

function printResult(out: Output, result: InvariantResult): void {
  const { name, ok, cases, violations, counterexamples } = result;
  if (ok) {
    out.line(styled('green', 'holds'), `   ${name}  (${cases} cases)`);
    return;
  }
  const why = cases === 0 ? 'nobody is in its scope' : `${violations} of ${cases} cases`;
  out.line(styled('red', 'broken'), `  ${name}  (${why})`);
  for (const each of counterexamples) printCounterexample(out, each);
}

/** `openclaw policy check`. */
export const checkPolicy: CommandHandler = async (invocation) => {
  const { input, out, json } = invocation;
  const file = resolve(input.argument('invariants'));
  const invariants = invariantsOf(file);
  const { value } = configToAsk(invocation, input.text('config'));
  const configs = comparedConfigs(invocation, file, invariants);
  const result = checkInvariants(value, invariants, { configs });
  if (json) {
    out.json(result);
    return result.ok ? 0 : 1;
  }
  for (const each of result.results) printResult(out, each);
  for (const path of result.incomplete) {
    out.warn(`${path} names more roles or audiences than can be combined; not all were looked at.`);
  }
  const failed = result.results.filter(({ ok }) => !ok).length;
  out.line(
    `${result.results.length - failed} hold, ${failed} broken, over ${result.classes} kinds of input.`,
  );
  return result.ok ? 0 : 1;
};
