/**
 * Talks to whoever answers for the gateway, and lets go of it however the command ends.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';
import type { MethodName, MethodParams, MethodResult } from '@portcullis/protocol';

import type { Invocation } from '../command.ts';
import type { OperatorOptions } from '../compose/open-operator.ts';
import type { Operator } from '../compose/operator.ts';

/** Calls methods until the command ends. */
export interface OperatorSession {
  readonly via: Operator['via'];
  readonly elsewhere?: Operator['elsewhere'];
  readonly welcome?: Operator['welcome'];
  readonly onEvent: Operator['onEvent'];
  /** Calls a method. Throws what the gateway answers, and when the user interrupts. */
  ask<M extends MethodName>(method: M, params: MethodParams<M>): Promise<MethodResult<M>>;
  /** Calls a method although the user has interrupted: to tidy up. */
  tidy<M extends MethodName>(method: M, params: MethodParams<M>): Promise<MethodResult<M>>;
}

/** Resolves or rejects as `work` does, or rejects when the user interrupts. */
export async function unlessInterrupted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const interrupt = (): void =>
    reject(
      new PortcullisError('usage.interrupted', 'The command was interrupted.', {
        hint: 'Run it again.',
      }),
    );
  if (signal.aborted) interrupt();
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

/** Opens an operator. One that is there only after the user has interrupted is let go. */
export async function openUnlessInterrupted(
  { context, doors }: Invocation,
  options: OperatorOptions,
): Promise<Operator> {
  const opening = doors.openOperator(context, options);
  try {
    return await unlessInterrupted(context.signal, opening);
  } catch (error) {
    void opening.then(
      (operator) => operator.close(),
      () => undefined,
    );
    throw error;
  }
}

/** Does `work` with an operator, and closes it afterwards. */
export async function withOperator<T>(
  invocation: Invocation,
  work: (session: OperatorSession) => Promise<T>,
  options: OperatorOptions = {},
): Promise<T> {
  const { context, out } = invocation;
  const { signal } = context;
  const opening = openUnlessInterrupted(invocation, options);
  const operator = await out.during('Reaching the gateway', opening);
  const tidy: OperatorSession['tidy'] = (method, params) => operator.call(method, { ...params });
  try {
    return await work({
      via: operator.via,
      elsewhere: operator.elsewhere,
      welcome: operator.welcome,
      onEvent: (listener) => operator.onEvent(listener),
      ask: (method, params) =>
        out.during('Waiting for the gateway', unlessInterrupted(signal, tidy(method, params))),
      tidy,
    });
  } finally {
    await operator.close();
  }
}

/** True for the error of a command that needs a gateway where none runs. */
export function isNotRunning(error: unknown): boolean {
  return PortcullisError.is(error) && error.code === 'gateway.not_running';
}
