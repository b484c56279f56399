/**
 * Limits every networked model works under, and the way out to the network.
 *
 * @module
 */

/** How long to wait for a model server, in milliseconds. */
export interface ModelTimeouts {
  /** From the request to the first byte of the answer. Default 60,000. */
  readonly firstByteMs: number;
  /** Between two pieces of the answer. Default 60,000. */
  readonly idleMs: number;
  /** From the request to the end of the answer. Default 600,000. */
  readonly totalMs: number;
}

/** Options of the networked models. Everything has a default. */
export interface ModelOptions {
  readonly timeouts?: Partial<ModelTimeouts>;
  /** Cap on the text and tool input of one answer, in UTF-16 units. Default 1,000,000. */
  readonly maxOutputLength?: number;
  /**
   * The way to the network, such as a broker that asks policy. Called only with URLs on the
   * origin of the source's `baseUrl`, and always with `redirect: 'manual'`. Default: the global
   * `fetch`.
   */
  readonly fetch?: typeof globalThis.fetch;
}

/** {@link ModelOptions} with every default filled in. */
export interface ModelSettings {
  readonly timeouts: ModelTimeouts;
  readonly maxOutputLength: number;
  readonly fetch: typeof globalThis.fetch;
}

/** The limits that hold where nothing else is asked for. */
export const defaultTimeouts: ModelTimeouts = {
  firstByteMs: 60_000,
  idleMs: 60_000,
  totalMs: 600_000,
};

/** Fills in the defaults. */
export function withDefaults(options: ModelOptions): ModelSettings {
  return {
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    maxOutputLength: options.maxOutputLength ?? 1_000_000,
    // Looked up at call time, so that a proxy or test that replaces the global is honoured.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
  };
}
