/**
 * The one shape every question of authority is answered in.
 *
 * The same value enforces, is written to the audit log, is shown by `openclaw policy explain`
 * and is compared by `openclaw policy diff`, so it carries its own explanation.
 *
 * @module
 */

/**
 * What may happen next.
 *
 * - `allow`: proceed, within `constraints`.
 * - `deny`: refused by authority. Inbound events: nothing at all is visible outside.
 * - `ask`: an approver must decide; never proceeds alone.
 * - `pair`: unknown direct sender or device: create one pairing request.
 * - `ignore`: not addressed to us, a duplicate, our own echo, a loop.
 */
export type Effect = 'allow' | 'deny' | 'ask' | 'pair' | 'ignore';

/** The answer to one question of authority. */
export interface Decision {
  readonly effect: Effect;
  /** Stable dotted id, lower case, never reused with another meaning: `dm.paired`. */
  readonly code: string;
  /** Config path that decided: `channels.telegram.dmPolicy`; prefixed `<default>` when a default did. */
  readonly path: string;
  /** One fixed sentence per code for a person. No secrets, no message text. */
  readonly reason: string;
  /** Narrows an allow: `{ browser: 'readonly' }`. */
  readonly constraints?: Readonly<Record<string, string>>;
  /** What the caller must also do: `reply_pairing_code`, `store_context`, `set_owner:<channel>:<id>`. */
  readonly obligations?: readonly string[];
  /** Findings that do not change the effect, as stable codes. */
  readonly warnings?: readonly string[];
  /** The answer's datum where it has one: a session key, an agent id, a pairing code. */
  readonly value?: unknown;
}

/** True when `decision` lets the caller go on. */
export function isAllowed(decision: Decision): boolean {
  return decision.effect === 'allow';
}
