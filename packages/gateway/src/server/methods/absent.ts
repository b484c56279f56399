/**
 * Answers to what this gateway does not have: none.
 *
 * @module
 */
import type { Handlers } from '../plane.ts';

/** Methods whose true answer is "none". */
export const absentHandlers: Handlers<
  | 'plugin.approval.list'
  | 'openclaw.approval.list'
  | 'update.status'
  | 'models.authStatus'
  | 'users.prefs.get'
  | 'tasks.list'
  | 'sessions.groups.list'
  | 'sessions.branches.list'
  | 'sessions.companion.state'
  | 'sessions.observer.visibility'
  | 'progressCard.get'
  | 'taskSuggestions.list'
  | 'talk.catalog'
> = {
  'plugin.approval.list': () => [],
  'openclaw.approval.list': () => [],
  'update.status': () => ({ sentinel: null, updateAvailable: null }),
  'models.authStatus': () => ({ ts: Date.now(), providers: [] }),
  'users.prefs.get': () => ({}),
  'tasks.list': () => ({ tasks: [] }),
  'sessions.groups.list': () => ({ groups: [], sectionOrder: [] }),
  'sessions.branches.list': () => ({ branches: [] }),
  'sessions.companion.state': () => ({ exchanges: [] }),
  'sessions.observer.visibility': () => ({ ok: true }),
  'progressCard.get': () => ({ card: null }),
  'taskSuggestions.list': () => ({ suggestions: [] }),
  'talk.catalog': () => ({
    modes: [],
    transports: [],
    brains: [],
    speech: { providers: [] },
    transcription: { providers: [] },
    realtime: { providers: [] },
  }),
};
