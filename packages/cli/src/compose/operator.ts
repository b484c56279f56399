/**
 * How a command talks to the gateway: over the wire where one runs, else over the state it opens
 * itself. Both answer the same methods, so a command need not know which it got.
 *
 * @module
 */

/** What a running gateway says of itself and of whom it let in. */
export interface Welcome {
  readonly version: string;
  readonly protocol: number;
  readonly role: string;
  /** Exactly what is granted. */
  readonly scopes: readonly string[];
  /** How it wants people to prove themselves; only told to administrators. */
  readonly authMode?: string;
}

/** A way to call gateway methods. */
export interface Operator {
  /** `gateway`: a running gateway answers. `local`: none runs; this process opened its state. */
  readonly via: 'gateway' | 'local';
  /** In words, the gateway of another machine that answers; undefined where it is that of this one. */
  readonly elsewhere?: string | undefined;
  /** Undefined where no running gateway was talked to. */
  readonly welcome?: Welcome | undefined;
  /** Calls a method of the wire protocol. Throws a `PortcullisError` with the answer's code. */
  call<T = unknown>(method: string, params?: Readonly<Record<string, unknown>>): Promise<T>;
  /** Hears events (`chat`, `agent`, ...) until the returned function is called. */
  onEvent(listener: (event: string, payload: unknown) => void): () => void;
  /** Resolves with why, once the connection is gone. Never where no gateway is talked to. */
  readonly ended?: Promise<Error>;
  close(): Promise<void>;
}
