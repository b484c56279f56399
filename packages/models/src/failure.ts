/**
 * Names what went wrong between us and a model server.
 *
 * Every error made here is built from fixed sentences and numbers. Nothing the server wrote and
 * nothing we sent is copied into it: a response body can echo the key or the conversation.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** Longest error body that is read to classify a failure, in bytes. */
const ERROR_BODY_LIMIT = 16_384;

const CONTEXT_LENGTH =
  /context[_ ]length|maximum context|context (?:window|size)|prompt is too long|too many (?:input )?tokens|input is too long/i;

const QUOTA = /insufficient_quota|billing|credit balance|exceeded your current quota/i;

/** The model the failure is about, as messages name it: `<provider>/<model>`. */
type ModelId = string;

/** The caller asked to stop. */
export function aborted(model: ModelId): PortcullisError {
  return new PortcullisError('model.aborted', `The request to ${model} was stopped.`);
}

/** The server's answer makes no sense. */
export function badResponse(model: ModelId, what: string): PortcullisError {
  return new PortcullisError('model.bad_response', `${model} ${what}.`, {
    hint: 'Check that models.providers.*.baseUrl and api fit the server.',
    retryable: true,
  });
}

/** The connection broke or never came to be. */
export function unreachable(model: ModelId, what: string): PortcullisError {
  return new PortcullisError('model.unreachable', `The server of ${model} ${what}.`, {
    hint: 'Check that the server runs and that models.providers.*.baseUrl is right.',
    retryable: true,
  });
}

/** The server took too long. */
export function timedOut(model: ModelId, what: string, afterMs: number): PortcullisError {
  return new PortcullisError('model.timeout', `${model} ${what} within ${afterMs} ms.`, {
    hint: 'Try again, choose a faster model or raise the time limit.',
    details: { afterMs },
    retryable: true,
  });
}

/** A request would have left for another origin than the configured one. */
export function wrongOrigin(model: ModelId): PortcullisError {
  return new PortcullisError(
    'model.origin',
    `A request for ${model} was about to leave for another server than its baseUrl.`,
    { hint: 'Requests carry the account key, so they go to the configured origin only.' },
  );
}

/** A configured header or key cannot be sent. */
export function headerInvalid(model: ModelId): PortcullisError {
  return new PortcullisError('model.header_invalid', `A header or key for ${model} is malformed.`, {
    hint: 'Check models.providers.*.apiKey and headers for line breaks and other control characters.',
  });
}

/** The request itself cannot be put into the words of the network. */
export function badRequest(model: ModelId): PortcullisError {
  return new PortcullisError('model.request', `The request to ${model} is malformed.`, {
    hint: 'Every tool call needs its result, and there must be a message to answer.',
  });
}

/** The server said in the middle of its answer that it cannot go on. */
export function failedMidway(model: ModelId): PortcullisError {
  return new PortcullisError('model.unavailable', `The server of ${model} gave up midway.`, {
    hint: 'Try again later, or configure a fallback model.',
    retryable: true,
  });
}

/** The server pointed somewhere else. */
function redirected(model: ModelId, status: number): PortcullisError {
  return new PortcullisError('model.redirect', `The server of ${model} answered with a redirect.`, {
    hint: 'Set models.providers.*.baseUrl to the final address; redirects are not followed because requests carry the account key.',
    details: { status },
  });
}

/**
 * Reads a `Retry-After` header: seconds or an HTTP date.
 *
 * @returns milliseconds from `now`, never negative; undefined where the header says nothing.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const exact = headers.get('retry-after-ms');
  if (exact !== null && /^\d{1,9}(\.\d+)?$/.test(exact)) return Math.ceil(Number(exact));
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1000);
  // Dates begin with a day; the parser alone would take almost any number for a year.
  const date = /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

async function readErrorBody(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  try {
    while (text.length < ERROR_BODY_LIMIT) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return text;
}

/**
 * Turns a response that is no success into an error. The body is read, bounded, only to tell
 * causes apart.
 */
export async function httpFailure(
  model: ModelId,
  response: Response,
  now: number,
): Promise<PortcullisError> {
  const { status } = response;
  const details = { status };
  if (status >= 300 && status < 400) {
    await response.body?.cancel().catch(() => undefined);
    return redirected(model, status);
  }
  const body = await readErrorBody(response);
  if (status === 401 || status === 403) {
    return new PortcullisError('model.auth', `The server of ${model} refused the key.`, {
      hint: 'Check models.providers.*.apiKey and what the account may use.',
      details,
    });
  }
  if (status === 402 || (status === 429 && QUOTA.test(body))) {
    return new PortcullisError('model.quota', `The account behind ${model} has no credit left.`, {
      hint: 'Add credit at the provider, or configure a fallback model.',
      details,
    });
  }
  if (status === 429) {
    const wait = retryAfterMs(response.headers, now);
    return new PortcullisError('model.rate_limited', `${model} is called too often.`, {
      hint: 'Wait, or configure a fallback model.',
      details,
      retryable: true,
      ...(wait !== undefined && { retryAfterMs: wait }),
    });
  }
  if (status === 413 || (status >= 400 && status < 500 && CONTEXT_LENGTH.test(body))) {
    return new PortcullisError(
      'model.context_length',
      `The conversation is longer than ${model} can take.`,
      { hint: 'Start a new session, or choose a model with a larger context window.', details },
    );
  }
  if (status === 408 || status >= 500) {
    const wait = retryAfterMs(response.headers, now);
    return new PortcullisError('model.unavailable', `The server of ${model} failed.`, {
      hint: 'Try again later, or configure a fallback model.',
      details,
      retryable: true,
      ...(wait !== undefined && { retryAfterMs: wait }),
    });
  }
  return new PortcullisError('model.request', `The server of ${model} refused the request.`, {
    hint: 'Check the model id and models.providers.*.api.',
    details,
  });
}
