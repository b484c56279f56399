/**
 * Methods on the audit log.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import type { Handlers } from '../../plane.ts';

/** Methods on the audit log. */
export const auditHandlers: Handlers<'audit.log' | 'audit.verify'> = {
  'audit.log': async ({ after, limit, last }, { services }) => {
    const lines = await services.audit.log({
      ...(after !== undefined && { after }),
      ...(limit !== undefined && { limit }),
      ...(last !== undefined && { last }),
    });
    return { lines: lines as MethodResult<'audit.log'>['lines'] };
  },
  'audit.verify': async ({ expectHead }, { services }) => {
    const verdict = await services.audit.verify({
      ...(expectHead !== undefined && { expectHead }),
    });
    return { ...verdict, ...(verdict.fault !== undefined && { fault: { ...verdict.fault } }) };
  },
};
