/**
 * What a config means: why a decision fell, who reaches what, and what a change would open.
 *
 * @module
 */
export { csvCell, matrixCsv } from './csv.ts';
export {
  type CellEffect,
  type Matrix,
  type MatrixCell,
  type MatrixRow,
  byGroup,
  exposureMatrix,
} from './matrix.ts';
export { type CellChange, type MatrixDiff, type RowChange, diffMatrix } from './diff.ts';
export type { Facts } from './judge.ts';
export { type Who, WHO } from './asker.ts';
export { type Explanation, type Remedy, explain } from './explain.ts';
export type { Question } from './question.ts';
export { type ConfigEdit, type FoundPath, applyEdit, followPath } from './config-edit.ts';
export {
  type Exposure,
  type ExposureDiff,
  exposureDiff,
  isRanked,
} from './change/exposure-diff.ts';
export type { KeyPath } from './changed-key.ts';
export type { GateStep } from './gate.ts';
export { type Capability, capabilities } from './capability.ts';
export {
  type AuditedLine,
  type Replay,
  type ReplayOptions,
  type ReplayedLine,
  replay,
} from './replay.ts';
export type { RowHead, Standing } from './row.ts';
