/**
 * `openclaw backup create`.
 *
 * @module
 */
import { type CreateOptions, type Made, createBackup, prepare } from '../../backup/create.ts';
import { verifyBackup } from '../../backup/verify.ts';
import type { CommandHandler, Invocation } from '../../command.ts';
import { styled } from '../../terminal/style.ts';
import { folderOf, shortPath } from './paths.ts';
import { passphraseToSeal } from './passphrase.ts';

/** `openclaw backup create`. */
export const createArchive: CommandHandler = async (invocation) => {
  const { context, input, out, json } = invocation;
  const isRehearsal = input.flag('dry-run');
  const passphrase = isRehearsal ? undefined : await passphraseToSeal(invocation);
  const options: CreateOptions = {
    includeWorkspace: !input.flag('no-include-workspace'),
    onlyConfig: input.flag('only-config'),
    output: input.text('output'),
    cwd: folderOf(context),
    passphrase,
    now: new Date(),
  };
  const prepared = prepare(context, options);
  let made: Made | undefined;
  let verified: Awaited<ReturnType<typeof verifyBackup>> | undefined;
  if (!isRehearsal) {
    made = await out.during('Backing up', createBackup(context, prepared, options));
    if (input.flag('verify')) {
      const again = verifyBackup(prepared.archivePath, async () => passphrase ?? '');
      verified = await out.during('Verifying', again);
    }
  }
  const shown = (path: string): string => shortPath(context.paths, path);
  const skipped = made?.manifest.skipped ?? prepared.skipped;
  if (json) {
    out.json({
      ok: true,
      createdAt: options.now.toISOString(),
      archiveRoot: prepared.archiveRoot,
      archivePath: prepared.archivePath,
      dryRun: isRehearsal,
      includeWorkspace: options.includeWorkspace,
      onlyConfig: options.onlyConfig,
      verified: verified !== undefined,
      sealed: passphrase !== undefined,
      assets: prepared.assets.map((asset) => ({ ...asset, displayPath: shown(asset.sourcePath) })),
      skipped: skipped.map((each) => ({ ...each, displayPath: shown(each.sourcePath) })),
      ...(made === undefined ? {} : { files: made.manifest.files.length, bytes: made.bytes }),
      ...(verified?.audit === undefined ? {} : { audit: verified.audit }),
    });
    return;
  }
  for (const { kind, sourcePath } of prepared.assets)
    out.line(`${kind.padEnd(12)}${shown(sourcePath)}`);
  for (const { sourcePath, reason } of skipped) {
    out.line(styled('dim', `not in it     ${shown(sourcePath)}: ${reason}`));
  }
  if (made === undefined) out.line(`Would be written: ${prepared.archivePath}`);
  else printMade(invocation, prepared.archivePath, made, passphrase !== undefined);
  if (verified === undefined) return;
  const { audit } = verified;
  out.line(styled('green', 'It was read again and is whole.'));
  if (audit !== undefined) out.line(`Head of the audit log: ${audit.head}`);
};

function printMade(
  { out }: Invocation,
  path: string,
  { manifest, bytes }: Made,
  sealed: boolean,
): void {
  const count = manifest.files.length;
  out.line(`${String(count)} ${count === 1 ? 'file' : 'files'}, ${String(bytes)} bytes: ${path}`);
  if (sealed) out.line('It opens with its passphrase and with nothing else.');
  else {
    out.warn(
      'It holds secrets in the clear: tokens, logins, conversations. Keep it as private as the state itself, or make it with --encrypt.',
    );
  }
}
