/**
 * File access under its operation names: `(config, input) => Decision`.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { decideFile, decidePatch, type FileInput, type PatchInput } from './decide.ts';

/** Operation names to decisions. Inputs are checked by the decisions themselves. */
export const fileOps: Readonly<Record<string, (config: unknown, input: unknown) => Decision>> = {
  'fs.decide': (config, input) => decideFile(config, input as FileInput),
  'fs.patch': (config, input) => decidePatch(config, input as PatchInput),
};
