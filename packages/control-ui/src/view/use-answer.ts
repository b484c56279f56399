/**
 * An answer on its way to the gateway.
 *
 * @module
 */
import { useState } from 'preact/hooks';

/** How the last answer went. */
export interface Answering {
  /** While one is on its way, no other is to be given. */
  readonly busy: boolean;
  /** Why the last one was not taken. */
  readonly problem: string | undefined;
  /** Gives an answer; `give` resolves with a sentence when it was not taken. */
  answer(give: () => Promise<string | undefined>): Promise<void>;
}

/** Gives answers, one at a time. `taken` is called when one was taken. */
export function useAnswer(taken: (() => void) | undefined): Answering {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  return {
    busy,
    problem,
    async answer(give) {
      setBusy(true);
      const fault = await give();
      setBusy(false);
      setProblem(fault);
      if (fault === undefined) taken?.();
    },
  };
}
