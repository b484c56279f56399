/**
 * The one answer for a session that is hidden from a caller and one that does not exist.
 *
 * @module
 */
import { PortcullisError } from '@portcullis/core';

/** `session.not_found`, in the words of tools. */
export function noSession(): PortcullisError {
  return new PortcullisError('session.not_found', 'There is no such session.', {
    hint: 'sessions_list shows those there are.',
  });
}
