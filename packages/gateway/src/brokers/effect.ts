/**
 * One effect of a tool, from the question to the outcome: decided, approved where that is asked for,
 * written to the audit log, done, and its outcome written. Every broker goes this way, and there is
 * no other.
 *
 * @module
 */
import {
  type Decision,
  type EffectKind,
  type Event,
  type Json,
  PortcullisError,
  type Tx,
} from '@portcullis/core';
import { combine } from '@portcullis/policy';
import type { Sink } from '@portcullis/policy/flow';

import type { Approvals } from '../approvals/approvals.ts';
import type { ApprovalRow, Standing } from '../approvals/row.ts';
import { makersOf } from '../intake/bearer.ts';
import type { InboxRun } from '../intake/inbox.ts';
import { EGRESS_BLOCKED } from '../egress/guard.ts';
import { type Kernel, commit } from '../kernel.ts';
import { grantsOf, isSameQuestion, questionOf } from './question.ts';
import type { SessionFlow } from './session-flow.ts';
import { traced } from '../trace/traced.ts';

/** Facts for the audit log: ids, hosts, hashes, sizes. Never text from outside. */
export type EffectFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** Why nobody answered a question: nobody could, or nobody did in time. */
export type Unanswered = 'none' | 'timeout';

/** What a broker wants to do. */
export interface Effect<T> {
  readonly kind: EffectKind;
  /** What is done, as a word: `read`, `fetch`, `run`. */
  readonly action: string;
  readonly facts: EffectFacts;
  /**
   * Every decision about it. Asked before the effect, and again after an approval: a grant never
   * outlives the authority it was given under.
   */
  decide(): Promise<readonly Decision[]>;
  /** Exactly what would happen, shown to an approver and bound to his answer. */
  readonly subject: Json;
  /**
   * The texts that leave the gateway by it. Default: every text of the subject; none for files,
   * which stay.
   */
  readonly leaves?: readonly string[];
  /** Where it would go, where the information flow has a word in it. */
  readonly sink?: Sink;
  /** What `allow-always` would leave; by default what the flow offers for `sink`. */
  standing?(): Promise<Standing | undefined>;
  /** The decisions that hold where nobody answers. Default: it does not happen. */
  unanswered?(why: Unanswered): Promise<readonly Decision[]>;
  act(): Promise<T>;
  /** What to keep of the result, in the same unit of work as its line in the audit log. */
  settle?(tx: Tx, result: T): Promise<void> | void;
  /** Facts about the result. */
  outcome?(result: T): EffectFacts;
}

/** The call an effect belongs to. */
export interface CallSite {
  readonly run: InboxRun;
  readonly event: Event;
  /** Id of the tool call. */
  readonly callId: string;
  readonly tool: string;
  /** Aborts when the call is over: nothing is done for it any more. */
  readonly signal: AbortSignal;
  /** Set where nobody is asked: what needs an approval is refused. */
  readonly unattended?: true;
  readonly flow: SessionFlow;
  /**
   * Waits for something that others do: meanwhile the turn's time stands still and its place is free.
   */
  readonly parked: <T>(work: () => Promise<T>) => Promise<T>;
  /** Stops the run: it asked for too much. */
  readonly stop: () => void;
  /** Asks again whether the one behind the call would be let in, with no less trust. */
  readonly readmit: () => Promise<Decision>;
}

/** An effect that may happen, and by what. */
interface Permit {
  readonly decision: Decision;
  readonly decisions: readonly Decision[];
  /** The approval to be used up. */
  readonly approval?: string;
}

/** The way every effect goes. */
export class EffectGate {
  readonly #kernel: Kernel;
  readonly #approvals: Approvals;
  readonly #site: CallSite;

  constructor(kernel: Kernel, approvals: Approvals, site: CallSite) {
    this.#kernel = kernel;
    this.#approvals = approvals;
    this.#site = site;
  }

  /** The call the effects belong to. */
  get site(): CallSite {
    return this.#site;
  }

  /**
   * Takes an effect its way. Throws `PortcullisError` with the code of the decision that refused
   * it, or what the effect throws.
   */
  perform<T>(effect: Effect<T>): Promise<T> {
    const { kind: broker, action } = effect;
    return traced('effect', { runId: this.#site.run.runId, broker, action }, () =>
      this.#perform(effect),
    );
  }

  async #perform<T>(effect: Effect<T>): Promise<T> {
    this.#site.signal.throwIfAborted();
    const permit = await this.#permit(effect);
    const { decision } = permit;
    await this.#begin(effect, permit);
    this.#site.signal.throwIfAborted();
    this.#kernel.egress.left(this.#site.run.sessionKey, targetOf(effect), leaving(effect));
    try {
      const result = await effect.act();
      await this.#note(effect, decision, 'effect.done', effect.outcome?.(result) ?? {}, (tx) =>
        effect.settle?.(tx, result),
      );
      return result;
    } catch (error) {
      const code = PortcullisError.is(error) ? error.code : 'effect.failed';
      await this.#note(effect, decision, 'effect.failed', { cause: code });
      throw error;
    }
  }

  /** Writes down that what a tool intends is refused before it begins. */
  async refuse(
    intended: Pick<Effect<unknown>, 'kind' | 'action'>,
    decision: Decision,
    facts: EffectFacts,
  ): Promise<void> {
    await this.#note(intended, decision, decision.code, facts);
  }

  /** Every decision, with the one that nobody lifts: a secret of the gateway may not leave. */
  async #decide(
    effect: Effect<unknown>,
    decided: Promise<readonly Decision[]> = effect.decide(),
  ): Promise<readonly Decision[]> {
    const { egress } = this.#kernel;
    const decisions = [...(await decided)];
    const { run, tool } = this.#site;
    // Rights that were handed on may have been taken back since the call began.
    const bound = makersOf(this.#kernel, run, tool);
    if (bound !== undefined && 'effect' in bound) decisions.push(bound);
    const completes = egress.completes(run.sessionKey, targetOf(effect), leaving(effect));
    if (completes) decisions.push(EGRESS_BLOCKED);
    return decisions;
  }

  /** What lets the effect happen. Throws, with its line in the audit log, when nothing does. */
  async #permit(effect: Effect<unknown>): Promise<Permit> {
    const decisions = await this.#decide(effect);
    const decision = combine(decisions);
    if (decision.effect === 'allow') return { decision, decisions };
    if (decision.effect !== 'ask' || this.#site.unattended === true) {
      return await this.#refuse(effect, decision);
    }
    // An approver may be asked on a network of somebody else's.
    if (this.#kernel.egress.carries(textsIn(effect.subject))) {
      return await this.#refuse(effect, EGRESS_BLOCKED);
    }
    const { event, run } = this.#site;
    const source = event.origin === undefined ? event.conversation.channel : undefined;
    // An owner who asks is somebody who may answer, also without a device or a place in a list.
    const reachable = run.isOwner || (await this.#approvals.isReachable(source));
    if (effect.unanswered !== undefined && !reachable) {
      return await this.#alone(effect, effect.unanswered('none'));
    }
    const question = await questionOf(this.#site, effect, decisions);
    const outcome = await this.#site.parked(() => this.#approvals.ask(question, this.#site.signal));
    if (outcome.allowed) return await this.#again(effect, outcome.id, decisions);
    if (outcome.unanswered === true && effect.unanswered !== undefined) {
      return await this.#alone(effect, effect.unanswered('timeout'));
    }
    if (outcome.code === 'approval.ask_flood') {
      this.#kernel.log.warn(
        { runId: run.runId },
        'approvals: a run asked too often and is stopped',
      );
      this.#site.stop();
    }
    throw new PortcullisError(outcome.code, 'The approval was not given.', {
      hint: 'Go on without it; do not ask for the same again.',
    });
  }

  /** Decides once more after a yes. A question that is no longer the one that was answered is void. */
  async #again(
    effect: Effect<unknown>,
    approval: string,
    asked: readonly Decision[],
  ): Promise<Permit> {
    const decisions = await this.#decide(effect);
    const decision = combine(decisions);
    const covered = decision.effect === 'ask' && isSameQuestion(asked, decisions);
    // Whoever asked may have been sent away while somebody was thinking about it.
    const standing = await this.#site.readmit();
    if ((decision.effect === 'allow' || covered) && standing.effect === 'allow') {
      return { decision, decisions, approval };
    }
    await this.#approvals.void(approval);
    if (decision.effect === 'ask' && !covered) {
      return await this.#refuse(effect, OTHER_QUESTION, { approval });
    }
    const refusal = decision.effect === 'deny' ? decision : standing;
    return await this.#refuse(effect, { ...refusal, effect: 'deny' }, { approval });
  }

  /** What holds where nobody answered: an allowance, or a refusal; never another question. */
  async #alone(effect: Effect<unknown>, decided: Promise<readonly Decision[]>): Promise<Permit> {
    const decisions = await this.#decide(effect, decided);
    const decision = combine(decisions);
    if (decision.effect === 'allow') return { decision, decisions };
    return await this.#refuse(effect, decision);
  }

  async #refuse(
    effect: Effect<unknown>,
    decision: Decision,
    facts: EffectFacts = {},
  ): Promise<never> {
    await this.#note(effect, decision, decision.code, { ...effect.facts, ...facts });
    throw refused(decision);
  }

  /** Writes that the effect begins, and uses up what lets it. */
  async #begin(effect: Effect<unknown>, { decision, decisions, approval }: Permit): Promise<void> {
    // A yes to this very effect is enough: what was allowed for good is not used up beside it.
    const grants = approval === undefined ? grantsOf(decisions) : [];
    const facts = {
      ...effect.facts,
      approval,
      grants: grants.length === 0 ? undefined : grants.join(' '),
    };
    await this.#note(effect, decision, `effect.${effect.action}`, facts, async (tx) => {
      for (const grant of grants) {
        if (!(await this.#approvals.grants.use(tx, grant))) throw refused(OTHER_QUESTION);
      }
      const used = approval === undefined ? undefined : await this.#approvals.consume(tx, approval);
      if (used?.flow !== undefined) this.#declassified(tx, used);
      else if (decisions.some(({ code }) => code === 'flow.declassified')) this.#declassified(tx);
    });
  }

  /** Every exception to the flow of information is a line of its own. */
  #declassified(tx: Tx, used?: ApprovalRow): void {
    const { run, callId, tool } = this.#site;
    this.#kernel.journal.record(tx, {
      kind: 'effect',
      at: this.#kernel.now(),
      principal: run.principal.id,
      code: 'flow.declassified',
      tool,
      call: callId,
      runId: run.runId,
      sessionKey: run.sessionKey,
      ...(used?.flow === undefined
        ? {}
        : {
            u: used.flow.label.u,
            classes: used.flow.label.P.length,
            sink: used.flow.sink,
            digest: used.digest,
            approver: used.resolvedBy,
          }),
    });
  }

  async #note(
    effect: Pick<Effect<unknown>, 'kind' | 'action'>,
    decision: Decision,
    code: string,
    facts: EffectFacts,
    also?: (tx: Tx) => Promise<void> | void,
  ): Promise<void> {
    const { run, callId, tool } = this.#site;
    await commit(this.#kernel, async (tx) => {
      await also?.(tx);
      this.#kernel.journal.record(tx, {
        kind: 'effect',
        at: this.#kernel.now(),
        principal: run.principal.id,
        effect: decision.effect,
        code,
        path: decision.path,
        decision: decision.code,
        broker: effect.kind,
        action: effect.action,
        tool,
        call: callId,
        runId: run.runId,
        sessionKey: run.sessionKey,
        ...facts,
      });
    });
  }
}

const OTHER_QUESTION: Decision = {
  effect: 'deny',
  code: 'exec.approval.mismatch',
  path: '<approval>',
  reason: 'What would happen is no longer what was asked about.',
};
function leaving({ leaves, kind, subject }: Effect<unknown>): readonly string[] {
  return leaves ?? (kind === 'files' ? [] : textsIn(subject));
}

/** Where an effect leads, as far as texts that go there are read as one. */
function targetOf({ kind, facts }: Effect<unknown>): string {
  return [kind, facts['host'], facts['conversation'], facts['process']].join(' ');
}

/** Every text of a value, names included. */
function textsIn(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) => [
    ...(Array.isArray(value) ? [] : [name]),
    ...textsIn(item),
  ]);
}

function refused(decision: Decision): PortcullisError {
  return new PortcullisError(decision.code, decision.reason, {
    details: { path: decision.path, effect: decision.effect },
  });
}
