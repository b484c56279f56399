/**
 * The error every package of Portcullis throws on purpose.
 *
 * An error teaches: a stable code, what happened, what to do next. The message is safe to log and
 * to show: no token, no message text, no path that a stranger chose.
 *
 * @module
 */

const BRAND: symbol = Symbol.for('portcullis.error');

/** What an error may carry beside its code and sentence. */
export interface PortcullisErrorOptions {
  /** What to do next, one sentence. */
  readonly hint?: string;
  /** Facts for machines. Must hold no secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** True when trying again later can help. Default false. */
  readonly retryable?: boolean;
  /** How long to wait before trying again, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/**
 * A failure with a stable code, documented once in `docs/reference/errors.md`.
 *
 * Match on {@link PortcullisError.code}, never on the message.
 */
export class PortcullisError extends Error {
  override readonly name = 'PortcullisError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, options: PortcullisErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Like `instanceof`, but also true across two installed copies of this package. */
  static is(value: unknown): value is PortcullisError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
