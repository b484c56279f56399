/**
 * How long things may take, and how much is kept.
 *
 * @module
 */

/** How long things may take, milliseconds. Tests shorten them; nobody else needs to. */
export interface Timings {
  /** One call of the API, its answer read to the end. */
  readonly callMs: number;
  /** From opening a connection until it has a session. */
  readonly openMs: number;
  /** First pause after a fault; it doubles with every further one. */
  readonly backoffMinMs: number;
  /** Longest pause after a fault. */
  readonly backoffMaxMs: number;
  /** Discord lets a bot begin one session in this time. */
  readonly identifyEveryMs: number;
  /** How often the position is written while events come in. */
  readonly positionMs: number;
  /** How long the other side may take to close a connection. */
  readonly closeMs: number;
  /** After how long without any event the connection is tried. */
  readonly quietMs: number;
  /** How long the answer to that may take. */
  readonly probeMs: number;
  /** How old a missed message may be and still be fetched after a session was lost. */
  readonly catchUpMs: number;
  /** How long an event waits for what Discord does not answer before it is given up. */
  readonly lookupMs: number;
}

/** The timings of a real channel. */
export const DEFAULT_TIMINGS: Timings = {
  callMs: 15_000,
  openMs: 30_000,
  backoffMinMs: 500,
  backoffMaxMs: 30_000,
  identifyEveryMs: 5000,
  positionMs: 1000,
  closeMs: 250,
  quietMs: 60_000,
  probeMs: 10_000,
  catchUpMs: 60 * 60_000,
  lookupMs: 10 * 60_000,
};

/** How much is kept in memory, whatever happens on the network. */
export const LIMITS = {
  /** Events waiting for the inbox. With more, the connection is given up until they are stored. */
  queued: 1000,
  /** Channels whose last message is remembered. */
  watched: 200,
  /** Channels, threads and servers whose place is remembered. */
  places: 5000,
  /** Interactions that can still be answered. */
  interactions: 500,
  /** Messages fetched for one channel after a session was lost. */
  missedPerChannel: 100,
  /** Channels asked for missed messages after a session was lost. */
  missedChannels: 50,
  /** Calls Discord refused in ten minutes before we stop calling. It bans at 10,000. */
  refusals: 5000,
} as const;
