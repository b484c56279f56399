/**
 * What clients ask for and this gateway does not have. The true answer is "none", and giving it
 * keeps their pages quiet.
 *
 * @module
 */
import { z } from 'zod';

import { defineMethods } from './method.ts';
import { timestampSchema } from './scalars.ts';

/** Clients send filters of their own; there is nothing to filter. */
const anyParams = z.looseObject({});

const noProvidersSchema = z.strictObject({ providers: z.array(z.never()) });

/** Methods whose answer is always "none". */
export const absentMethods = defineMethods({
  'plugin.approval.list': {
    scope: 'operator.approvals',
    params: anyParams,
    result: z.array(z.never()),
    summary: 'Plugin actions that wait for approval: none.',
  },
  'openclaw.approval.list': {
    scope: 'operator.approvals',
    params: anyParams,
    result: z.array(z.never()),
    summary: 'System changes that wait for approval: none.',
  },
  'update.status': {
    scope: 'operator.admin',
    params: anyParams,
    result: z.strictObject({ sentinel: z.null(), updateAvailable: z.null() }),
    summary: 'Updates: this gateway does not update itself.',
  },
  'models.authStatus': {
    scope: 'operator.read',
    params: anyParams,
    result: z.strictObject({ ts: timestampSchema, providers: z.array(z.never()) }),
    summary: 'Interactive provider logins: none.',
  },
  'users.prefs.get': {
    scope: 'operator.read',
    params: anyParams,
    result: z.strictObject({}),
    summary: 'Stored preferences: none.',
  },
  'tasks.list': {
    scope: 'operator.read',
    params: anyParams,
    result: z.strictObject({ tasks: z.array(z.never()) }),
    summary: 'Background tasks: none.',
  },
  'sessions.groups.list': {
    scope: 'operator.read',
    params: anyParams,
    result: z.strictObject({ groups: z.array(z.never()), sectionOrder: z.array(z.never()) }),
    summary: 'Groups of sessions: none.',
  },
  'sessions.branches.list': {
    scope: 'operator.read',
    params: anyParams,
    result: z.strictObject({ branches: z.array(z.never()) }),
    summary: 'Branches of a transcript: none.',
  },
  'sessions.companion.state': {
    scope: 'operator.read',
    params: anyParams,
    result: z.strictObject({ exchanges: z.array(z.never()) }),
    summary: 'Side questions about a session: none.',
  },
  'sessions.observer.visibility': {
    scope: 'operator.read',
    params: anyParams,
    result: z.strictObject({ ok: z.literal(true) }),
    summary: 'Whether a page is in view: nothing depends on it.',
  },
  'progressCard.get': {
    scope: 'operator.read',
    params: anyParams,
    result: z.strictObject({ card: z.null() }),
    summary: 'The progress card of a session: none.',
  },
  'taskSuggestions.list': {
    scope: 'operator.read',
    params: anyParams,
    result: z.strictObject({ suggestions: z.array(z.never()) }),
    summary: 'Suggested tasks: none.',
  },
  'talk.catalog': {
    scope: 'operator.read',
    params: anyParams,
    result: z.strictObject({
      modes: z.array(z.never()),
      transports: z.array(z.never()),
      brains: z.array(z.never()),
      speech: noProvidersSchema,
      transcription: noProvidersSchema,
      realtime: noProvidersSchema,
    }),
    summary: 'Voices and speech: none.',
  },
});
