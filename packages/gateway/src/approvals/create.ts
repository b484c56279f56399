/**
 * The questions of a gateway, with those who hear of them.
 *
 * @module
 */
import type { Kernel } from '../kernel.ts';
import type { GatewayNotice } from '../services.ts';
import { Approvals } from './approvals.ts';
import { someoneMayAnswer } from './approvers.ts';
import { describeApproval } from './describe.ts';
import type { ApprovalPrompts } from './prompt.ts';
import type { ApprovalRow } from './row.ts';

/** Questions that are written to approvers by `prompts`, and told to clients by `notices`. */
export function createApprovals(
  kernel: Kernel,
  notices: { readonly tell: (notice: GatewayNotice) => void },
  prompts: ApprovalPrompts,
): Approvals {
  const tell = (phase: 'requested' | 'resolved', row: ApprovalRow): void => {
    notices.tell({ type: 'approval', phase, approval: describeApproval(row) });
  };
  return new Approvals(kernel, {
    prompt: (tx, row) => prompts.write(tx, row),
    flooded: (tx, question) => prompts.writeFlood(tx, question),
    isForwarded: () => prompts.reachesSomebody,
    isReachable: (askedOn) => someoneMayAnswer(kernel, askedOn),
    requested: (row) => tell('requested', row),
    resolved: (row) => tell('resolved', row),
  });
}
