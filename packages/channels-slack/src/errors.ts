/**
 * Tells what became of a call to Slack, without ever showing a token.
 *
 * What the client library throws may hold headers, bodies and addresses, so no error of its own
 * leaves this module, not even as a `cause`: what is kept is copied field by field.
 *
 * @module
 */
import { beforeSending, errorField } from '@portcullis/channel-kit';
import { DeliveryError, PortcullisError } from '@portcullis/core';

/** What happened to a call. */
export type CallFailure =
  /** Slack answered `{ ok: false }` with one of its error codes. */
  | { readonly kind: 'refused'; readonly error: string; readonly needed?: string }
  /** Slack asks to slow down. Nothing was done. */
  | { readonly kind: 'limited'; readonly retryAfterMs: number }
  /** Slack or something before it answered with another status than 200. */
  | { readonly kind: 'broken'; readonly status: number }
  /** The request never left: no connection came about. */
  | { readonly kind: 'unsent'; readonly why: string }
  /** The request may have been carried out, its answer did not arrive whole. */
  | { readonly kind: 'lost'; readonly why: string };

/** Codes after which trying again cannot help: the login itself is refused. */
const FATAL: ReadonlySet<string> = new Set([
  'access_denied',
  'account_inactive',
  'app_missing_action_token',
  'invalid_auth',
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'not_authed',
  'team_disabled',
  'token_expired',
  'token_revoked',
  'user_removed_from_team',
]);

/** Codes that say Slack had a fault of its own: the call may have been carried out. */
const FAULTS: ReadonlySet<string> = new Set([
  'fatal_error',
  'internal_error',
  'request_timeout',
  'service_unavailable',
]);

const LIMITED: ReadonlySet<string> = new Set(['ratelimited', 'rate_limited']);

/** Slack is asked again after this long when it does not say how long to wait, milliseconds. */
const USUAL_PAUSE_MS = 1000;

/** Reads a platform error. An answer that was no JSON ends up here too, as its own error code. */
function refused(data: unknown): CallFailure {
  const error = errorField(data, 'error');
  if (typeof error !== 'string' || !/^[a-z0-9_.:-]{1,80}$/iu.test(error)) {
    return { kind: 'lost', why: 'The answer of Slack was not understood.' };
  }
  if (LIMITED.has(error)) return { kind: 'limited', retryAfterMs: USUAL_PAUSE_MS };
  const needed = errorField(data, 'needed');
  return typeof needed === 'string' && /^[a-z0-9_.:,-]{1,120}$/u.test(needed)
    ? { kind: 'refused', error, needed }
    : { kind: 'refused', error };
}

/** Reads what the client library threw. */
export function toCallFailure(error: unknown): CallFailure {
  if (error instanceof CallError) return error.failure;
  const data = errorField(error, 'data');
  if (data !== undefined) return refused(data);
  const retryAfter = errorField(error, 'retryAfter');
  if (typeof retryAfter === 'number') return { kind: 'limited', retryAfterMs: retryAfter * 1000 };
  const status = errorField(error, 'statusCode');
  if (typeof status === 'number') return { kind: 'broken', status };
  const original = errorField(error, 'original') ?? error;
  const cause = errorField(original, 'cause') ?? original;
  const code = errorField(cause, 'code');
  const detail = typeof code === 'string' && /^[A-Z0-9_]{1,40}$/u.test(code) ? ` (${code})` : '';
  if (beforeSending(cause)) return { kind: 'unsent', why: `No connection to Slack${detail}.` };
  const isTimeout = errorField(original, 'name') === 'TimeoutError';
  if (isTimeout) return { kind: 'lost', why: 'Slack did not answer in time.' };
  return { kind: 'lost', why: `The answer of Slack was lost${detail}.` };
}

/** One sentence for logs and for `channels status`. */
export function sentenceOf(failure: CallFailure): string {
  switch (failure.kind) {
    case 'refused':
      return `Slack refused: ${failure.error}.`;
    case 'limited':
      return 'Slack asks to slow down.';
    case 'broken':
      return `Slack answered ${failure.status}.`;
    default:
      return failure.why;
  }
}

/** Thrown inside this package only: a failed call with what became of it. */
export class CallError extends PortcullisError {
  readonly failure: CallFailure;

  constructor(failure: CallFailure) {
    super('slack.call_failed', sentenceOf(failure));
    this.failure = failure;
  }
}

/** An answer without the field it must have. It must not be acted on. */
export function notUnderstood(): CallError {
  return new CallError({ kind: 'lost', why: 'The answer of Slack was not understood.' });
}

/** Whether a failure means that the login is refused. Nothing but another token helps then. */
export function isFatal(failure: CallFailure): boolean {
  return failure.kind === 'refused' && FATAL.has(failure.error);
}

function fatalHint(failure: CallFailure): string {
  if (failure.kind !== 'refused') return 'Check the tokens under channels.slack.';
  const { error, needed } = failure;
  if (error === 'missing_scope') {
    return `Add the scope ${needed ?? 'that is missing'} to the app, install it again and set its new token.`;
  }
  if (error === 'not_allowed_token_type') {
    return 'botToken begins with xoxb-, appToken with xapp-: they are not to be exchanged.';
  }
  return 'Install the app again at api.slack.com/apps and set channels.slack.botToken and appToken anew.';
}

/** The error that ends a channel. */
export function unauthorized(failure: CallFailure): PortcullisError {
  const why = failure.kind === 'refused' ? ` (${failure.error})` : '';
  return new PortcullisError('slack.unauthorized', `Slack does not accept the login${why}.`, {
    hint: fatalHint(failure),
  });
}

function refusedSend(failure: CallFailure & { readonly kind: 'refused' }): DeliveryError {
  const { error } = failure;
  if (FAULTS.has(error)) {
    return new DeliveryError('unknown', 'slack.server_error', `Slack had a fault: ${error}.`, {
      hint: 'Look into the conversation: the message may have arrived.',
    });
  }
  if (FATAL.has(error)) {
    const why = `Slack does not accept the login (${error}).`;
    return new DeliveryError('failed', 'slack.unauthorized', why, { hint: fatalHint(failure) });
  }
  return new DeliveryError('failed', 'slack.refused', `Slack refused the call: ${error}.`, {
    hint: 'The conversation is gone or archived, the app is not in it, or the message cannot be shown.',
    details: { error },
  });
}

/** What a failed send means for the outbox. */
export function toDeliveryError(failure: CallFailure): DeliveryError {
  switch (failure.kind) {
    case 'refused':
      return refusedSend(failure);
    case 'limited':
      return new DeliveryError('retry', 'slack.rate_limited', 'Slack asks to slow down.', {
        hint: 'Nothing to do: the message is sent after the pause Slack asked for.',
        retryAfterMs: failure.retryAfterMs,
      });
    case 'unsent':
      return new DeliveryError('retry', 'slack.unreachable', failure.why, {
        hint: 'Check the network; the message waits.',
      });
    case 'broken':
      return new DeliveryError('unknown', 'slack.server_error', sentenceOf(failure), {
        hint: 'Look into the conversation: the message may have arrived.',
        details: { status: failure.status },
      });
    default:
      return new DeliveryError('unknown', 'slack.answer_lost', failure.why, {
        hint: 'Look into the conversation: the message may have arrived.',
      });
  }
}

/** Refuses a message that cannot be sent as it is. */
export function wrongMessage(why: string, hint: string): DeliveryError {
  return new DeliveryError('failed', 'slack.message_invalid', why, { hint });
}

/** Runs a call and turns its failure into a {@link DeliveryError}. */
export async function deliver<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  if (signal.aborted) {
    throw new DeliveryError('retry', 'slack.not_sent', 'The channel is stopping.', {
      hint: 'Nothing to do: the message is sent after the start.',
    });
  }
  try {
    return await call();
  } catch (error) {
    if (error instanceof CallError) throw toDeliveryError(error.failure);
    throw error;
  }
}
