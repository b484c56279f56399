/**
 * Methods on models.
 *
 * @module
 */
import type { ModelRow } from '@portcullis/protocol';

import type { ModelReport } from '../../services.ts';
import type { Handlers } from '../plane.ts';

/** Models as clients list them; the one in use is tagged. */
export function modelRows({ models, active }: ModelReport): ModelRow[] {
  return models.map(({ id, name, provider, available, contextWindow }) => ({
    id,
    name,
    provider,
    available,
    ...(contextWindow !== undefined && { contextWindow }),
    ...(`${provider}/${id}` === active[0] && { tags: ['default'] }),
  }));
}

/** Methods on models. */
export const modelHandlers: Handlers<'models.list'> = {
  'models.list': (_params, { services }) => ({ models: modelRows(services.models()) }),
};
