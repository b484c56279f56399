/**
 * Where a log file stands in the whole log.
 *
 * @module
 */

/** Message of the first line of a file that follows another. */
export const CONTINUES = 'log: continues';

/** Bytes of the log before a file that begins with `head`; 0 for the first file. */
export function offsetOf(head: string): number {
  const [first = ''] = head.split('\n', 1);
  if (!first.includes(CONTINUES)) return 0;
  try {
    const line: unknown = JSON.parse(first);
    if (typeof line !== 'object' || line === null || !('msg' in line) || !('offset' in line)) {
      return 0;
    }
    const { msg, offset } = line;
    const isOffset = msg === CONTINUES && Number.isSafeInteger(offset) && Number(offset) > 0;
    return isOffset ? Number(offset) : 0;
  } catch {
    return 0;
  }
}
