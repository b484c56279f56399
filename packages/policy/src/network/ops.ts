/**
 * Network egress under its operation names: `(config, input) => Decision`.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { decideNet, type NetInput } from './decide.ts';

/** Operation names to decisions. Inputs are checked by the decisions themselves. */
export const networkOps: Readonly<Record<string, (config: unknown, input: unknown) => Decision>> = {
  'net.decide': (config, input) => decideNet(config, input as NetInput),
};
