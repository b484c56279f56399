/**
 * The answers to somebody or something that waits, and what went wrong with the last one.
 *
 * @module
 */
import type { JSX } from 'preact';

import { useAnswer } from './use-answer.ts';

interface Verdict {
  readonly label: string;
  /** Resolves with a sentence when the answer was not taken. */
  give(): Promise<string | undefined>;
}

interface VerdictBarProps {
  readonly yes: Verdict;
  readonly no: Verdict;
  /** A further yes, where there is one. */
  readonly also?: Verdict;
  /** Id of the element that says what is answered. */
  readonly about: string;
  /** Called when an answer was taken. */
  taken?(): void;
}

/** Yes and no. Neither can be pressed while an answer is on its way. */
export function VerdictBar({ yes, no, also, about, taken }: VerdictBarProps): JSX.Element {
  const { busy, problem, answer } = useAnswer(taken);
  const button = (verdict: Verdict, look: string): JSX.Element => (
    <button
      type="button"
      class={look}
      disabled={busy}
      aria-describedby={about}
      onClick={() => void answer(() => verdict.give())}
    >
      {verdict.label}
    </button>
  );
  return (
    <>
      <div class="request-bar">
        {button(yes, 'primary')}
        {also !== undefined && button(also, 'quiet')}
        {button(no, 'quiet')}
      </div>
      {problem !== undefined && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
