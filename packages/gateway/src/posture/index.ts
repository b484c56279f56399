/**
 * How a gateway stands to the machine it is on: what an audit is told of the config, the secrets and
 * the files. Looks, and changes nothing. Light to load.
 *
 * @module
 */
export { type ChannelNeed, CHANNEL_NEEDS } from './channel-needs.ts';
export { type GatheredFacts, gatherFacts } from './facts.ts';
export { type Baseline, baselinePath, loadBaseline, saveBaseline } from './baseline.ts';
export { faultsOf } from './fixes/describe.ts';
export type { Skipped } from '../services/posture.ts';
export { type FixPlan, type ModeFix, planFix } from './fixes/plan.ts';
export { logFile } from '../config/log-file.ts';
export { secretHider } from '../log/hide-secrets.ts';
export { tailLog } from '../log/tail.ts';
