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

import type { Approvals } from '../approvals/approvals.ts';
import type { InboxRun } from '../intake/inbox.ts';
import { EGRESS_BLOCKED } from '../egress/guard.ts';
import { type Kernel, commit } from '../kernel.ts';
import type { SessionFlow } from './session-flow.ts';

/** Facts for the audit log: ids, hosts, hashes, sizes. Never text from outside. */
export type EffectFacts = Readonly<Record<string, string | number | boolean | undefined>>;

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
  readonly signal: AbortSignal;
  readonly flow: SessionFlow;
  /**
   * Waits for something that others do: meanwhile the turn's time stands still and its place is free.
   */
  readonly parked: <T>(work: () => Promise<T>) => Promise<T>;
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
  async perform<T>(effect: Effect<T>): Promise<T> {
    const decide = async (): Promise<Decision> =>
      combine([...(await effect.decide()), ...this.#blocked(effect)]);
    let decision = await decide();
    let approval: string | undefined;
    if (decision.effect === 'ask') {
      // An approver may be asked on a network of somebody else's.
      if (this.#kernel.egress.carries(textsIn(effect.subject))) decision = EGRESS_BLOCKED;
      else {
        approval = await this.#ask(effect, decision);
        decision = await decide();
      }
    }
    const allowed =
      decision.effect === 'allow' || (decision.effect === 'ask' && approval !== undefined);
    await this.#note(effect, decision, allowed ? `effect.${effect.action}` : decision.code, {
      ...effect.facts,
      approval,
    });
    if (!allowed) throw refused(decision);
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

  /** A secret of the gateway may not leave, whoever allows it. */
  #blocked(effect: Effect<unknown>): readonly Decision[] {
    const { egress } = this.#kernel;
    const texts = leaving(effect);
    return egress.completes(this.#site.run.sessionKey, targetOf(effect), texts)
      ? [EGRESS_BLOCKED]
      : [];
  }

  /** The id of the approval that lets the effect through. */
  async #ask(effect: Effect<unknown>, decision: Decision): Promise<string> {
    const { run, callId, tool, signal, parked } = this.#site;
    const { kind, action, subject } = effect;
    const question = { run, callId, tool, kind, action, subject, decision };
    const answer = await parked(() => this.#approvals.ask(question, signal));
    if (answer.allowed) return answer.id;
    throw new PortcullisError(answer.code, 'The approval was not given.', {
      hint: 'Go on without it; do not ask for the same again.',
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
