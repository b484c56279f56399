/**
 * Tells what became of a Bot API call that failed, without ever showing the token.
 *
 * The token is part of every URL and client libraries put URLs into their errors, so no error of
 * theirs leaves this module, not even as a `cause`: what is kept is copied field by field.
 *
 * @module
 */
import { beforeSending, errorField } from '@portcullis/channel-kit';
import { DeliveryError, PortcullisError } from '@portcullis/core';

/** What happened to a call. */
export type CallFailure =
  /** The Bot API answered `{ ok: false }`. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly description: string;
      readonly retryAfterMs?: number;
      readonly migratedTo?: string;
    }
  /** The request never left: no connection came about. */
  | { readonly kind: 'unsent'; readonly description: string }
  /** The request may have been carried out, its answer did not arrive whole. */
  | { readonly kind: 'lost'; readonly description: string }
  /** We ended the call ourselves. */
  | { readonly kind: 'aborted'; readonly description: string };

/** A description fit for a log: without what somebody typed, and short. */
function withoutQuotes(description: string): string {
  return description.replaceAll(/"[^"]*"?/gu, '"..."').slice(0, 200);
}

function answered(error: unknown, status: number): CallFailure {
  const parameters = errorField(error, 'parameters');
  const retryAfter = errorField(parameters, 'retry_after');
  const migrated = errorField(parameters, 'migrate_to_chat_id');
  return {
    kind: 'answered',
    status,
    description: withoutQuotes(String(errorField(error, 'description') ?? '')),
    ...(typeof retryAfter === 'number' ? { retryAfterMs: retryAfter * 1000 } : {}),
    ...(typeof migrated === 'number' ? { migratedTo: String(migrated) } : {}),
  };
}

/** Reads what the client library threw. */
export function toCallFailure(error: unknown): CallFailure {
  const status = errorField(error, 'error_code');
  if (typeof status === 'number') return answered(error, status);
  const inner = errorField(error, 'error') ?? error;
  if (errorField(inner, 'name') === 'AbortError') {
    return { kind: 'aborted', description: 'The call was ended.' };
  }
  if (inner instanceof SyntaxError) {
    return { kind: 'lost', description: 'The answer was not JSON.' };
  }
  if (inner instanceof Error && inner.message.includes('timed out after')) {
    return { kind: 'lost', description: 'Telegram did not answer in time.' };
  }
  const cause = errorField(inner, 'cause');
  const code = errorField(cause, 'code');
  const detail = typeof code === 'string' && /^[A-Z0-9_]{1,40}$/u.test(code) ? ` (${code})` : '';
  if (beforeSending(cause)) {
    return { kind: 'unsent', description: `No connection to Telegram${detail}.` };
  }
  return { kind: 'lost', description: `The answer of Telegram was lost${detail}.` };
}

/** The error that ends a channel: the token is not (or no longer) valid. */
export function unauthorized(): PortcullisError {
  return new PortcullisError('telegram.unauthorized', 'Telegram does not accept the bot token.', {
    hint: 'Ask @BotFather for the token of this bot and set channels.telegram.botToken.',
  });
}

/** Whether a failure means that the token is not valid. Nothing but a new token helps then. */
export function isUnauthorized(failure: CallFailure): boolean {
  return failure.kind === 'answered' && (failure.status === 401 || failure.status === 404);
}

function refused(failure: CallFailure & { readonly kind: 'answered' }): DeliveryError {
  const { status, description, migratedTo } = failure;
  if (isUnauthorized(failure)) {
    return new DeliveryError(
      'failed',
      'telegram.unauthorized',
      'Telegram does not accept the bot token.',
      { hint: 'Ask @BotFather for the token of this bot and set channels.telegram.botToken.' },
    );
  }
  if (migratedTo !== undefined) {
    return new DeliveryError(
      'failed',
      'telegram.chat_migrated',
      `The group became the supergroup ${migratedTo}.`,
      {
        hint: 'Replace the old id by the new one under channels.telegram.groups.',
        details: { migratedTo },
      },
    );
  }
  const code = status === 403 ? 'telegram.forbidden' : 'telegram.refused';
  return new DeliveryError('failed', code, `Telegram refused the call: ${description}`, {
    hint: 'The chat is gone, the bot was blocked or removed, or the message cannot be shown.',
    details: { status },
  });
}

/** What a failed send means for the outbox. */
export function toDeliveryError(failure: CallFailure): DeliveryError {
  if (failure.kind === 'unsent') {
    return new DeliveryError('retry', 'telegram.unreachable', failure.description, {
      hint: 'Check the network; the message waits.',
    });
  }
  if (failure.kind !== 'answered') {
    return new DeliveryError('unknown', 'telegram.answer_lost', failure.description, {
      hint: 'Look into the chat: the message may have arrived.',
    });
  }
  if (failure.status === 429) {
    return new DeliveryError('retry', 'telegram.rate_limited', 'Telegram asks to slow down.', {
      hint: 'Nothing to do: the message is sent after the pause Telegram asked for.',
      retryAfterMs: failure.retryAfterMs ?? 1000,
    });
  }
  if (failure.status >= 500) {
    return new DeliveryError(
      'unknown',
      'telegram.server_error',
      'Telegram had a fault of its own.',
      {
        hint: 'Look into the chat: the message may have arrived.',
        details: { status: failure.status },
      },
    );
  }
  return refused(failure);
}
