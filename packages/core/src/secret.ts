/**
 * Secrets are a type, not a pattern: a value of type {@link Secret} prints as `[secret]` wherever
 * it is logged, joined, serialised or inspected, and gives its text only to `reveal()`.
 *
 * @module
 */

const INSPECT: symbol = Symbol.for('nodejs.util.inspect.custom');

/** Text that must never reach a log, an error, a model, a process argument or a URL. */
export class Secret {
  readonly #text: string;
  /** Where the value came from, for messages: `channels.telegram.botToken`, `env:OPENAI_API_KEY`. */
  readonly origin: string;

  constructor(text: string, origin: string) {
    this.#text = text;
    this.origin = origin;
    Object.defineProperty(this, INSPECT, { value: () => `[secret ${origin}]` });
  }

  /** The text itself. Call it only where the value is handed to the peer it is meant for. */
  reveal(): string {
    return this.#text;
  }

  /** Always `[secret]`. */
  toString(): string {
    return '[secret]';
  }

  /** Always `[secret]`. */
  toJSON(): string {
    return '[secret]';
  }
}
