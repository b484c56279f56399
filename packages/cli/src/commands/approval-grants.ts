/**
 * `openclaw approvals grants`: what approvers allowed for good, and taking it back.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { CommandHandler } from '../command.ts';
import { quote } from '../parse/fault.ts';
import { formatInstant } from '../terminal/time.ts';
import { withOperator } from './operator-session.ts';

/** `openclaw approvals grants list`. */
export const listGrants: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { out, json } = invocation;
    const { grants } = await ask('exec.approval.grants.list', {});
    if (json) {
      out.json({ ok: true, grants });
      return;
    }
    if (grants.length === 0) {
      out.line('Nothing is allowed for good.');
      return;
    }
    for (const [index, grant] of grants.entries()) {
      const { grantId, agentId, kind, sessionKey, createdBy, createdAtMs, expiresAtMs } = grant;
      const { lastUsedAtMs, useCount, effect, subject } = grant;
      if (index > 0) out.line();
      out.line(`Id:       ${grantId}`);
      out.line(`For:      agent ${agentId}${kind === 'flow' ? `, session ${sessionKey}` : ''}`);
      out.line(`Allowed:  by ${createdBy} at ${formatInstant(createdAtMs)}`);
      out.line(`Ends:     ${expiresAtMs === null ? 'when revoked' : formatInstant(expiresAtMs)}`);
      const last = lastUsedAtMs === null ? '' : `, last at ${formatInstant(lastUsedAtMs)}`;
      out.line(`Used:     ${String(useCount)} times${last}`);
      out.line(`Exactly:  ${effect}`);
      out.json(JSON.parse(subject));
    }
    out.note('"openclaw approvals grants revoke" takes one back.');
  });

/** `openclaw approvals grants revoke <id>`. */
export const revokeGrant: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { out, json, input } = invocation;
    const grantId = input.argument('id');
    const { outcome } = await ask('exec.approval.grants.revoke', { grantId });
    if (outcome === 'not-found') {
      throw new PortcullisError('approvals.no_grant', `There is no grant ${quote(grantId)}.`, {
        hint: '"openclaw approvals grants list" shows those there are.',
      });
    }
    if (json) out.json({ ok: true, grantId, outcome });
    else out.line('Taken back. It is asked about again from now on.');
  });
