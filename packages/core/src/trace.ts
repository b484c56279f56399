/**
 * What the gateway tells of its own work while it does it: for traces. A vocabulary, no machinery.
 *
 * The gateway publishes on the Node tracing channel {@link TRACE_CHANNEL}; it costs nothing while
 * nobody listens. Nothing that a person wrote, no sender, no session and no address is in it.
 *
 * @module
 */

/** Name of the tracing channel (`node:diagnostics_channel`). */
export const TRACE_CHANNEL = 'portcullis:work';

/** A piece of work, from its begin to its end. Pieces nest as the calls do. */
export interface TracedWork {
  /**
   * `turn`, `model.request`, `tool.call`, `effect`, `outbox.send` or `gateway.method`.
   */
  readonly name: string;
  /** Ids and codes only. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  /** What became known while it went on, added to the facts at its end. */
  readonly found: Record<string, string | number | boolean>;
  /** W3C trace context a client sent along. */
  readonly parent?: string;
}
