/**
 * Moments as parts of file names.
 *
 * @module
 */

/**
 * A moment in local time, as OpenClaw names its archives: `2026-03-09T08-00-00.000+08-00`.
 */
export function stamp(moment: Date): string {
  const minutes = -moment.getTimezoneOffset();
  const local = new Date(moment.getTime() + minutes * 60_000).toISOString().slice(0, -1);
  const zone = `${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}-${two(Math.abs(minutes) % 60)}`;
  return `${local.replaceAll(':', '-')}${zone}`;
}

function two(value: number): string {
  return String(Math.trunc(value)).padStart(2, '0');
}
