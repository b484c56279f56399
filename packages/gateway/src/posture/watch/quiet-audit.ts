/**
 * Audits the gateway while it runs: after its start, and after another config came in force. Promises:
 * nothing waits for it and nothing fails by it; what is critical is told once, as long as it stays.
 *
 * @module
 */
import type { AuditCheck } from '@portcullis/core';
import type { Finding } from '@portcullis/policy/audit';

import { type LiveSecrets, redactConfig } from '../../config/index.ts';
import { type Kernel, commit } from '../../kernel.ts';
import type { GatewayNotice } from '../../services/notices.ts';
import type { CriticalFinding, PostureReport, PostureService } from '../../services/posture.ts';
import { LAST, postureTable } from './row.ts';

/** What it looks at, and whom it tells. */
export interface QuietAuditGround extends Pick<
  Kernel,
  'store' | 'lease' | 'journal' | 'now' | 'log' | 'paths' | 'config'
> {
  readonly secrets: LiveSecrets;
  readonly checks: () => Iterable<AuditCheck>;
  readonly tell: (notice: GatewayNotice) => void;
  /** Milliseconds from a change to the audit, so that several are one. Default 500. */
  readonly settleMs?: number;
}

const SETTLE_MS = 500;
/** Most findings that are kept and told. */
const MOST_KEPT = 100;

function toCritical({ checkId, title, path }: Finding): CriticalFinding {
  return { checkId, title, ...(path !== undefined && { path }) };
}

function keyOf({ checkId, path }: CriticalFinding): string {
  return JSON.stringify([checkId, path ?? '']);
}

/** The audit of one running gateway. */
export class QuietAudit implements PostureService {
  readonly #ground: QuietAuditGround;
  #last: PostureReport | undefined;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | undefined;
  #isRunning = false;

  constructor(ground: QuietAuditGround) {
    this.#ground = ground;
  }

  report(): PostureReport | undefined {
    return this.#last;
  }

  /** Takes up what is known, and audits soon. Resolves with what was known. Never rejects. */
  async begin(): Promise<PostureReport | undefined> {
    this.#isRunning = true;
    try {
      this.#last = await this.#ground.store.transact((tx) => tx.get(postureTable, LAST));
    } catch (error) {
      this.#fail(error);
    }
    this.look();
    return this.#last;
  }

  /** Audits soon: what happens meanwhile is seen by the same audit. */
  look(): void {
    if (!this.#isRunning || this.#timer !== undefined) return;
    const { settleMs = SETTLE_MS } = this.#ground;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // One after another, so that nothing is told twice.
      this.#work = (this.#work ?? Promise.resolve()).then(() => this.#audit());
    }, settleMs);
    this.#timer.unref();
  }

  /** No audit begins any more. Resolves when the last has ended. */
  async end(): Promise<void> {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#work;
  }

  async #audit(): Promise<void> {
    if (!this.#isRunning) return;
    try {
      const critical = (await this.#findings()).slice(0, MOST_KEPT).map(toCritical);
      const known = new Set((this.#last?.critical ?? []).map(keyOf));
      const fresh = critical.filter((found) => !known.has(keyOf(found)));
      const report = { at: this.#ground.now(), critical };
      await this.#keep(report, fresh);
      this.#last = report;
      if (fresh.length > 0) this.#tell(report.at, fresh);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What is critical now. What an audit needs is loaded when the first is made. */
  async #findings(): Promise<readonly Finding[]> {
    const [{ gatherFacts }, { audit, offeredFindings }] = await Promise.all([
      import('../facts.ts'),
      import('@portcullis/policy/audit'),
    ]);
    const { config, secrets, paths, checks } = this.#ground;
    const inForce = config();
    const { facts } = gatherFacts(inForce, secrets.of(inForce), paths);
    const offered = offeredFindings(checks(), redactConfig(inForce.value), facts);
    const { findings } = audit(inForce.value, facts, offered);
    return findings.filter(({ severity }) => severity === 'critical');
  }

  async #keep(report: PostureReport, fresh: readonly CriticalFinding[]): Promise<void> {
    const { journal } = this.#ground;
    await commit(this.#ground, (tx) => {
      tx.put(postureTable, LAST, report);
      for (const { checkId, path } of fresh) {
        journal.record(tx, {
          kind: 'gateway',
          at: report.at,
          code: 'security.critical',
          checkId,
          ...(path !== undefined && { path }),
        });
      }
    });
  }

  #tell(at: number, fresh: readonly CriticalFinding[]): void {
    const { log, tell } = this.#ground;
    const found = fresh.map(({ checkId, title, path }) =>
      [checkId, title, path].filter((each) => each !== undefined).join(' '),
    );
    log.warn({ found }, 'audit: something critical is new; openclaw security audit');
    tell({ type: 'security', at, critical: fresh });
  }

  #fail(error: unknown): void {
    this.#ground.log.warn({ err: error }, 'audit: this gateway could not be looked at');
  }
}
