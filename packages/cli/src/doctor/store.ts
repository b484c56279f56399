/**
 * Checks of the store. One that a gateway has open is left to it.
 *
 * @module
 */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';

import { PortcullisError } from '@portcullis/core';
import { AUDIT_LOG, CHAIN_PAGE, readChainKey, verifyChain } from '@portcullis/gateway/local';
import { type StoreInspection, inspectStore } from '@portcullis/store-sqlite';

import { type Check, type Found, fail, pass, skip, warn } from './check.ts';
import { sentence } from './config.ts';
import type { Subject } from './subject.ts';

async function inspect({ context, deep }: Subject): Promise<StoreInspection> {
  const { gatewayTables: tables } = await import('@portcullis/gateway');
  return inspectStore({ directory: context.paths.stateDbDir, tables, thorough: deep });
}

/** Looks at the store, and lets go of it. */
async function withStore(
  subject: Subject,
  look: (
    store: Extract<StoreInspection, { readonly kind: 'sound' }>,
  ) => Promise<readonly Found[]> | readonly Found[],
): Promise<readonly Found[]> {
  const store = await inspect(subject);
  if (store.kind !== 'sound') return [];
  try {
    return await look(store);
  } finally {
    store.close();
  }
}

async function integrity(subject: Subject): Promise<readonly Found[]> {
  const store = await inspect(subject);
  const path = join(subject.context.paths.stateDbDir, 'portcullis.sqlite');
  if (store.kind === 'absent') return [pass('There is no store yet; the first start makes it.')];
  if (store.kind === 'owned') {
    const who = store.holder.pid === undefined ? 'A process' : `Process ${store.holder.pid}`;
    return [skip(`${who} has the store open and sees to it; stop it to have it read whole.`)];
  }
  if (store.kind === 'unusable') {
    const { message, hint } = store.error;
    return [fail(sentence(message), hint ?? 'Restore a backup.', { path })];
  }
  store.close();
  const how = subject.deep ? 'Every page and index of the store' : 'Every page of the store';
  return [pass(`${how} is sound.`, { path })];
}

function migrations(subject: Subject): Promise<readonly Found[]> {
  return withStore(subject, ({ pending }) =>
    pending.length === 0
      ? [pass('The store has the tables of this version.')]
      : [pass('The next start adds to the store, by itself.', { more: pending })],
  );
}

function chain(subject: Subject): Promise<readonly Found[]> {
  return withStore(subject, async (store) => {
    const path = join(subject.context.paths.stateDir, 'audit.key');
    const key = readKey(subject, path);
    if (key === undefined) {
      return store.lines(AUDIT_LOG, 0, 1).length === 0
        ? []
        : [
            fail(
              'The key of the audit log is gone: nobody can tell whether it was changed.',
              `Restore ${path} from a backup.`,
              {
                path,
              },
            ),
          ];
    }
    if (!(key instanceof Uint8Array)) return [key];
    const verdict = await verifyChain((after) => store.lines(AUDIT_LOG, after, CHAIN_PAGE), key);
    if (verdict.ok) return [pass(`The audit log is whole: ${verdict.lines} lines.`)];
    const { seq = 0, reason = '' } = verdict.fault ?? {};
    return [
      fail(
        `The audit log was changed at line ${seq}: ${reason}`,
        'Find out who could write the state directory; then restore a backup. openclaw audit verify says the same.',
      ),
    ];
  });
}

function readKey({ context }: Subject, path: string): Uint8Array | Found | undefined {
  try {
    return readChainKey(context.paths.stateDir);
  } catch (error) {
    if (!PortcullisError.is(error)) throw error;
    return fail(sentence(error.message), error.hint ?? `Restore ${path}.`, { path });
  }
}

/** Notes of processes that are gone. */
function leftovers({ context, owner, machine }: Subject): readonly Found[] {
  const { stateDbDir, configPath } = context.paths;
  const found: Found[] = [];
  const address = join(stateDbDir, 'address.json');
  const left = writtenAt(address);
  if (owner === undefined && left !== undefined) {
    found.push(
      warn('A gateway that is gone left its address behind.', 'openclaw doctor --fix', {
        path: address,
        mend: { kind: 'remove', path: address, since: left },
      }),
    );
  }
  const lock = `${configPath}.lock`;
  const since = writtenAt(lock);
  if (since !== undefined && machine.now() - since > STALE_LOCK_MS) {
    found.push(
      warn('A program that is gone left its lock on the config behind.', 'openclaw doctor --fix', {
        path: lock,
        mend: { kind: 'remove', path: lock, since },
      }),
    );
  }
  return found.length === 0 ? [pass('No process left anything behind.')] : found;
}

/** Far longer than anybody writes a config. */
const STALE_LOCK_MS = 60_000;

function writtenAt(path: string): number | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function ending(subject: Subject): Promise<readonly Found[]> {
  return withStore(subject, ({ lostHolder }) => {
    if (lostHolder === undefined) return [];
    const { pid, since } = lostHolder;
    const who = pid === undefined ? 'The last gateway' : `The last gateway (process ${pid})`;
    const when = since === undefined ? '' : `, started ${since},`;
    return [
      warn(
        `${who}${when} was killed or lost power. Nothing is lost: the next start reads the store whole and goes on.`,
        'openclaw logs',
      ),
    ];
  });
}

/** Checks of the store. */
export const storeChecks: readonly Check[] = [
  {
    id: 'store.integrity',
    group: 'store',
    about:
      'That the pages of the store are sound, and its indexes with `--deep`. Not while a gateway has it open.',
    look: integrity,
  },
  {
    id: 'store.migrations',
    group: 'store',
    about: 'What the next start adds to the store.',
    look: migrations,
  },
  { id: 'store.audit_chain', group: 'store', about: 'That the audit log is whole.', look: chain },
  {
    id: 'store.ending',
    group: 'store',
    about: 'Whether the last gateway was killed.',
    look: ending,
  },
  {
    id: 'store.leftovers',
    group: 'store',
    about: 'Addresses and locks of processes that are gone.',
    look: leftovers,
  },
];
