/**
 * Sessions as operators see and change them.
 *
 * @module
 */
import { type Tx, PortcullisError } from '@portcullis/core';

import { type Kernel, commit } from '../kernel.ts';
import type {
  Caller,
  SessionChange,
  SessionFilter,
  SessionService,
  SessionSummary,
} from '../services.ts';
import {
  type ActiveRuns,
  type SessionRow,
  isMain,
  openSession,
  readSession,
  removeSession,
  renewSession,
  sessionsTable,
  writeSession,
} from './sessions.ts';

function summarise(
  kernel: Kernel,
  row: SessionRow,
  activeRunIds: readonly string[],
): SessionSummary {
  return {
    key: row.key,
    sessionId: row.sessionId,
    agentId: row.agentId,
    kind: sessionKind(kernel, row),
    ...(row.conversation === undefined ? {} : { channel: row.conversation.channel }),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    messageCount: row.messageCount,
    inputTokens: row.inputTokens,
    outputTokens: row.outputTokens,
    ...(row.model === undefined ? {} : { model: row.model }),
    ...(row.lastRunId === undefined ? {} : { lastRunId: row.lastRunId }),
    status: activeRunIds.length > 0 ? 'running' : row.status === 'running' ? 'idle' : row.status,
    activeRunIds,
    ...(row.preview === undefined ? {} : { lastMessagePreview: row.preview }),
    ...(row.label === undefined ? {} : { label: row.label }),
    ...(row.pinnedAt === undefined ? {} : { pinnedAt: row.pinnedAt }),
    ...(row.archivedAt === undefined ? {} : { archivedAt: row.archivedAt }),
    ...(row.ancestors?.[0] === undefined ? {} : { spawnedBy: row.ancestors[0] }),
  };
}

function isWanted(row: SessionRow, filter: SessionFilter): boolean {
  const { agentIds, search, label, archived = 'all', since, spokenIn, spawnedBy } = filter;
  const wanted = search?.toLowerCase();
  return (
    (agentIds === undefined || agentIds.includes(row.agentId)) &&
    (archived === 'all' || (row.archivedAt !== undefined) === archived) &&
    (label === undefined || row.label === label) &&
    (since === undefined || row.updatedAt >= since) &&
    (spokenIn !== true || row.messageCount > 0) &&
    (spawnedBy === undefined || row.ancestors?.[0] === spawnedBy) &&
    (wanted === undefined ||
      row.key.toLowerCase().includes(wanted) ||
      (row.label ?? '').toLowerCase().includes(wanted))
  );
}

/** The row after a change; the same row where nothing changes. */
function withChange(old: SessionRow, change: SessionChange, now: number): SessionRow {
  const { label, pinned, archived } = change;
  const { label: oldLabel, pinnedAt, archivedAt, ...rest } = old;
  const next = {
    label: label === undefined ? oldLabel : (label ?? undefined),
    pinnedAt: pinned === undefined ? pinnedAt : pinned ? (pinnedAt ?? now) : undefined,
    archivedAt: archived === undefined ? archivedAt : archived ? (archivedAt ?? now) : undefined,
  };
  if (next.label === oldLabel && next.pinnedAt === pinnedAt && next.archivedAt === archivedAt) {
    return old;
  }
  return {
    ...rest,
    ...(next.label === undefined ? {} : { label: next.label }),
    ...(next.pinnedAt === undefined ? {} : { pinnedAt: next.pinnedAt }),
    ...(next.archivedAt === undefined ? {} : { archivedAt: next.archivedAt }),
  };
}

function sessionKind(kernel: Kernel, row: SessionRow): SessionSummary['kind'] {
  if (row.conversation === undefined) return isMain(kernel, row.key) ? 'main' : 'other';
  return row.conversation.kind === 'direct' ? 'direct' : 'group';
}

/** What happened to a session. */
export type SessionReason = 'create' | 'reset' | 'delete' | 'patch';

/** Sessions as operators see and change them. */
export class Sessions implements SessionService {
  readonly #kernel: Kernel;
  readonly #runs: ActiveRuns;
  readonly #changed: (key: string, agentId: string, reason: SessionReason) => void;

  constructor(
    kernel: Kernel,
    runs: ActiveRuns,
    changed: (key: string, agentId: string, reason: SessionReason) => void,
  ) {
    this.#kernel = kernel;
    this.#runs = runs;
    this.#changed = changed;
  }

  async list(
    filter: SessionFilter = {},
  ): Promise<{ sessions: readonly SessionSummary[]; total: number }> {
    const { limit = 100, offset = 0 } = filter;
    const rows = await this.#kernel.store.transact((tx) =>
      tx.find(sessionsTable, { index: 'byUpdated', reverse: true, limit: 10_000 }),
    );
    const found = rows.filter(({ value }) => isWanted(value, filter));
    return {
      sessions: found
        .slice(offset, offset + limit)
        .map(({ value }) => summarise(this.#kernel, value, this.#runs.active(value.key))),
      total: found.length,
    };
  }

  async get(key: string): Promise<SessionSummary | undefined> {
    const row = await this.#kernel.store.transact((tx) => readSession(tx, key));
    return row === undefined ? undefined : summarise(this.#kernel, row, this.#runs.active(key));
  }

  async reset(caller: Caller, key: string): Promise<SessionSummary> {
    await this.#runs.abortAll(key, 'reset');
    const now = this.#kernel.now();
    const row = await commit(this.#kernel, async (tx) => {
      const fresh = await renewSession(tx, key, now);
      if (fresh === undefined) throw notFound();
      this.#note(tx, caller, 'session.reset', fresh);
      return fresh;
    });
    this.#changed(key, row.agentId, 'reset');
    return summarise(this.#kernel, row, []);
  }

  async delete(caller: Caller, key: string): Promise<boolean> {
    if (isMain(this.#kernel, key)) {
      throw new PortcullisError('session.main_kept', 'Cannot delete the main session.', {
        hint: 'Reset it instead: openclaw sessions reset <key>.',
      });
    }
    await this.#runs.abortAll(key, 'delete');
    const row = await commit(this.#kernel, async (tx) => {
      const old = await removeSession(tx, key);
      if (old !== undefined) this.#note(tx, caller, 'session.delete', old);
      return old;
    });
    if (row !== undefined) this.#changed(key, row.agentId, 'delete');
    return row !== undefined;
  }

  async create(
    caller: Caller,
    { key, agentId, label }: { key: string; agentId: string; label?: string },
  ): Promise<SessionSummary> {
    const now = this.#kernel.now();
    const { row, isNew } = await commit(this.#kernel, async (tx) => {
      const known = await readSession(tx, key);
      if (known !== undefined) return { row: known, isNew: false };
      const fresh = await openSession(tx, { key, agentId, now });
      const named = label === undefined ? fresh : { ...fresh, label };
      writeSession(tx, named);
      this.#note(tx, caller, 'session.create', named);
      return { row: named, isNew: true };
    });
    if (isNew) this.#changed(key, agentId, 'create');
    return summarise(this.#kernel, row, this.#runs.active(key));
  }

  async patch(caller: Caller, key: string, change: SessionChange): Promise<SessionSummary> {
    if (change.archived === true && isMain(this.#kernel, key)) {
      throw new PortcullisError('session.main_kept', 'Cannot archive the main session.', {
        hint: 'Reset it instead: openclaw sessions reset <key>.',
      });
    }
    const row = await commit(this.#kernel, async (tx) => {
      const old = await readSession(tx, key);
      if (old === undefined) throw notFound();
      const next = withChange(old, change, this.#kernel.now());
      if (next === old) return old;
      writeSession(tx, next);
      this.#note(tx, caller, 'session.patch', next);
      return next;
    });
    this.#changed(key, row.agentId, 'patch');
    return summarise(this.#kernel, row, this.#runs.active(key));
  }

  #note(tx: Tx, caller: Caller, code: string, row: SessionRow): void {
    this.#kernel.journal.record(tx, {
      kind: 'session',
      at: this.#kernel.now(),
      principal: caller.id,
      code,
      sessionKey: row.key,
      sessionId: row.sessionId,
    });
  }
}

function notFound(): PortcullisError {
  return new PortcullisError('session.not_found', 'There is no such session.', {
    hint: 'openclaw sessions list shows those there are.',
  });
}
