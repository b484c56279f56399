/**
 * Information flow under its operation names: `(config, input) => Decision`.
 *
 * @module
 */
import type { Decision } from '@portcullis/core';
import { asList, InvalidSetting, isObject, own, setting } from '../setting.ts';
import { total } from '../verdict.ts';
import {
  declassify,
  type FlowAction,
  type FlowAnswer,
  type FlowGrants,
  release,
} from './declassify.ts';
import { type FlowState, type FlowStep, flowTransition, sessionLabel } from './propagation.ts';
import { decideFlow, type FlowInput } from './sink.ts';

/** The session whose final label a run reports. */
const REPORTED = 's1';

/** The action of a `sink` or `declassify` step, in the state the run has reached. */
function actionOf(input: unknown, step: unknown, state: FlowState): FlowAction {
  const session = setting(step, 'session').value;
  if (typeof session !== 'string' || !isObject(step)) throw new InvalidSetting('session');
  return {
    ...step,
    session,
    label: sessionLabel(state, session),
    owners: own(input, 'owners'),
    conversations: own(input, 'conversations'),
  } as unknown as FlowAction;
}

/** The answer to the last step that asks something, with the final label of `s1`. */
function runFlow(config: unknown, input: unknown): Decision {
  return total(() => {
    let state: FlowState = { sessions: {}, artefacts: {} };
    let grants: FlowGrants = { once: [], always: [] };
    let last: Decision | undefined;
    for (const step of asList(setting(input, 'steps')) ?? []) {
      const kind = setting(step, 'do').value;
      if (kind === 'sink' || kind === 'declassify') {
        const action = actionOf(input, step, state);
        const result =
          kind === 'sink'
            ? release(grants, action, config)
            : declassify(grants, action, step as FlowAnswer, config);
        grants = result.grants;
        last = result.decision;
      } else {
        state = flowTransition(state, step as FlowStep);
      }
    }
    if (last === undefined) throw new InvalidSetting('steps');
    return { ...last, value: { label: sessionLabel(state, REPORTED) } };
  });
}

/** Operation names to decisions. Inputs are checked by the decisions themselves. */
export const flowOps: Readonly<Record<string, (config: unknown, input: unknown) => Decision>> = {
  'flow.decide': (config, input) => decideFlow(config, input as FlowInput),
  'flow.run': runFlow,
};
