/**
 * `openclaw reset`: back to the beginning, as far as is wanted.
 *
 * @module
 */
import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { loadConfig } from '@portcullis/gateway/config';

import { type Move, moveAll } from '../../backup/moves.ts';
import { ownState } from '../../backup/own-state.ts';
import { isWithin, workspacesOf } from '../../backup/plan.ts';
import { stamp } from '../../backup/stamp.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { inColumns } from '../../terminal/columns.ts';
import { shortPath } from '../backup/paths.ts';
import { type Item, SCOPES, type Scope, planReset } from './plan.ts';

/** Something that goes away, and where it goes; nowhere when it is deleted. */
interface Going extends Item {
  readonly to: string | undefined;
}

/** `openclaw reset`. */
export const resetState: CommandHandler = async (invocation) => {
  const { context, input, out, json } = invocation;
  const { paths } = context;
  const scope = SCOPES.find((each) => each === input.text('scope')) ?? 'config';
  const isRehearsal = input.flag('dry-run');
  const release = ownState(paths);
  try {
    const going = goingOf(invocation, scope);
    const isLeft = going.length === 0;
    if (!json) show(invocation, going);
    if (!isRehearsal && !isLeft) {
      await agree(invocation, going);
      remove(going);
    }
    if (json) {
      const items = going.map(({ to, ...item }) => (to === undefined ? item : { ...item, to }));
      out.json({ ok: true, scope, dryRun: isRehearsal, deleted: input.flag('delete'), items });
      return;
    }
    if (isRehearsal) out.line('Nothing was changed.');
    else if (!isLeft) out.line('Done. To begin anew: openclaw gateway run');
  } finally {
    release();
  }
};

function goingOf({ context, input }: Invocation, scope: Scope): readonly Going[] {
  const { paths } = context;
  const workspaces = [...workspacesOf(readable(context), paths).values()];
  const items = planReset(paths, scope, workspaces);
  const suffix = `.trash-${stamp(new Date())}`;
  return items.map((item) => {
    if (input.flag('delete')) return { ...item, to: undefined };
    const isInside = isWithin(item.path, paths.stateDir);
    const to = isInside
      ? join(`${paths.stateDir}${suffix}`, basename(item.path))
      : `${item.path}${suffix}`;
    return { ...item, to };
  });
}

function readable({ env, paths }: Invocation['context']) {
  try {
    return loadConfig({ env, paths, invalid: 'report' });
  } catch (error) {
    // A config that cannot be read is a reason to reset, not one to refuse it.
    if (PortcullisError.is(error)) return undefined;
    throw error;
  }
}

function show({ context: { paths }, out, input }: Invocation, going: readonly Going[]): void {
  if (going.length === 0) {
    out.line(`There is nothing to reset in ${shortPath(paths, paths.stateDir)}.`);
    return;
  }
  const verb = input.flag('delete') ? 'Deleted for good:' : 'Put away:';
  out.line(input.flag('dry-run') ? `Would be ${verb.toLowerCase()}` : verb);
  const rows = going.map(({ path, what }) => [shortPath(paths, path), what]);
  for (const row of inColumns(rows)) out.line('  ', ...row);
  const places = new Set(going.flatMap(({ to }) => (to === undefined ? [] : [trashOf(to)])));
  for (const place of places) out.line(`into ${shortPath(paths, place)}`);
  out.note('A backup of it first: openclaw backup create');
}

/** The dated folder, or the dated name of what lies elsewhere. */
function trashOf(to: string): string {
  return /^.*\.trash-[^/]+/u.exec(to)?.[0] ?? to;
}

/** Names what goes; a yes is always needed. */
async function agree(invocation: Invocation, going: readonly Going[]): Promise<void> {
  const { context, input, doors, json } = invocation;
  if (input.flag('yes')) return;
  const names = going.map(({ path }) => shortPath(context.paths, path)).join(', ');
  const question = `${input.flag('delete') ? 'Delete for good' : 'Put away'} ${names}?`;
  if (json || input.flag('non-interactive')) {
    throw new PortcullisError('usage.confirmation', `${question} Nobody confirmed it.`, {
      hint: 'Look at it with --dry-run, then add --yes.',
    });
  }
  if (await doors.confirm(question)) return;
  throw new PortcullisError('usage.declined', 'Nothing was changed.', {
    hint: 'Add --dry-run to see what a reset takes away.',
  });
}

function remove(going: readonly Going[]): void {
  moveAll(going.flatMap(({ path, to }): readonly Move[] => (to === undefined ? [] : [[path, to]])));
  for (const { path, to } of going) {
    if (to === undefined) rmSync(path, { recursive: true, force: true });
  }
}
