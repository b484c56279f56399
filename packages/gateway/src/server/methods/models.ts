/**
 * Methods on models.
 *
 * @module
 */
import type { ModelRow } from '@portcullis/protocol';

import type { ModelReport } from '../../services.ts';
import type { Handlers } from '../plane.ts';

/** Models as clients list them, named within their provider; the one in use is tagged. */
export function modelRows({ models, active }: ModelReport): ModelRow[] {
  return models.map(({ id, name, provider, available, contextWindow }) => {
    const isActive = id === active[0];
    const own = id.startsWith(`${provider}/`) ? id.slice(provider.length + 1) : id;
    return {
      id: own,
      name,
      provider,
      available,
      ...(contextWindow !== undefined && { contextWindow }),
      ...(isActive && { tags: ['default'] }),
    };
  });
}

/** Methods on models. */
export const modelHandlers: Handlers<'models.list'> = {
  'models.list': ({ provider }, { services }) => ({
    models: modelRows(services.models()).filter(
      (model) => provider === undefined || model.provider === provider,
    ),
  }),
};
