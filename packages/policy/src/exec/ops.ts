/**
 * Command execution under its operation names: `(config, input) => Decision`.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { runApprovals } from './approval-run.ts';
import { type AnalyzeInput, decideAnalysis, decideExec, type ExecInput } from './decide.ts';

/** Operation names to decisions. Inputs are checked by the decisions themselves. */
export const execOps: Readonly<Record<string, (config: unknown, input: unknown) => Decision>> = {
  'exec.decide': (config, input) => decideExec(config, input as ExecInput),
  'exec.analyze': (config, input) => decideAnalysis(config, input as AnalyzeInput),
  'approval.run': runApprovals,
};
