/**
 * `openclaw workspace`: what the agents find in their folders, and who vouches for it.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import type { CommandHandler } from '../command.ts';
import { type Piece, styled } from '../terminal/style.ts';
import { withOperator } from './operator-session.ts';

type Workspace = MethodResult<'workspace.list'>['workspaces'][number];

/** `openclaw workspace list`. */
export const listWorkspaces: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { out, json } = invocation;
    const { workspaces } = await ask('workspace.list', {});
    if (json) {
      out.json({ ok: true, workspaces });
      return;
    }
    out.table(
      ['AGENT', 'FOLDER', 'ENTRIES', 'UNKNOWN'],
      workspaces.map((each) => [each.agentId, each.path, entriesOf(each), unknownOf(each)]),
    );
    if (workspaces.some((each) => (each.unknown ?? 0) > 0)) {
      out.note('Read what is there, then vouch for it with: openclaw workspace adopt');
    }
  });

/** `openclaw workspace adopt`. */
export const adoptWorkspace: CommandHandler = (invocation) =>
  withOperator(invocation, async ({ ask }) => {
    const { out, json, input } = invocation;
    const agentId = input.text('agent') ?? 'main';
    const { workspace } = await ask('workspace.adopt', { agentId });
    if (json) {
      out.json({ ok: true, workspace });
      return;
    }
    const { adopted = 0, path } = workspace;
    out.line(`Adopted ${String(adopted)} of ${entriesOf(workspace)} files and folders in ${path}.`);
    out.note('What somebody else changes there from now on counts as unknown again.');
  });

function entriesOf({ entries, tooMany }: Workspace): string {
  return tooMany === true ? `more than ${String(entries)}` : String(entries);
}

function unknownOf({ unknown = 0, tooMany }: Workspace): Piece {
  if (tooMany === true) return styled('yellow', 'all');
  return unknown === 0 ? '0' : styled('yellow', String(unknown));
}
