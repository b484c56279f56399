/**
 * What a tool intends to do to files, decided as a whole before it begins: one refusal refuses all.
 *
 * What an approver has to answer is not asked here but when it is about to happen, over exactly what
 * would be written then.
 *
 * @module
 */
import { type Decision, type EffectRequest, isAllowed } from '@portcullis/core';
import { combine } from '@portcullis/policy';
import { type FileOp, decidePatch } from '@portcullis/policy/files';

import type { Kernel } from '../../kernel.ts';
import type { EffectGate } from '../effect.ts';
import { Looker } from './look.ts';
import type { Workspaces } from './workspaces.ts';

const OPS: readonly FileOp[] = ['read', 'list', 'write', 'edit', 'delete'];

/** The refusal of a plan, which is in the audit log then; undefined when nothing in it is refused. */
export async function refusePlan(
  kernel: Kernel,
  gate: EffectGate,
  workspaces: Workspaces,
  requests: readonly EffectRequest[],
): Promise<Decision | undefined> {
  const looker = new Looker(kernel, workspaces, gate.site.run);
  const looks = [];
  for (const { kind, request } of requests) {
    if (kind !== 'files') continue;
    const { op, path } = readIntention(request);
    looks.push(await looker.look(op, path));
  }
  if (looks.length === 0) return undefined;
  const whole = decidePatch(kernel.config().value, { files: looks.map(({ input }) => input) });
  const decision = combine([...looks.map((look) => look.decision), whole]);
  if (isAllowed(decision)) return undefined;
  await gate.refuse({ kind: 'files', action: 'plan' }, decision, { files: looks.length });
  return decision;
}

/** What cannot be read counts as a change of a path that nobody may change. */
function readIntention(request: unknown): { readonly op: FileOp; readonly path: string } {
  const parts = typeof request === 'object' && request !== null ? request : {};
  const op = OPS.find((each) => 'op' in parts && parts.op === each) ?? 'write';
  return { op, path: 'path' in parts && typeof parts.path === 'string' ? parts.path : '' };
}
