/**
 * Refusals of the operating system. They carry their own explanation, and the path.
 *
 * @module
 */

/** True for what a call to the operating system failed with. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
