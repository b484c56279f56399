/**
 * The one way to the machine.
 *
 * @module
 */
import { type Brokers, PortcullisError, type ProcBroker } from '@portcullis/core';

/** The `proc` broker. Throws `exec.unavailable` where the gateway offers none. */
export function procOf({ proc }: Brokers): ProcBroker {
  if (proc !== undefined) return proc;
  throw new PortcullisError('exec.unavailable', 'This gateway does not run commands.', {
    hint: 'Do without it.',
  });
}
