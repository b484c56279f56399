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

/** Methods whose answer is always "none". */
export const absentMethods = defineMethods({
  'commands.list': {
    scope: 'operator.read',
    params: anyParams,
    result: z.strictObject({ commands: z.array(z.never()) }),
    summary: 'Slash commands for completion: none.',
  },
  'question.list': {
    scope: 'operator.questions',
    params: anyParams,
    result: z.strictObject({ questions: z.array(z.never()) }),
    summary: 'Questions that wait for a person: none.',
  },
  'exec.approval.list': {
    scope: 'operator.approvals',
    params: anyParams,
    result: z.array(z.never()),
    summary: 'Commands that wait for approval: none.',
  },
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
});
