/**
 * Sessions that HTTP callers left: those of a single request, which are deleted as it is answered
 * unless it had a name to come back by, and those of responses that nobody went on with.
 *
 * @module
 */
import { type Kernel, commit } from '../kernel.ts';
import { type SessionRow, removeSession, sessionsTable } from './sessions.ts';

const HOUR_MS = 3_600_000;
/** How long a session may be unused, by what it is for. */
const KEPT_MS = { once: 24 * HOUR_MS, thread: 30 * 24 * HOUR_MS } as const;
const PAGE = 500;
const PASSING = /^agent:[^:]+:api:.+:(once|thread):[0-9a-f-]{32,36}$/u;

/** Deletes those that are out of use. Resolves with how many. */
export async function sweepPassing(kernel: Kernel, now: number): Promise<number> {
  const unused = { index: 'byUpdated', upTo: now - KEPT_MS.once } as const;
  let swept = 0;
  let above: number | undefined;
  for (;;) {
    const page = await kernel.store.transact((tx) =>
      tx.find(sessionsTable, { ...unused, limit: PAGE, ...(above === undefined ? {} : { above }) }),
    );
    const over = page.map(({ value }) => value).filter((row) => isOver(row, now));
    if (over.length > 0) {
      await commit(kernel, async (tx) => {
        for (const { key } of over) await removeSession(tx, key);
      });
    }
    swept += over.length;
    above = page.at(-1)?.value.updatedAt;
    if (page.length < PAGE || above === undefined) return swept;
  }
}

/** An operator's title or pin keeps a session. */
function isOver({ key, updatedAt, status, label, pinnedAt }: SessionRow, now: number): boolean {
  const use = PASSING.exec(key)?.[1];
  if (use !== 'once' && use !== 'thread') return false;
  const isWanted = status === 'running' || label !== undefined || pinnedAt !== undefined;
  return !isWanted && updatedAt <= now - KEPT_MS[use];
}
