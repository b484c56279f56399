/**
 * The times of a schedule. Pure over the time it is asked about; what reads cron expressions is
 * loaded with the first of them.
 *
 * @module
 */
import { type JobSchedule, PortcullisError } from '@portcullis/core';

/** Runs of one job are at least this far apart, whatever its expression says. */
export const LEAST_GAP_MS = 60_000;
/** Longest interval: a year. */
const LONGEST_MS = 366 * 24 * 3_600_000;
/** A time that passed this short a while ago is still meant. */
const JUST_PASSED_MS = 60_000;

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?$/u;
const EXPRESSION = /^(?:@(?:yearly|annually|monthly|weekly|daily|hourly)|\S+(?: +\S+){4,5})$/u;
const LONGEST_EXPRESSION = 200;

/** The times of one schedule. */
export interface Times {
  /** The first time after `after`, milliseconds since 1970; undefined when there is none. */
  next(after: number): number | undefined;
}

/**
 * Reads a schedule. `madeAt` anchors an interval that names no anchor.
 *
 * Throws `schedule.invalid`.
 */
export async function timesOf(schedule: JobSchedule, madeAt: number): Promise<Times> {
  switch (schedule.kind) {
    case 'at': {
      const at = instantOf(schedule.at);
      return { next: (after) => (at > after ? at : undefined) };
    }
    case 'every':
      return interval(schedule.everyMs, schedule.anchorMs ?? madeAt);
    case 'cron':
      return await expression(schedule.expr, schedule.tz ?? 'UTC');
    default:
      schedule satisfies never;
      throw invalid('The schedule is of no kind there is.');
  }
}

/** The first time of a schedule that is made now. Throws `schedule.invalid` when there is none. */
export function firstTime(times: Times, schedule: JobSchedule, now: number): number {
  const first = times.next(schedule.kind === 'at' ? now - JUST_PASSED_MS : now);
  if (first !== undefined) return first;
  throw schedule.kind === 'at'
    ? invalid('The time has passed.')
    : invalid('The expression names no time there will ever be.');
}

/** The time after `last` and `now`, at least {@link LEAST_GAP_MS} after the last one. */
export function timeAfter(times: Times, last: number, now: number): number | undefined {
  return times.next(Math.max(now, last + LEAST_GAP_MS - 1));
}

function instantOf(text: string): number {
  const match = INSTANT.exec(text);
  const at = match === null ? Number.NaN : Date.parse(match[1] === undefined ? `${text}Z` : text);
  if (!Number.isSafeInteger(at) || at < 0) {
    throw invalid('The time is not in ISO 8601, as in 2026-12-24T18:00:00+01:00.');
  }
  return at;
}

function interval(everyMs: number, anchorMs: number): Times {
  const isSound = Number.isSafeInteger(everyMs) && Number.isSafeInteger(anchorMs) && anchorMs >= 0;
  if (!isSound || everyMs < LEAST_GAP_MS || everyMs > LONGEST_MS) {
    throw invalid('The interval must be between a minute and a year.');
  }
  return {
    next: (after) =>
      after < anchorMs
        ? anchorMs
        : anchorMs + (Math.floor((after - anchorMs) / everyMs) + 1) * everyMs,
  };
}

async function expression(expr: string, timezone: string): Promise<Times> {
  if (expr.length > LONGEST_EXPRESSION || !EXPRESSION.test(expr)) {
    throw invalid('The expression needs five fields, or six with seconds first.');
  }
  if (!isZone(timezone)) throw invalid('The zone is not an IANA name such as Europe/Berlin.');
  const { Cron } = await import('croner');
  try {
    const cron = new Cron(expr, { timezone, paused: true });
    return { next: (after) => cron.nextRun(new Date(after))?.getTime() };
  } catch (cause) {
    throw invalid('The cron expression cannot be read.', cause);
  }
}

function isZone(name: string): boolean {
  try {
    // Offsets are no zones: they know nothing of summer time.
    return /^[A-Za-z]/u.test(name) && Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

function invalid(message: string, cause?: unknown): PortcullisError {
  return new PortcullisError('schedule.invalid', message, {
    hint: 'Say { kind: "at", at }, { kind: "every", everyMs } or { kind: "cron", expr, tz }.',
    cause,
  });
}
