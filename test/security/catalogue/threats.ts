/**
 * What must be refused: one requirement for each way attackers got into gateways like this one.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One requirement. Tests prove it by naming its id. */
export interface Threat {
  /** `P06.01`: the class and the number within it. Never given to anything else. */
  readonly id: string;
  /** The family of attacks it belongs to, as in {@link CLASSES}. */
  readonly class: string;
  /** What holds, as one sentence. */
  readonly must: string;
}

/** How an id looks, wherever it is cited. */
export const THREAT_ID: RegExp = /\bP\d{2}\.\d{2}\b/g;

/** Every requirement, in the order of its ids. */
export const THREATS: readonly Threat[] = JSON.parse(
  readFileSync(join(import.meta.dirname, 'threats.json'), 'utf8'),
) as readonly Threat[];
