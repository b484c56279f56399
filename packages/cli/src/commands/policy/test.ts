/**
 * `openclaw policy test`: runs decision vectors.
 *
 * @module
 */
import { resolve } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { type Vector, type VectorResult, readVectors, runVector } from '@portcullis/policy/check';

import type { CommandHandler } from '../../command.ts';
import type { Output } from '../../terminal/output.ts';
import { readDocument } from './config.ts';

/** The vectors of `file`. Throws `policy.vectors` when it holds anything else. */
function vectorsOf(file: string): readonly Vector[] {
  const { vectors, faults } = readVectors(readDocument(resolve(file)));
  const [first] = faults;
  if (first === undefined) return vectors;
  throw new PortcullisError('policy.vectors', `${file} holds no vectors: ${first}`, {
    hint: 'A vector is { "name", "op", "config", "input", "expect" }; a file holds a list of them.',
    details: { path: file, faults },
  });
}

function printResult(out: Output, { ok, op, name, differences }: VectorResult): void {
  out.line(ok ? `ok ${op}: ${name}` : `not ok ${op}: ${name}`);
  for (const { key, expected, actual } of differences) {
    const found = actual === undefined ? 'nothing' : JSON.stringify(actual);
    out.line(`  ${key}: expected ${JSON.stringify(expected)}, found ${found}`);
  }
}

/** `openclaw policy test`. */
export const testPolicy: CommandHandler = async ({ input, out, json }) => {
  // Every file is read before the first vector runs, so that a wrong path is no half result.
  const files = input.all('files').map((file) => ({ file, vectors: vectorsOf(file) }));
  let passed = 0;
  let failed = 0;
  const results: unknown[] = [];
  for (const { file, vectors } of files) {
    for (const vector of vectors) {
      const result = runVector(vector);
      if (result.ok) passed += 1;
      else failed += 1;
      if (json) results.push({ file, ...result });
      else printResult(out, result);
    }
  }
  const ok = failed === 0;
  if (json) out.json({ ok, passed, failed, results });
  else out.line(`${passed} passed, ${failed} failed`);
  return ok ? 0 : 1;
};
