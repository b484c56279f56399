/**
 * Who stands behind an event, in the classes policy distinguishes.
 *
 * @module
 */

/**
 * Trust of whoever caused a turn, best first: operator config and the owner's own messages; listed
 * or paired senders; room members without a listing; everything else.
 */
export type TrustClass = 'owner' | 'trusted' | 'member' | 'external';

/** The identity a decision and an audit row speak about. */
export interface Principal {
  /** `<channel>:<canonical sender id>`, `operator:<connection>`, `hook:<id>`, `cron:<job>`. */
  readonly id: string;
  readonly trust: TrustClass;
  readonly channel: string;
  readonly accountId: string;
}
