/**
 * `openclaw backup restore`.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import { ownState } from '../../backup/own-state.ts';
import { type Staged, stageRestore, unpackBackup } from '../../backup/restore.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { printEffect } from '../config/change.ts';
import { fullPath, shortPath } from './paths.ts';
import { passphraseToOpen } from './passphrase.ts';
import { archiveFacts, headline } from './verify.ts';

/** What a way back in time brings with it. */
const WARNINGS = [
  'Everything is as it was when the backup was made. What was revoked, changed or forbidden since then counts again: revoke it anew, and change tokens that were changed.',
  'A message that was on its way then may have arrived: openclaw outbox list --state unknown',
  'Packages of channels and tools are not in a backup; openclaw status names those that are missing.',
];

/** `openclaw backup restore`. */
export const restoreArchive: CommandHandler = async (invocation) => {
  const { context, input } = invocation;
  const archive = fullPath(context, input.argument('archive'));
  const target = input.text('target');
  if (target !== undefined) return await unpack(invocation, archive, fullPath(context, target));
  const release = ownState(context.paths);
  try {
    const passphrase = passphraseToOpen(invocation);
    const staging = stageRestore(context, archive, passphrase, new Date());
    const staged = await invocation.out.during('Unpacking', staging);
    try {
      await replace(invocation, archive, staged);
    } finally {
      staged.discard();
    }
  } finally {
    release();
  }
};

async function unpack(invocation: Invocation, archive: string, target: string): Promise<void> {
  const { out, json } = invocation;
  const work = unpackBackup(archive, target, passphraseToOpen(invocation));
  const unpacked = await out.during('Unpacking', work);
  if (json) {
    out.json({ ...archiveFacts(archive, unpacked), targetPath: target, warnings: WARNINGS });
    return;
  }
  out.line(headline(unpacked.manifest));
  out.line(`Unpacked and checked: ${target}`);
  for (const warning of WARNINGS) out.warn(warning);
}

async function replace(invocation: Invocation, archive: string, staged: Staged): Promise<void> {
  const { context, input, out, json } = invocation;
  const isRehearsal = input.flag('dry-run');
  if (!json) show(invocation, staged);
  if (!isRehearsal) {
    await agree(invocation, staged);
    staged.place();
  }
  const { effect, placements } = staged;
  if (json) {
    out.json({
      ...archiveFacts(archive, staged),
      targetPath: context.paths.stateDir,
      dryRun: isRehearsal,
      placed: placements,
      opens: effect.opens,
      closes: effect.closes,
      warnings: WARNINGS,
    });
    return;
  }
  if (isRehearsal) {
    out.line('Nothing was changed.');
    return;
  }
  out.line('Restored.');
  for (const warning of WARNINGS) out.warn(warning);
  out.note('Look at it before the gateway starts: openclaw security audit');
}

function show({ out, context: { paths } }: Invocation, staged: Staged): void {
  out.line(headline(staged.manifest));
  for (const { kind, path, kept } of staged.placements) {
    const now = kept === undefined ? '' : `; what is there now becomes ${shortPath(paths, kept)}`;
    out.line(`${kind.padEnd(12)}${shortPath(paths, path)}${now}`);
  }
  const { opens, closes } = staged.effect;
  printEffect({ out }, { opens: [...opens], closes: [...closes] });
}

/** Asks, unless it was said in the call: always where something opens or is replaced. */
async function agree(invocation: Invocation, { effect, placements }: Staged): Promise<void> {
  const { input, doors, json } = invocation;
  const { opens, closes } = effect;
  const replaced = placements.filter(({ kept }) => kept !== undefined).map(({ path }) => path);
  if (input.flag('yes') || (opens.length === 0 && replaced.length === 0)) return;
  const keys = [...new Set(opens.map(({ key }) => key))];
  const wide = keys.length === 0 ? '' : `open ${keys.slice(0, 3).join(', ')}`;
  const what = [replaced.length === 0 ? '' : `replace ${replaced.join(', ')}`, wide]
    .filter((part) => part !== '')
    .join(' and ');
  const question = `${what.charAt(0).toUpperCase()}${what.slice(1)}?`;
  if (json) {
    throw new PortcullisError('usage.confirmation', `${question} Nobody confirmed it.`, {
      hint: 'Look at it with --dry-run, then add --yes.',
      details: { opens: [...opens], closes: [...closes] },
    });
  }
  if (await doors.confirm(question)) return;
  throw new PortcullisError('usage.declined', 'Nothing was changed.', {
    hint: 'Add --dry-run to see what a restore does.',
  });
}
