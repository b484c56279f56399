/**
 * Checks an archive without restoring it: every hash, the database, the chain of the audit log.
 *
 * @module
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { AUDIT_LOG, CHAIN_PAGE, readChainKey, verifyChain } from '@portcullis/gateway/local';
import { inspectStore } from '@portcullis/store-sqlite';

import { type Manifest, damaged } from './manifest.ts';
import { withPrivateFolder } from './private-folder.ts';
import { readArchive } from './read-archive.ts';

/** The audit log of a backup, whole. */
export interface AuditState {
  readonly lines: number;
  /** As `openclaw audit verify --expect-head` takes it. */
  readonly head: string;
}

/** An archive that is what it should be. */
export interface Verified {
  readonly manifest: Manifest;
  /** Undefined where the archive has no database. */
  readonly audit: AuditState | undefined;
}

const DATABASES = 'payload/state/state/';
const AUDIT_KEY = 'payload/state/audit.key';

/**
 * Reads an archive to its end, and checks the database and the audit log in it. What is unpacked
 * for that is gone afterwards.
 *
 * @throws PortcullisError `backup.*` as `readArchive`, `store.corrupt`, `store.newer`.
 */
export async function verifyBackup(
  path: string,
  passphrase: () => Promise<string>,
): Promise<Verified> {
  return await withPrivateFolder(join(tmpdir(), 'openclaw-verify-'), async (folder) => {
    const manifest = await readArchive(path, {
      passphrase,
      place: () => (file) => {
        const isNeeded = file.path === AUDIT_KEY || file.path.startsWith(DATABASES);
        return isNeeded ? join(folder, file.path) : undefined;
      },
    });
    return { manifest, audit: await verifyState(join(folder, 'payload/state')) };
  });
}

/**
 * Checks the database of an unpacked state directory, and its audit log with its key.
 *
 * @returns undefined where there is no database.
 * @throws PortcullisError `backup.damaged`, `store.corrupt`, `store.newer`.
 */
export async function verifyState(stateDir: string): Promise<AuditState | undefined> {
  const store = inspectStore({ directory: join(stateDir, 'state'), tables: [], thorough: true });
  if (store.kind === 'absent') return undefined;
  if (store.kind === 'unusable') throw store.error;
  if (store.kind === 'owned') throw damaged('its database is in use');
  try {
    const { ok, lines, head, fault } = await verifyChain(
      (after) => store.lines(AUDIT_LOG, after, CHAIN_PAGE),
      keyOf(stateDir),
    );
    if (ok) return { lines, head };
    throw damaged(`its audit log does not hold. ${fault?.reason ?? ''}`.trim().replace(/\.$/u, ''));
  } catch (error) {
    throw PortcullisError.is(error) ? error : damaged('its database holds no audit log', error);
  } finally {
    store.close();
  }
}

function keyOf(stateDir: string): Uint8Array {
  const key = readChainKey(stateDir);
  if (key === undefined) throw damaged('the key of its audit log is missing');
  return key;
}
