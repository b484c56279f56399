/**
 * An effect that the operator's config asks for, outside of any turn: what keeps a tool server
 * connected. It goes the way of every effect, but there is nobody whom it could be asked for: what
 * is not allowed outright is refused.
 *
 * @module
 */
import { type Decision, PortcullisError } from '@portcullis/core';
import { combine } from '@portcullis/policy';

import { type Kernel, commit } from '../kernel.ts';
import type { Effect, EffectFacts } from './effect.ts';

/** An effect without a question. */
export type ConfigEffect<T> = Pick<Effect<T>, 'kind' | 'action' | 'facts' | 'act' | 'outcome'> & {
  readonly decide: () => readonly Decision[] | Promise<readonly Decision[]>;
};

/** The way such effects go, for one principal of the config. */
export class ConfigGate {
  readonly #kernel: Kernel;
  /** Stands for the configured thing: `mcp:files`. */
  readonly principal: string;
  readonly signal: AbortSignal;

  constructor(kernel: Kernel, principal: string, signal: AbortSignal) {
    this.#kernel = kernel;
    this.principal = principal;
    this.signal = signal;
  }

  /** Throws `PortcullisError` with the code of the refusal, or what the effect throws. */
  async perform<T>(effect: ConfigEffect<T>): Promise<T> {
    const decision = combine(await effect.decide());
    const allowed = decision.effect === 'allow';
    const code = allowed ? `effect.${effect.action}` : decision.code;
    await this.#note(effect, decision, code, effect.facts);
    if (!allowed) {
      throw new PortcullisError(decision.code, decision.reason, {
        details: { path: decision.path, effect: decision.effect },
      });
    }
    this.signal.throwIfAborted();
    try {
      const result = await effect.act();
      await this.#note(effect, decision, 'effect.done', effect.outcome?.(result) ?? {});
      return result;
    } catch (error) {
      const cause = PortcullisError.is(error) ? error.code : 'effect.failed';
      await this.#note(effect, decision, 'effect.failed', { cause });
      throw error;
    }
  }

  async #note(
    { kind, action }: Pick<ConfigEffect<unknown>, 'kind' | 'action'>,
    decision: Decision,
    code: string,
    facts: EffectFacts,
  ): Promise<void> {
    await commit(this.#kernel, (tx) => {
      this.#kernel.journal.record(tx, {
        kind: 'effect',
        at: this.#kernel.now(),
        principal: this.principal,
        effect: decision.effect,
        code,
        path: decision.path,
        decision: decision.code,
        broker: kind,
        action,
        ...facts,
      });
    });
  }
}
