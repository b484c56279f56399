/**
 * Several models that answer as one: tries again where that can help, then goes to the next.
 *
 * An answer that has begun is never begun again. Whoever reads it has seen a part, and may have
 * acted on a tool call.
 *
 * @module
 */
import { setTimeout as wait } from 'node:timers/promises';

import {
  type Logger,
  type Model,
  type ModelEvent,
  type ModelRequest,
  PortcullisError,
  silentLogger,
} from '@portcullis/core';

import { aborted } from './failure.ts';

/** Options of {@link withFailover}. */
export interface FailoverOptions {
  /** Tries per model, the first included. Default 3. */
  readonly attempts?: number;
  /** The longest first wait in milliseconds; it doubles with every try. Default 500. */
  readonly baseDelayMs?: number;
  /** The longest wait of our own. Default 15,000. */
  readonly maxDelayMs?: number;
  /** The longest wait a server may ask for; beyond it the next model is asked. Default 60,000. */
  readonly maxRetryAfterMs?: number;
  readonly log?: Logger;
  /** Waits, and rejects when the signal aborts. Default: a timer. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A number from 0 up to 1. Default `Math.random`. */
  readonly random?: () => number;
}

type Settings = Required<FailoverOptions>;

/** Another try of the same model is useless after these, but another model may well answer. */
const NEXT_MODEL: ReadonlySet<string> = new Set([
  'model.auth',
  'model.quota',
  'model.context_length',
  'model.request',
  'model.redirect',
]);

function withDefaults(options: FailoverOptions): Settings {
  return {
    attempts: Math.max(1, options.attempts ?? 3),
    baseDelayMs: options.baseDelayMs ?? 500,
    maxDelayMs: options.maxDelayMs ?? 15_000,
    maxRetryAfterMs: options.maxRetryAfterMs ?? 60_000,
    log: options.log ?? silentLogger,
    sleep: options.sleep ?? (async (ms, signal) => wait(ms, undefined, { signal })),
    random: options.random ?? Math.random,
  };
}

/** How long to wait before the next try; undefined: do not try this model again. */
function delayAfter(
  failure: PortcullisError,
  attempt: number,
  settings: Settings,
): number | undefined {
  if (!failure.retryable || attempt >= settings.attempts) return undefined;
  const asked = failure.retryAfterMs ?? 0;
  if (asked > settings.maxRetryAfterMs) return undefined;
  const ceiling = Math.min(settings.maxDelayMs, settings.baseDelayMs * 2 ** (attempt - 1));
  // At least half of it, so that tries never pile up at once; never less than the server asked.
  return Math.max(asked, Math.round(ceiling * (0.5 + settings.random() / 2)));
}

function interrupted(model: string, failure: PortcullisError): PortcullisError {
  return new PortcullisError(
    'model.interrupted',
    `${model} broke off in the middle of its answer.`,
    {
      hint: 'Ask again; the part that was seen may be incomplete.',
      details: { code: failure.code },
      cause: failure,
    },
  );
}

/** Streams one model with retries. Returns the failure where the next model should be asked. */
async function* tryModel(
  model: Model,
  request: ModelRequest,
  signal: AbortSignal,
  settings: Settings,
): AsyncGenerator<ModelEvent, PortcullisError | undefined, undefined> {
  for (let attempt = 1; ; attempt += 1) {
    let begun = false;
    try {
      for await (const event of model.stream(request, signal)) {
        begun = true;
        yield event.type === 'finish' ? { model: model.id, ...event } : event;
      }
      return undefined;
    } catch (error) {
      if (signal.aborted) throw aborted(model.id);
      if (!PortcullisError.is(error)) throw error;
      if (begun) throw interrupted(model.id, error);
      const delayMs = delayAfter(error, attempt, settings);
      settings.log.warn(
        { model: model.id, code: error.code, attempt, ...(delayMs !== undefined && { delayMs }) },
        delayMs === undefined ? 'model failed' : 'model failed; trying again',
      );
      if (delayMs === undefined) {
        if (error.retryable || NEXT_MODEL.has(error.code)) return error;
        throw error;
      }
      await settings.sleep(delayMs, signal).catch(() => undefined);
      if (signal.aborted) throw aborted(model.id);
    }
  }
}

/**
 * Makes one model of several. A failure before the first event is tried again with growing,
 * jittered waits while it is `retryable`, honouring `retryAfterMs`; then the next model is asked.
 * The id is that of the first.
 *
 * `stream` throws the last model's failure when all failed, `model.interrupted` when an answer
 * that had begun breaks off, and `model.aborted` when the signal says stop.
 *
 * @throws `model.none` without a model.
 *
 * @example
 * ```ts
 * const model = withFailover([primary, fallback], { log });
 * for await (const event of model.stream(request, signal)) show(event);
 * ```
 */
export function withFailover(models: readonly Model[], options: FailoverOptions = {}): Model {
  const [first] = models;
  if (first === undefined) {
    throw new PortcullisError('model.none', 'There is no model to ask.', {
      hint: 'Set agents.defaults.model to "<provider>/<model>".',
    });
  }
  const settings = withDefaults(options);
  async function* stream(
    request: ModelRequest,
    signal: AbortSignal,
  ): AsyncGenerator<ModelEvent, void, undefined> {
    let failure: PortcullisError | undefined;
    for (const model of models) {
      failure = yield* tryModel(model, request, signal, settings);
      if (failure === undefined) return;
    }
    throw failure ?? aborted(first?.id ?? '');
  }
  return { id: first.id, stream };
}
