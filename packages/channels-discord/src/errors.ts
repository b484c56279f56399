/**
 * Tells what became of a call that failed, without ever showing the token.
 *
 * Client libraries put headers, addresses and messages into their errors, so no error of theirs
 * leaves this module, not even as a `cause`: what is kept is copied field by field.
 *
 * @module
 */
import { beforeSending, errorField } from '@portcullis/channel-kit';
import { DeliveryError, PortcullisError } from '@portcullis/core';

/** What happened to a call. */
export type CallFailure =
  /** Discord refused it. `number` is its own code, such as 50007. */
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly number: number;
      readonly description: string;
    }
  /** Discord asks to slow down; nothing was carried out. */
  | { readonly kind: 'limited'; readonly description: string; readonly retryAfterMs: number }
  /** The request never left: no connection came about. */
  | { readonly kind: 'unsent'; readonly description: string }
  /** The request may have been carried out, its answer did not arrive whole. */
  | { readonly kind: 'lost'; readonly description: string };

/** Thrown inside this package only: a failed call with what became of it. */
export class CallError extends PortcullisError {
  readonly failure: CallFailure;

  constructor(failure: CallFailure) {
    super('discord.call_failed', failure.description);
    this.failure = failure;
  }
}

function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** A description fit for a log: without what somebody typed, and short. */
function withoutQuotes(description: string): string {
  return description.replaceAll(/"[^"]*"?/gu, '"..."').slice(0, 200);
}

/** Reads what the client library threw. */
export function toCallFailure(error: unknown): CallFailure {
  if (error instanceof CallError) return error.failure;
  if (typeof errorField(error, 'timeToReset') === 'number') {
    const waits = [errorField(error, 'retryAfter'), errorField(error, 'sublimitTimeout')].map(
      number,
    );
    return {
      kind: 'limited',
      description: 'Discord asks to slow down.',
      retryAfterMs: Math.max(1, ...waits),
    };
  }
  const status = errorField(error, 'status');
  if (typeof status === 'number') {
    const message = errorField(errorField(error, 'rawError'), 'message');
    const code = number(errorField(error, 'code'));
    const description = typeof message === 'string' ? withoutQuotes(message) : `status ${status}`;
    return { kind: 'answered', status, number: code, description };
  }
  if (errorField(error, 'name') === 'AbortError') {
    return { kind: 'lost', description: 'Discord did not answer in time.' };
  }
  const cause = errorField(error, 'cause');
  const code = errorField(cause, 'code');
  const detail = typeof code === 'string' && /^[A-Z0-9_]{1,40}$/u.test(code) ? ` (${code})` : '';
  if (beforeSending(cause)) {
    return { kind: 'unsent', description: `No connection to Discord${detail}.` };
  }
  return { kind: 'lost', description: `The answer of Discord was lost${detail}.` };
}

/** An answer without the field it must have. It must not be acted on. */
export function notUnderstood(): CallError {
  return new CallError({ kind: 'lost', description: 'The answer of Discord was not understood.' });
}

const NEW_TOKEN =
  'Reset the token of the bot at discord.com/developers and set channels.discord.token.';

/** The error that ends a channel: the token is not (or no longer) valid. */
export function unauthorized(): PortcullisError {
  return new PortcullisError('discord.unauthorized', 'Discord does not accept the bot token.', {
    hint: NEW_TOKEN,
  });
}

/** Whether a failure means that the token is not valid. Nothing but a new token helps then. */
export function isUnauthorized(failure: CallFailure): boolean {
  return failure.kind === 'answered' && failure.status === 401;
}

/** Whether what was asked for is not there, or not for us: asking again does not help. */
export function isGone(failure: CallFailure): boolean {
  return failure.kind === 'answered' && failure.status < 500 && !isUnauthorized(failure);
}

/** What a failed send means for the outbox. */
export function toDeliveryError(failure: CallFailure): DeliveryError {
  if (failure.kind === 'limited') {
    return new DeliveryError('retry', 'discord.rate_limited', failure.description, {
      hint: 'Nothing to do: the message is sent after the pause Discord asked for.',
      retryAfterMs: failure.retryAfterMs,
    });
  }
  if (failure.kind === 'unsent') {
    return new DeliveryError('retry', 'discord.unreachable', failure.description, {
      hint: 'Check the network; the message waits.',
    });
  }
  const look = 'Look into the channel: the message may have arrived.';
  if (failure.kind === 'lost') {
    return new DeliveryError('unknown', 'discord.answer_lost', failure.description, { hint: look });
  }
  const { status, number: code, description } = failure;
  if (status >= 500) {
    return new DeliveryError('unknown', 'discord.server_error', 'Discord had a fault of its own.', {
      hint: look,
      details: { status },
    });
  }
  if (isUnauthorized(failure)) {
    const why = 'Discord does not accept the bot token.';
    return new DeliveryError('failed', 'discord.unauthorized', why, { hint: NEW_TOKEN });
  }
  const name = status === 403 ? 'discord.forbidden' : 'discord.refused';
  return new DeliveryError('failed', name, `Discord refused the call: ${description}`, {
    hint: 'The channel is gone, the person takes no messages of the bot, or it lacks a permission there.',
    details: { status, code },
  });
}

/** A message that cannot be sent as it is. */
export function wrongMessage(why: string, hint: string): DeliveryError {
  return new DeliveryError('failed', 'discord.message_invalid', why, { hint });
}

/** Runs a call and turns its failure into a {@link DeliveryError}. */
export async function deliver<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  if (signal.aborted) {
    throw new DeliveryError('retry', 'discord.not_sent', 'The channel is stopping.', {
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

function shardRefused(): PortcullisError {
  return new PortcullisError('discord.shard_refused', 'Discord refused our shard.', {
    hint: 'Update Portcullis, and report it: one shard of one is what is asked for.',
  });
}

function shardingRequired(): PortcullisError {
  return new PortcullisError(
    'discord.sharding_required',
    'The bot is in more servers than one connection may serve.',
    { hint: 'Take it out of servers: Discord asks for shards from 2,500 on; this makes one.' },
  );
}

function versionRefused(): PortcullisError {
  return new PortcullisError(
    'discord.version_refused',
    'Discord does not speak this version of its gateway, or these intents, any more.',
    { hint: 'Update Portcullis.' },
  );
}

function intentsDisallowed(): PortcullisError {
  return new PortcullisError(
    'discord.intents_disallowed',
    'The bot may not read messages: its Message Content intent is switched off.',
    {
      hint: 'Switch on "Message Content Intent" at discord.com/developers (Bot, Privileged Gateway Intents) and start again.',
    },
  );
}

/** Close codes after which connecting again cannot help, each with what does. */
const FATAL: ReadonlyMap<number, () => PortcullisError> = new Map([
  [4004, unauthorized],
  [4010, shardRefused],
  [4011, shardingRequired],
  [4012, versionRefused],
  [4013, versionRefused],
  [4014, intentsDisallowed],
]);

/** The error a close code ends the channel with, or undefined where connecting again may help. */
export function fatalClose(code: number): PortcullisError | undefined {
  return FATAL.get(code)?.();
}
