/**
 * Requirements whose tests are being written.
 *
 * @module
 */

/** Their ids. An id leaves this list when a test names it. */
export const PENDING: readonly string[] = [];
