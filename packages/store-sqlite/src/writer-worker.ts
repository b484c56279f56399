/**
 * The writer thread: the only place that writes to the database, so that a slow disk never keeps
 * the event loop waiting.
 *
 * @module
 */
import { DatabaseSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

import { PortcullisError } from '@portcullis/core';

import { Committer } from './committer.ts';
import { toFailure } from './failure.ts';
import { inspect, migrate } from './migration.ts';
import type { StoreFault, WriterReply, WriterRequest, WriterSetup } from './writer-message.ts';

/** How large the write-ahead log may stay after a checkpoint, in bytes. */
const WAL_KEEP_BYTES = 16 * 1024 * 1024;

function openDatabase({ path, schemas, thorough }: WriterSetup): DatabaseSync {
  const reader = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    inspect(reader, thorough);
  } finally {
    reader.close();
  }
  const database = new DatabaseSync(path, { timeout: 5000 });
  const journal = database.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (journal !== 'wal') {
    throw new PortcullisError('store.io', 'This file system cannot hold a write-ahead log.', {
      hint: 'Keep the state folder on a local disk, not on a network share.',
    });
  }
  // What is deleted is overwritten: a purged message must not live on in free pages.
  database.exec(`
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA journal_size_limit = ${WAL_KEEP_BYTES};
    PRAGMA trusted_schema = OFF;
  `);
  migrate(database, schemas);
  return database;
}

function provoke(database: DatabaseSync, fault: StoreFault | undefined): () => void {
  if (fault?.kind === 'full') database.exec('PRAGMA max_page_count = 1');
  return () => {
    if (fault?.kind === 'die') process.exit(1);
    if (fault?.kind !== 'slow') return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, fault.ms);
  };
}

function answer(database: DatabaseSync, committer: Committer, request: WriterRequest): WriterReply {
  if (request.kind === 'close') {
    database.close();
    return { kind: 'closed' };
  }
  const beforeCommit = provoke(database, request.fault);
  try {
    return { kind: 'done', outcomes: committer.commit(request.units, beforeCommit) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'unknown error';
    return { kind: 'failed', failure: toFailure(error), detail };
  } finally {
    if (request.fault?.kind === 'full') database.exec('PRAGMA max_page_count = 4294967294');
  }
}

function serve(port: MessagePort, setup: WriterSetup): void {
  const reply = (message: WriterReply): void => port.postMessage(message);
  try {
    const database = openDatabase(setup);
    const committer = new Committer(database, setup.schemas, setup.chainKey);
    port.on('message', (request: WriterRequest) => {
      reply(answer(database, committer, request));
      if (request.kind === 'close') port.close();
    });
    reply({ kind: 'opened' });
  } catch (error) {
    reply({ kind: 'refused', failure: toFailure(error) });
  }
}

if (parentPort !== null) serve(parentPort, workerData);
