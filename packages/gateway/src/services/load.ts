/**
 * How much the gateway has to do right now.
 *
 * @module
 */

/** What waits and what is at work. Counts only. */
export interface LoadReport {
  /** Events that were accepted and are not done. */
  readonly inbox: { readonly pending: number; readonly admitted: number };
  /** Messages that are not sent for sure. */
  readonly outbox: {
    readonly pending: number;
    readonly sending: number;
    readonly unknown: number;
    readonly failed: number;
  };
  /** Turns: at work, waiting in their lanes, and waiting for somebody's answer. */
  readonly turns: { readonly working: number; readonly waiting: number; readonly parked: number };
}

/** How much there is to do. */
export interface LoadService {
  /** Looks now. Reads a handful of counts from the store. */
  report(): Promise<LoadReport>;
}
