/**
 * What a maker is told about a job that was switched off.
 *
 * @module
 */
import type { JobRow } from './job.ts';
import { MOST_FAILURES } from './ending.ts';

const REASONS: Readonly<Record<string, string>> = {
  'schedule.missed': 'Its time passed while I was not running.',
  'schedule.run_failed': 'Its run failed, and it had no other.',
  'schedule.too_many_failures': `It failed ${String(MOST_FAILURES)} times in a row.`,
  'capability.expired': 'Its rights are a year old and have to be renewed.',
};

/** One message about a job with a notice. Holds nothing that its maker did not write. */
export function noticeText({ id, name, notice = '' }: JobRow): string {
  const reason = Object.hasOwn(REASONS, notice) ? REASONS[notice] : `It could not run (${notice}).`;
  return `I switched the scheduled job "${name}" off. ${reason ?? ''} Its id is \`${id}\`.`;
}
