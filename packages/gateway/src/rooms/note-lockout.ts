/**
 * Writes down that a client was locked out.
 *
 * @module
 */
import type { Kernel } from '../kernel.ts';
import { writeLine } from '../retention.ts';
import type { Lockout } from '../services/attempts.ts';

/** Logs a lockout, and writes one line a minute however many clients guess. Never throws. */
export function noteLockout(kernel: Kernel, { client, door, forMs }: Lockout): void {
  kernel.log.warn({ client, door, forMs }, 'too many wrong credentials: a client is locked out');
  writeLine(kernel, {
    kind: 'operator',
    at: kernel.now(),
    // One name for all of them, so that guessing from many places cannot flood the log.
    principal: 'strangers',
    effect: 'deny',
    code: 'gateway.auth.rate_limited',
    client,
    door,
    forMs,
  }).catch((cause: unknown) => {
    kernel.log.error({ err: cause }, 'audit log: a lockout could not be written');
  });
}
