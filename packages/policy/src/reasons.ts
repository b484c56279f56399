/**
 * Every decision code with its one sentence, for `openclaw policy explain`, for the reference and
 * for the audit log. A code is never used with two meanings, so the tables never contradict.
 *
 * @module
 */
import { budgetReasons } from './budget/reasons.ts';
import { capabilityReasons } from './capability/reasons.ts';
import { execReasons } from './exec/reasons.ts';
import { exposureReasons } from './exposure/reasons.ts';
import { fileReasons } from './files/reasons.ts';
import { flowReasons } from './flow/reasons.ts';
import { ingressReasons } from './ingress/reasons.ts';
import { networkReasons } from './network/reasons.ts';
import { nodeReasons } from './nodes/reasons.ts';
import { pairingReasons } from './pairing/reasons.ts';
import { sessionReasons } from './session/reasons.ts';
import { toolReasons } from './tools/reasons.ts';
import { engineReasons } from './verdict.ts';

/** Code to sentence. */
export const reasons: Readonly<Record<string, string>> = {
  ...engineReasons,
  ...ingressReasons,
  ...pairingReasons,
  ...sessionReasons,
  ...toolReasons,
  ...execReasons,
  ...fileReasons,
  ...networkReasons,
  ...nodeReasons,
  ...exposureReasons,
  ...flowReasons,
  ...budgetReasons,
  ...capabilityReasons,
};
