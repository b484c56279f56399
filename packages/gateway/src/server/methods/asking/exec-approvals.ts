/**
 * Methods on the host's own document about commands.
 *
 * @module
 */
import type { ExecPolicy, HostDocumentView } from '../../../services.ts';
import { PortcullisError } from '@portcullis/core';

import type { Handlers } from '../../plane.ts';
import { invalidRequest } from '../../refusal.ts';

function toView(
  { path, exists, hash, valid, file }: HostDocumentView,
  { security, ask, askFallback }: ExecPolicy,
) {
  const resolvedDefaults = { security, ask, askFallback, autoAllowSkills: false as const };
  return { path, exists, hash, valid, file: { ...file, version: 1 as const }, resolvedDefaults };
}

/** Throws a refusal of the service in the words of the protocol. */
function rethrow(error: unknown): never {
  if (!PortcullisError.is(error)) throw error;
  const { code, message, hint } = error;
  if (code === 'approvals.file_changed') {
    throw invalidRequest(
      'exec approvals changed since last load; re-run exec.approvals.get and retry',
      { code, hint },
    );
  }
  if (code === 'approvals.file_invalid') throw invalidRequest(message, { code, hint });
  throw error;
}

/** Methods on the host's own document. */
export const execApprovalsHandlers: Handlers<'exec.approvals.get' | 'exec.approvals.set'> = {
  'exec.approvals.get': async (_params, { services: { hostDocument } }) =>
    toView(await hostDocument.get(), await hostDocument.inForce()),
  'exec.approvals.set': async ({ file, baseHash }, { services: { hostDocument }, caller }) => {
    try {
      const view = await hostDocument.set(caller, file, baseHash);
      return toView(view, await hostDocument.inForce());
    } catch (error) {
      rethrow(error);
    }
  },
};
