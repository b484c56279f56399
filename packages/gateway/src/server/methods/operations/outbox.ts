/**
 * Methods on the outbox.
 *
 * @module
 */
import type { Handlers } from '../../plane.ts';

/** Methods on the outbox. */
export const outboxHandlers: Handlers<'outbox.list' | 'outbox.retry' | 'outbox.drop'> = {
  'outbox.list': async ({ state, limit }, { services }) => {
    const items = await services.outbox.list({
      ...(state !== undefined && { state }),
      ...(limit !== undefined && { limit }),
    });
    return { items: [...items] };
  },
  'outbox.retry': async ({ id }, { services, caller }) => ({
    item: await services.outbox.retry(caller, id),
  }),
  'outbox.drop': async ({ id }, { services, caller }) => ({
    item: await services.outbox.drop(caller, id),
  }),
};
