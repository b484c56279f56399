/**
 * The turns that are being answered right now: what they have said so far, who listens, and how to
 * stop them. Nothing here is durable; what must survive is in the inbox and the transcript.
 *
 * @module
 */
import type { ActiveRuns } from './sessions.ts';
import type { GatewayNotice } from '../services.ts';

type ChatNotice = Extract<GatewayNotice, { type: 'chat' }>;

/** How a run ended. `parked`: the gateway stopped first; the turn begins again after the restart. */
export type RunEnd = 'ok' | 'error' | 'aborted' | 'parked';

/** One turn in progress. */
export interface Run {
  readonly runId: string;
  readonly sessionKey: string;
  readonly agentId: string;
  readonly startedAt: number;
  readonly signal: AbortSignal;
  /** The answer so far. */
  readonly text: string;
  /** Adds to the answer and tells the listeners. `unsettled`: it may not reach whoever asked yet. */
  say(delta: string, unsettled?: boolean): void;
  /** Tells the listeners how it ended. The first call counts. */
  end(
    end: RunEnd,
    last?: Omit<Partial<ChatNotice>, 'type' | 'runId' | 'sessionKey' | 'agentId' | 'seq' | 'state'>,
  ): void;
}

/** Why a run was stopped; the abort reason of its signal. */
export class RunAborted extends Error {
  override readonly name = 'RunAborted';
  readonly reason: 'rpc' | 'stop' | 'reset' | 'delete' | 'timeout' | 'ask_flood' | 'shutdown';

  constructor(reason: RunAborted['reason']) {
    super(`The run was stopped (${reason}).`);
    this.reason = reason;
  }
}

interface Live {
  readonly run: Run;
  readonly controller: AbortController;
  readonly ended: Promise<RunEnd>;
}

/** Ended runs remembered, so that a late `wait` still gets its answer. */
const REMEMBERED = 1000;
/** As many as can wait for their turns. */
const MOST_DOOMED = 20_000;

/** All turns in progress. */
export class Runs implements ActiveRuns {
  readonly #live = new Map<string, Live>();
  readonly #ended = new Map<string, RunEnd>();
  /** Runs that are stopped when they begin. */
  readonly #doomed = new Map<string, RunAborted['reason']>();
  readonly #tell: (notice: GatewayNotice) => void;
  readonly #now: () => number;

  constructor(tell: (notice: GatewayNotice) => void, now: () => number) {
    this.#tell = tell;
    this.#now = now;
  }

  /** Starts the live side of a run. */
  begin(identity: { runId: string; sessionKey: string; agentId: string }): Run {
    const controller = new AbortController();
    const { promise, resolve } = Promise.withResolvers<RunEnd>();
    const tell = this.#tell;
    let text = '';
    let seq = 0;
    let over = false;
    const notice = (state: ChatNotice['state'], rest: Partial<ChatNotice>): void => {
      seq += 1;
      tell({ type: 'chat', ...identity, seq, state, ...rest });
    };
    const lifecycle = (phase: 'start' | 'end' | 'error'): void => {
      seq += 1;
      tell({ type: 'lifecycle', ...identity, seq, phase });
    };
    const doomed = this.#doomed.get(identity.runId);
    this.#doomed.delete(identity.runId);
    if (doomed !== undefined) controller.abort(new RunAborted(doomed));
    const run: Run = {
      ...identity,
      startedAt: this.#now(),
      signal: controller.signal,
      get text() {
        return text;
      },
      say(delta, unsettled = false) {
        if (over || delta === '') return;
        text += delta;
        notice('delta', { deltaText: delta, text, ...(unsettled ? { unsettled } : {}) });
      },
      end: (end, last = {}) => {
        if (over) return;
        over = true;
        this.#live.delete(identity.runId);
        this.#remember(identity.runId, end);
        if (end === 'aborted' || end === 'parked') notice('aborted', { text, ...last });
        else notice(end === 'ok' ? 'final' : 'error', { text, ...last });
        lifecycle(end === 'error' ? 'error' : 'end');
        resolve(end);
      },
    };
    this.#live.set(identity.runId, { run, controller, ended: promise });
    lifecycle('start');
    return run;
  }

  get(runId: string): Run | undefined {
    return this.#live.get(runId)?.run;
  }

  /** How a run ended, as far as it is remembered. */
  outcome(runId: string): RunEnd | undefined {
    return this.#ended.get(runId);
  }

  active(sessionKey: string): readonly string[] {
    return this.inSession(sessionKey).map((run) => run.runId);
  }

  /** The runs of a session in progress. */
  inSession(sessionKey: string): readonly Run[] {
    const runs: Run[] = [];
    for (const { run } of this.#live.values()) if (run.sessionKey === sessionKey) runs.push(run);
    return runs;
  }

  /** A run that waits for its turn is to be stopped when it begins. Forgotten by a restart. */
  doom(runId: string, reason: RunAborted['reason']): void {
    this.#doomed.set(runId, reason);
    const [oldest] = this.#doomed.keys();
    if (this.#doomed.size > MOST_DOOMED && oldest !== undefined) this.#doomed.delete(oldest);
  }

  /** Stops one run. False when it is not in progress. */
  abort(runId: string, reason: RunAborted['reason']): boolean {
    const live = this.#live.get(runId);
    live?.controller.abort(new RunAborted(reason));
    return live !== undefined;
  }

  async abortAll(sessionKey: string, reason: RunAborted['reason']): Promise<readonly string[]> {
    const ids = this.active(sessionKey);
    const ends = ids.map((id) => this.#live.get(id)?.ended);
    for (const id of ids) this.abort(id, reason);
    await Promise.all(ends);
    return ids;
  }

  /** Stops every run, each to begin again after the restart. */
  parkAll(): void {
    for (const id of this.#live.keys()) this.abort(id, 'shutdown');
  }

  /** How many runs are in progress. */
  get size(): number {
    return this.#live.size;
  }

  /** Resolves when the run has ended. Undefined for a run that is not in progress. */
  ended(runId: string): Promise<RunEnd> | undefined {
    return this.#live.get(runId)?.ended;
  }

  #remember(runId: string, end: RunEnd): void {
    this.#ended.set(runId, end);
    if (this.#ended.size <= REMEMBERED) return;
    const [oldest] = this.#ended.keys();
    if (oldest !== undefined) this.#ended.delete(oldest);
  }
}
