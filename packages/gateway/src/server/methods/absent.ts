/**
 * Answers to what this gateway does not have: none.
 *
 * @module
 */
import type { Handlers } from '../plane.ts';

/** Methods whose true answer is "none". */
export const absentHandlers: Handlers<
  | 'commands.list'
  | 'question.list'
  | 'exec.approval.list'
  | 'plugin.approval.list'
  | 'openclaw.approval.list'
  | 'update.status'
  | 'models.authStatus'
  | 'users.prefs.get'
  | 'tasks.list'
  | 'sessions.groups.list'
> = {
  'commands.list': () => ({ commands: [] }),
  'question.list': () => ({ questions: [] }),
  'exec.approval.list': () => [],
  'plugin.approval.list': () => [],
  'openclaw.approval.list': () => [],
  'update.status': () => ({ sentinel: null, updateAvailable: null }),
  'models.authStatus': () => ({ ts: Date.now(), providers: [] }),
  'users.prefs.get': () => ({}),
  'tasks.list': () => ({ tasks: [] }),
  'sessions.groups.list': () => ({ groups: [], sectionOrder: [] }),
};
