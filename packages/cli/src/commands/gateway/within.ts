/**
 * Work that is given up after a time.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

import type { Invocation } from '../../command.ts';

/**
 * Does `work` with an invocation that is interrupted after `ms` milliseconds.
 *
 * Throws `gateway.no_answer` when the time is over.
 *
 * @param hint what to do about it then.
 */
export async function within<T>(
  invocation: Invocation,
  ms: number,
  work: (invocation: Invocation) => Promise<T>,
  hint = '--timeout waits longer.',
): Promise<T> {
  const { context } = invocation;
  const late = AbortSignal.timeout(ms);
  const signal = AbortSignal.any([context.signal, late]);
  try {
    return await work({ ...invocation, context: { ...context, signal } });
  } catch (error) {
    const isOver = late.aborted && !context.signal.aborted;
    if (!isOver || !PortcullisError.is(error) || error.code !== 'usage.interrupted') throw error;
    throw new PortcullisError('gateway.no_answer', `There was no answer within ${ms} ms.`, {
      hint,
    });
  }
}
