/**
 * Writes down what was mended, in the audit log.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { PortcullisError, silentLogger } from '@portcullis/core';
import { AUDIT_LOG } from '@portcullis/gateway/local';

import type { Mended } from './mend.ts';
import type { Subject } from './subject.ts';

/**
 * Adds a line for each. False where there is no log to add them to: no gateway ran here yet, or one
 * runs now and the log is its own.
 */
export async function recordMends(subject: Subject, mends: readonly Mended[]): Promise<boolean> {
  const { paths } = subject.context;
  // Changes of modes are recorded by whoever makes them.
  const done = mends.filter(({ ok, kind }) => ok && kind !== 'chmod');
  if (done.length === 0 || !existsSync(join(paths.stateDbDir, 'portcullis.sqlite'))) return false;
  const [{ openState }, { openSqliteStore }] = await Promise.all([
    import('@portcullis/gateway'),
    import('@portcullis/store-sqlite'),
  ]);
  try {
    const { store } = await openState(paths, openSqliteStore, silentLogger);
    try {
      await store.transact((tx) => {
        for (const { kind, path } of done) {
          const at = subject.machine.now();
          const code = `doctor.${kind}`;
          tx.append(AUDIT_LOG, {
            kind: 'operator',
            at,
            principal: 'cli',
            effect: 'allow',
            code,
            path,
          });
        }
      });
      return true;
    } finally {
      await store.close();
    }
  } catch (error) {
    if (PortcullisError.is(error)) return false;
    throw error;
  }
}
