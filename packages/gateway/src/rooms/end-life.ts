/**
 * What goes with a session.
 *
 * @module
 */
import type { Ground } from './ground.ts';

/** Commands, pages and what was allowed for good go with a session; a new one could not use them. */
export function endLife(
  { kernel, processes, approvals }: Pick<Ground, 'kernel' | 'processes' | 'approvals'>,
  sessionKey: string,
): void {
  processes.endSession(sessionKey);
  const browser = kernel.registry.browsers.get('browser');
  browser?.endSession(sessionKey).catch((cause: unknown) => {
    kernel.log.warn({ err: cause }, 'browser: the pages of an ended session could not be closed');
  });
  approvals.grants.endSession(sessionKey).catch((cause: unknown) => {
    kernel.log.warn(
      { err: cause },
      'approvals: the grants of an ended session could not be deleted',
    );
  });
}
