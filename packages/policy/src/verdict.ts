/**
 * How a decision is written down: an effect, a code of this area, the path that decided, and the
 * code's fixed sentence. Also the promise that every decision function is total.
 *
 * @module
 */
import type { Decision, Effect } from '@portcullis/core';
import { InvalidSetting } from './setting.ts';

/** What a decision may carry beside effect, code, path and reason. */
export type VerdictExtras = Pick<Decision, 'constraints' | 'obligations' | 'warnings' | 'value'>;

/** One function per effect, bound to an area's codes, so that a code without a sentence cannot compile. */
export type Verdicts<Code extends string> = Readonly<
  Record<Effect, (code: Code, path: string, extras?: VerdictExtras) => Decision>
>;

/** Codes every area can answer with. */
export const engineReasons = {
  'config.invalid': 'A setting or input this decision needs has a value that cannot be read.',
  'engine.internal_error': 'The decision failed inside, so the answer is no.',
} as const;

/** Binds the five effects to a table of `code: sentence`. */
export function verdictsFrom<Reasons extends Readonly<Record<string, string>>>(
  reasons: Reasons,
): Verdicts<keyof Reasons & string> {
  const writer =
    (effect: Effect) =>
    (code: keyof Reasons & string, path: string, extras?: VerdictExtras): Decision => {
      const reason = reasons[code] ?? '';
      // Frozen, because a decision that depends on the config alone is made once and shared.
      return Object.freeze(
        extras === undefined
          ? { effect, code, path, reason }
          : { effect, code, path, reason, ...extras },
      );
    };
  return {
    allow: writer('allow'),
    deny: writer('deny'),
    ask: writer('ask'),
    pair: writer('pair'),
    ignore: writer('ignore'),
  };
}

const engine: Verdicts<keyof typeof engineReasons> = verdictsFrom(engineReasons);

/** The refusal for a value that cannot be read. */
export function invalid(path: string): Decision {
  return engine.deny('config.invalid', path);
}

/**
 * Runs `decide` so that it always answers: an unreadable setting denies with `config.invalid`,
 * anything thrown denies with `engine.internal_error`.
 */
export function total(decide: () => Decision): Decision {
  try {
    return decide();
  } catch (error) {
    return error instanceof InvalidSetting
      ? invalid(error.path)
      : engine.deny('engine.internal_error', '<engine>');
  }
}
