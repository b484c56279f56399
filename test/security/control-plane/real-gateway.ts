/**
 * A whole gateway in this process, put together as a start puts it together, over a state directory
 * of its own: so that what a call does, or must not do, is looked for where it would really be.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { resolvePaths } from '@portcullis/gateway/config';
import { expect, vi } from 'vitest';

import type { RunningGateway } from '@portcullis/gateway';

import { runGateway } from '../../../packages/cli/src/compose/run-gateway.ts';

/** The shared token of it. */
export const TOKEN = 'control-plane-token-of-the-proofs-0001';

/** A gateway that runs. */
export interface RealGateway {
  readonly url: string;
  readonly http: string;
  readonly folder: string;
  readonly running: RunningGateway;
  /** Everything it keeps, as one text: files by content, the database by its rows. */
  state(): string;
  /** Everything it has logged. */
  log(): string;
  onClose(work: () => void): void;
  close(): Promise<void>;
}

/** Files that are written whether anybody calls or not. */
const RESTLESS = /(?:^|\/)(?:logs\/|.*\.sqlite3?(?:-wal|-shm)?$|.*\.db(?:-wal|-shm)?$|.*\.lock$)/u;

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

function rowsOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all();
    return tables.map(({ name }) => [
      name,
      database.prepare(`SELECT * FROM "${String(name)}"`).all(),
    ]);
  } finally {
    database.close();
  }
}

const text = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;

function stateBelow(folder: string): string {
  const lines: string[] = [];
  for (const path of filesBelow(folder)) {
    const name = path.slice(folder.length + 1);
    if (/\.(?:db|sqlite3?)$/u.test(name) && !/lock/u.test(name)) {
      lines.push(`${name}: ${JSON.stringify(rowsOf(path), text)}`);
    } else if (!RESTLESS.test(name)) {
      lines.push(`${name}: ${createHash('sha256').update(readFileSync(path)).digest('hex')}`);
    }
  }
  return lines.join('\n');
}

/** A gateway audits itself once it runs and keeps what it found: what is looked at later is at rest. */
async function untilAudited({ services: { posture } }: RunningGateway): Promise<void> {
  await vi.waitFor(() => expect(posture.report()).toBeDefined(), { timeout: 30_000 });
}

/** Starts one that has audited itself. `gateway` and `config` are added to the smallest that starts. */
export async function startRealGateway(
  gateway: object = {},
  config: object = {},
): Promise<RealGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-control-'));
  const env = { ...process.env, HOME: folder, OPENCLAW_STATE_DIR: join(folder, 'state') };
  const paths = resolvePaths(env);
  mkdirSync(paths.stateDir, { recursive: true, mode: 0o700 });
  const least = { mode: 'local', auth: { mode: 'token', token: TOKEN }, ...gateway };
  writeFileSync(paths.configPath, JSON.stringify({ gateway: least, ...config }), { mode: 0o600 });
  const { stdin, stdout, stderr } = process;
  const { signal } = new AbortController();
  const context = { env, paths, stdin, stdout, stderr, signal, version: '0.0.0-test' };
  const running = await runGateway(context, { port: 0 });
  await untilAudited(running);
  const closers: (() => void)[] = [];
  return {
    url: running.url.replace('http:', 'ws:'),
    http: running.url,
    folder,
    running,
    state: () => stateBelow(folder),
    log: () =>
      filesBelow(paths.logsDir)
        .map((path) => readFileSync(path, 'utf8'))
        .join('\n'),
    onClose: (work) => closers.push(work),
    close: async () => {
      for (const work of closers) work();
      await running.stop('test over');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
