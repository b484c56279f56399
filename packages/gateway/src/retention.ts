/**
 * What is kept for how long. Everything that grows with traffic is bounded; the audit log is never
 * pruned.
 *
 * @module
 */
import type { Approvals } from './approvals/approvals.ts';
import { sweepCounters } from './budgets/counters.ts';
import { sweepTold } from './budgets/notice.ts';
import type { JournalEntry } from './audit/journal.ts';
import type { Delegations } from './delegation/delegations.ts';
import { sweepDeliveries } from './hooks/deliveries.ts';
import type { GatewayInbox } from './intake/inbox.ts';
import { type Kernel, commit } from './kernel.ts';
import type { Outbox } from './outbox/outbox.ts';
import type { JobRuns } from './schedule/runs.ts';
import type { Questions } from './questions/questions.ts';
import { sweepPassing } from './session/passing.ts';
import { sweepRoomContext } from './intake/room-context.ts';

const HOUR_MS = 3_600_000;
/** Networks redeliver for a day at most; a week leaves room for a machine that was off. */
const DEDUPE_MS = 7 * 24 * HOUR_MS;
const OUTBOX_MS = 30 * 24 * HOUR_MS;
/** Far longer than a question may wait or work may take. */
const SETTLED_MS = 7 * 24 * HOUR_MS;
/** The audit log keeps who allowed what; this is for looking back over what was shown. */
const APPROVALS_MS = 30 * 24 * HOUR_MS;
/** The longest window of a budget is a day. */
const BUDGET_MS = 48 * HOUR_MS;

/** What retention sweeps. */
export interface RetentionRooms {
  readonly inbox: GatewayInbox;
  readonly outbox: Outbox;
  readonly jobRuns: JobRuns;
  readonly questions: Questions;
  readonly delegations: Delegations;
  readonly approvals: Approvals;
}

/** Sweeps once an hour, a bounded number of rows at a time. Returns the way to stop it. */
export function startRetention(kernel: Kernel, rooms: RetentionRooms): () => void {
  const stop = new AbortController();
  const timer = setInterval(() => void sweep(), HOUR_MS);
  timer.unref();
  const folds = setInterval(() => void writeFolds(kernel, false), 60_000);
  folds.unref();

  async function sweep(): Promise<void> {
    try {
      const now = kernel.now();
      for (const work of [
        () => rooms.inbox.sweep(now - DEDUPE_MS),
        () => rooms.outbox.sweep(now - OUTBOX_MS),
        () => rooms.approvals.sweep(now - APPROVALS_MS),
        () => commit(kernel, (tx) => sweepRoomContext(tx, now)),
        () => rooms.questions.sweep(now - SETTLED_MS),
        () => rooms.delegations.sweep(now - SETTLED_MS),
        () => kernel.capabilities.sweep(),
        () => commit(kernel, (tx) => sweepCounters(tx, now - BUDGET_MS)),
        () => commit(kernel, (tx) => sweepTold(tx, now - BUDGET_MS)),
        () => rooms.jobRuns.sweep(now),
        () => commit(kernel, (tx) => sweepDeliveries(tx, now)),
        () => sweepPassing(kernel, now),
      ]) {
        let swept = await work();
        while (swept > 0 && !stop.signal.aborted) swept = await work();
      }
    } catch (cause) {
      if (!stop.signal.aborted) kernel.log.error({ err: cause }, 'retention: a sweep failed');
    }
  }

  return () => {
    stop.abort();
    clearInterval(timer);
    clearInterval(folds);
  };
}

/** Writes a line of the control plane, unless it repeats a refusal of the last minute. */
export async function writeLine(kernel: Kernel, entry: JournalEntry): Promise<void> {
  if (entry.effect === 'deny' && !kernel.journal.isDue(entry)) return;
  await commit(kernel, (tx) => kernel.journal.record(tx, entry));
}

/** Writes the counted repeats of refusals that are due, or all of them. Never throws. */
export async function writeFolds(kernel: Kernel, all: boolean): Promise<void> {
  const lines = kernel.journal.takeFolds(kernel.now(), all);
  if (lines.length === 0) return;
  try {
    await commit(kernel, (tx) => {
      for (const line of lines) kernel.journal.record(tx, line);
    });
  } catch (cause) {
    kernel.log.error({ err: cause }, 'audit log: counted refusals could not be written');
  }
}
