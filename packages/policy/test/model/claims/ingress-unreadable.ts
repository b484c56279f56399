/**
 * The claim about settings that cannot be read: they never let in more than their absence.
 *
 * @module
 */
import { type Claim, type Run, rank } from '../explorer.ts';
import { admit } from '../ingress-domain.ts';
import { CONFIGS, EVENTS } from '../ingress-samples.ts';
import { ABSENT, type Path, changed, places, valueAt } from '../leaves.ts';

const JUNK: readonly unknown[] = [null, 0, 1.5, 2 ** 53, '', 'x', [], {}, true];

/** Whether `junk` is a value that the setting may have, so that it is no junk there. */
function isLegal(old: unknown, junk: unknown, path: Path): boolean {
  if (typeof path.at(-1) === 'number') return typeof junk === 'string' || junk === 0;
  if (Array.isArray(old)) return Array.isArray(junk);
  if (typeof old === 'object')
    return typeof junk === 'object' && junk !== null && !Array.isArray(junk);
  return path.at(-1) === 'allowBots' || typeof old === 'boolean' ? junk === true : false;
}

function check(run: Run): void {
  for (const config of CONFIGS) {
    for (const path of places(config)) {
      const without = changed(config, path, ABSENT);
      const ranks = EVENTS.map((event) => rank(admit(without, event)));
      for (const junk of JUNK) {
        if (isLegal(valueAt(config, path), junk, path)) continue;
        const broken = changed(config, path, junk);
        EVENTS.forEach((event, index) => {
          const decision = admit(broken, event);
          const trace = [path.join('.'), junk, event, decision];
          run.expect(decision.code !== 'engine.internal_error', 'an exception inside', ...trace);
          const fine = rank(decision) <= (ranks[index] ?? 0);
          run.expect(fine, 'a value nobody can read grants', ...trace);
        });
      }
    }
  }
}

/** Junk never grants. */
export const unreadable: Claim = {
  id: 'I13',
  sentence: 'a value that cannot be read grants nothing that its absence would not',
  bounds:
    '9 kinds of junk at every place of two configs that set everything, 78 events each; values legal at their place left out',
  check,
};
