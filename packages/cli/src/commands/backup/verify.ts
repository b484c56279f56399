/**
 * `openclaw backup verify`.
 *
 * @module
 */
import type { Manifest } from '../../backup/manifest.ts';
import { type AuditState, type Verified, verifyBackup } from '../../backup/verify.ts';
import type { CommandHandler } from '../../command.ts';
import { styled } from '../../terminal/style.ts';
import { formatInstant } from '../../terminal/time.ts';
import { fullPath } from './paths.ts';
import { passphraseToOpen } from './passphrase.ts';

/** What a program is told of an archive, under the names OpenClaw has for it. */
export interface ArchiveFacts {
  readonly ok: true;
  readonly archivePath: string;
  readonly archiveRoot: string;
  readonly createdAt: string;
  readonly runtimeVersion: string;
  readonly assetCount: number;
  /** Files and the manifest. */
  readonly entryCount: number;
  /** None: an archive holds plain files. */
  readonly symlinkCount: 0;
  readonly audit?: AuditState;
}

/** What is said of an archive to a program. */
export function archiveFacts(path: string, { manifest, audit }: Verified): ArchiveFacts {
  const { archiveRoot, createdAt, runtimeVersion, assets, files } = manifest;
  return {
    ok: true,
    archivePath: path,
    archiveRoot,
    createdAt,
    runtimeVersion,
    assetCount: assets.length,
    entryCount: files.length + 1,
    symlinkCount: 0,
    ...(audit === undefined ? {} : { audit }),
  };
}

/** When an archive was made, by what, and what is in it. */
export function headline({ createdAt, runtimeVersion, assets, files }: Manifest): string {
  const parts = [...new Set(assets.map(({ kind }) => kind))].join(', ');
  const when = formatInstant(Date.parse(createdAt));
  return `Made ${when} by version ${runtimeVersion}: ${parts}; ${String(files.length)} files.`;
}

/** `openclaw backup verify`. */
export const verifyArchive: CommandHandler = async (invocation) => {
  const { context, input, out, json } = invocation;
  const path = fullPath(context, input.argument('archive'));
  const opening = verifyBackup(path, passphraseToOpen(invocation));
  const verified = await out.during('Verifying', opening);
  if (json) {
    out.json(archiveFacts(path, verified));
    return;
  }
  out.line(styled('green', 'The archive is whole.'), ` ${headline(verified.manifest)}`);
  const { audit } = verified;
  if (audit === undefined) out.line('It has no database.');
  else out.line(`Its audit log holds: ${String(audit.lines)} lines, head ${audit.head}`);
};
