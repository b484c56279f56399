/**
 * A run of approval steps under its operation name, for vectors and for replaying a history.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { asList, InvalidSetting, isObject, own, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import { readRequest, requestDigest } from './approval-record.ts';
import { type ApprovalState, type ApprovalStep, approvalTransition } from './approval.ts';

/** How many records, unanswered records and durable entries a run left. */
export interface ApprovalCounts {
  readonly records: number;
  readonly pending: number;
  readonly durable: number;
}

/** A step as written: a consume names the fields that differ from what was recorded. */
function withDigest(state: ApprovalState, step: unknown): unknown {
  if (!isObject(step) || step['do'] !== 'consume' || step['digest'] !== undefined) return step;
  const record = own(state.records, String(step['id']));
  const changed = own(step, 'with');
  if (!isObject(record)) return step;
  const request = { ...(own(record, 'request') as object), ...(isObject(changed) ? changed : {}) };
  return { ...step, digest: requestDigest(readRequest(request)) };
}

/** The answer to the last of `steps`, with the counts of the state it leaves in `state`. */
export function runApprovals(
  config: unknown,
  input: unknown,
): Decision & { readonly state?: ApprovalCounts } {
  let state: ApprovalState = { records: {}, durable: [] };
  const decision = total(() => {
    let last: Decision | undefined;
    for (const step of asList(setting(input, 'steps')) ?? []) {
      const result = approvalTransition(state, withDigest(state, step) as ApprovalStep, config);
      state = result.state;
      last = result.decision;
    }
    if (last === undefined) throw new InvalidSetting('steps');
    return last;
  });
  const records = Object.values(state.records);
  const pending = records.filter(({ status }) => status === 'pending').length;
  return {
    ...decision,
    state: { records: records.length, pending, durable: state.durable.length },
  };
}
