/**
 * Node commands under their operation name: `(config, input) => Decision`.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { decideNodeCommand, type NodeCommandInput } from './decide.ts';

/** Operation names to decisions. Inputs are checked by the decisions themselves. */
export const nodeOps: Readonly<Record<string, (config: unknown, input: unknown) => Decision>> = {
  'node.command': (config, input) => decideNodeCommand(config, input as NodeCommandInput),
};
