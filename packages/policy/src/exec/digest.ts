/**
 * The digest durable trust is bound to.
 *
 * @module
 */
import { digestOf } from '../digest.ts';

/** What durable trust is bound to: the exact words, wrappers included, and where they run. */
export function argvHash(argv: readonly string[], cwd: string): string {
  return digestOf({ v: 1, argv, cwd });
}
