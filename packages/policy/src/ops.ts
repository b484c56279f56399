/**
 * Every decision by name: behind `openclaw policy test` and the test vectors.
 *
 * This entry holds all areas, so it is the large one: programs that decide import the area.
 *
 * @module
 */
import { type Op, type OpResult, authorityOps } from './authority-ops.ts';
import { budgetOps } from './budget/ops.ts';
import { execOps } from './exec/ops.ts';
import { exposureOps } from './exposure/ops.ts';
import { fileOps } from './files/ops.ts';
import { flowOps } from './flow/ops.ts';
import { networkOps } from './network/ops.ts';
import { nodeOps } from './nodes/ops.ts';
import { invalid, total } from './verdict.ts';

export type { Op, OpResult } from './authority-ops.ts';
export { reasons } from './reasons.ts';

const ops: Readonly<Record<string, Op>> = {
  ...authorityOps,
  ...execOps,
  ...fileOps,
  ...networkOps,
  ...nodeOps,
  ...exposureOps,
  ...flowOps,
  ...budgetOps,
};

/**
 * Answers one decision by name: `decide('ingress.decide', config, input)`.
 *
 * Total and pure: any JSON is answered, an unknown operation and an unreadable config are denied.
 */
export function decide(op: string, config: unknown, input: unknown): OpResult {
  const run = Object.hasOwn(ops, op) ? ops[op] : undefined;
  return run === undefined ? invalid('op') : total(() => run(config, input));
}
