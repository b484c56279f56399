/**
 * The few numbers a series of measurements comes down to.
 *
 * @module
 */

/**
 * The value that `part` (0 to 1) of `values` do not exceed; NaN for an empty series.
 *
 * @param {readonly number[]} values
 * @param {number} part
 */
export function percentile(values, part) {
  const sorted = values.toSorted((one, other) => one - other);
  const index = Math.min(sorted.length - 1, Math.floor(sorted.length * part));
  return sorted[index] ?? Number.NaN;
}

/** The middle value. @param {readonly number[]} values */
export function median(values) {
  return percentile(values, 0.5);
}

/**
 * Calls `measure` `times` times, one after the other.
 *
 * @template T
 * @param {number} times
 * @param {(run: number) => Promise<T>} measure
 * @returns {Promise<T[]>}
 */
export async function repeat(times, measure) {
  const results = [];
  for (let run = 0; run < times; run += 1) results.push(await measure(run));
  return results;
}
