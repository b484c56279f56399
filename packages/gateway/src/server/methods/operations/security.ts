/**
 * Methods on fixes of what an audit found.
 *
 * @module
 */
import type { MethodResult } from '@portcullis/protocol';

import type { FixEntry, FixOutcome, KeyChange, ModeChange } from '../../../services.ts';
import type { Handlers } from '../../plane.ts';

type Wire = MethodResult<'security.fixes'>['fixes'][number];

function viewKeys(keys: readonly KeyChange[]): Wire['keys'] {
  // Keys come out of the config, which is JSON.
  return keys.map((each) => ({ ...each })) as Wire['keys'];
}

function viewModes(modes: readonly ModeChange[]): Wire['modes'] {
  return modes.map(({ path, from, to }) => ({ path, from, to }));
}

function viewEntry({ keys, modes, errors, ...rest }: FixEntry): Wire {
  return { ...rest, keys: viewKeys(keys), modes: viewModes(modes), errors: [...errors] };
}

function viewOutcome({
  changes,
  actions,
  errors,
  ...rest
}: FixOutcome): MethodResult<'security.fix'> {
  return { ...rest, changes: [...changes], actions: [...actions], errors: [...errors] };
}

/** Methods on fixes. */
export const securityHandlers: Handlers<
  'security.fix' | 'security.fixes' | 'security.undo' | 'security.undo.preview'
> = {
  'security.fix': async (shown, { services, caller }) =>
    viewOutcome(await services.fixes.fix(caller, shown)),
  'security.fixes': async ({ limit }, { services }) => ({
    fixes: (await services.fixes.list(limit)).map(viewEntry),
  }),
  'security.undo.preview': async ({ id }, { services, caller }) => {
    const plan = await services.fixes.planUndo(caller, id);
    return {
      id: plan.id,
      keys: viewKeys(plan.keys),
      modes: viewModes(plan.modes),
      gone: [...plan.gone],
      opens: [...plan.opens],
      closes: [...plan.closes],
      confirm: plan.confirm,
    };
  },
  'security.undo': async ({ id, confirm }, { services, caller }) =>
    viewOutcome(await services.fixes.undo(caller, id, confirm)),
};
