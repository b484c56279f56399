import type { JobSchedule } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import { LEAST_GAP_MS, firstTime, timeAfter, timesOf } from '../../src/schedule/when.ts';

const at = (iso: string): number => Date.parse(iso);

/** The first `count` times after `from`, as ISO text. */
async function timesFrom(schedule: JobSchedule, from: string, count: number): Promise<string[]> {
  const times = await timesOf(schedule, at(from));
  const found: string[] = [];
  let last = at(from);
  for (let index = 0; index < count; index += 1) {
    const next = times.next(last);
    if (next === undefined) break;
    found.push(new Date(next).toISOString());
    last = next;
  }
  return found;
}

describe('a time', () => {
  test('is read with its offset, and without one as UTC', async () => {
    const from = '2026-01-01T00:00:00Z';
    expect(await timesFrom({ kind: 'at', at: '2026-06-01T12:00:00+02:00' }, from, 2)).toEqual([
      '2026-06-01T10:00:00.000Z',
    ]);
    expect(await timesFrom({ kind: 'at', at: '2026-06-01T12:00' }, from, 2)).toEqual([
      '2026-06-01T12:00:00.000Z',
    ]);
  });

  test('that has passed is refused, but not one of a moment ago', async () => {
    const schedule: JobSchedule = { kind: 'at', at: '2026-06-01T12:00:00Z' };
    const times = await timesOf(schedule, 0);
    expect(firstTime(times, schedule, at('2026-06-01T12:00:30Z'))).toBe(at('2026-06-01T12:00:00Z'));
    expect(() => firstTime(times, schedule, at('2026-06-01T12:02:00Z'))).toThrow('has passed');
  });
});

describe('an interval', () => {
  test('keeps its anchor, however late it is asked', async () => {
    const every: JobSchedule = {
      kind: 'every',
      everyMs: 3_600_000,
      anchorMs: at('2026-01-01T00:10:00Z'),
    };
    expect(await timesFrom(every, '2025-12-31T00:00:00Z', 2)).toEqual([
      '2026-01-01T00:10:00.000Z',
      '2026-01-01T01:10:00.000Z',
    ]);
    expect(await timesFrom(every, '2026-03-01T09:30:00Z', 1)).toEqual(['2026-03-01T10:10:00.000Z']);
  });
});

describe('a cron expression in a zone with summer time', () => {
  const daily: JobSchedule = { kind: 'cron', expr: '30 2 * * *', tz: 'Europe/Berlin' };

  test('runs once on the day whose 02:30 does not exist', async () => {
    expect(await timesFrom(daily, '2026-03-28T00:00:00Z', 3)).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  test('runs once on the day that has 02:30 twice', async () => {
    expect(await timesFrom(daily, '2026-10-24T00:00:00Z', 3)).toEqual([
      '2026-10-24T00:30:00.000Z',
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  test('keeps the hour of the clock on the wall on both sides of a change', async () => {
    const nine: JobSchedule = { kind: 'cron', expr: '0 9 * * *', tz: 'America/New_York' };
    expect(await timesFrom(nine, '2026-03-07T00:00:00Z', 2)).toEqual([
      '2026-03-07T14:00:00.000Z',
      '2026-03-08T13:00:00.000Z',
    ]);
  });

  test('without a zone is UTC', async () => {
    expect(await timesFrom({ kind: 'cron', expr: '@daily' }, '2026-03-28T05:00:00Z', 1)).toEqual([
      '2026-03-29T00:00:00.000Z',
    ]);
  });
});

test('runs are a minute apart, whatever the expression says', async () => {
  const times = await timesOf({ kind: 'cron', expr: '* * * * * *' }, 0);
  const start = at('2026-01-01T00:00:00Z');
  expect(timeAfter(times, start, start)).toBe(start + LEAST_GAP_MS);
  // A gateway that was off does not make up for what it missed by running on end.
  expect(timeAfter(times, start, start + 500_000)).toBe(start + 501_000);
});

test.each<{ name: string; schedule: JobSchedule }>([
  { name: 'no time', schedule: { kind: 'at', at: 'tomorrow' } },
  { name: 'a date alone', schedule: { kind: 'at', at: '2026-01-01' } },
  { name: 'a day that is none', schedule: { kind: 'at', at: '2026-13-41T00:00:00Z' } },
  { name: 'an interval under a minute', schedule: { kind: 'every', everyMs: 59_999 } },
  { name: 'an interval over a year', schedule: { kind: 'every', everyMs: 400 * 86_400_000 } },
  { name: 'an interval of no number', schedule: { kind: 'every', everyMs: Number.NaN } },
  { name: 'four fields', schedule: { kind: 'cron', expr: '* * * *' } },
  { name: 'seven fields', schedule: { kind: 'cron', expr: '* * * * * * *' } },
  { name: 'a minute there is not', schedule: { kind: 'cron', expr: '61 * * * *' } },
  { name: 'a date as expression', schedule: { kind: 'cron', expr: '2026-01-01T00:00:00' } },
  {
    name: 'an endless expression',
    schedule: { kind: 'cron', expr: `${'1,'.repeat(300)}1 * * * *` },
  },
  {
    name: 'a zone there is not',
    schedule: { kind: 'cron', expr: '* * * * *', tz: 'Mars/Olympus' },
  },
  { name: 'an offset as zone', schedule: { kind: 'cron', expr: '* * * * *', tz: '+02:00' } },
  { name: 'an empty zone', schedule: { kind: 'cron', expr: '* * * * *', tz: '' } },
])('$name is refused', async ({ schedule }) => {
  await expect(timesOf(schedule, 0)).rejects.toMatchObject({ code: 'schedule.invalid' });
});

test('an expression that names no time ever is refused', async () => {
  const schedule: JobSchedule = { kind: 'cron', expr: '0 0 31 2 *' };
  const times = await timesOf(schedule, 0);
  expect(() => firstTime(times, schedule, Date.now())).toThrow('no time');
});
