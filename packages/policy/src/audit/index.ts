/**
 * The audit: what a config and a machine mean for who can do what.
 *
 * @module
 */
export { type AuditReport, audit } from './audit.ts';
export {
  type AuditFacts,
  type FileFact,
  type FileRole,
  type PluginFact,
  type SecretFact,
  type SecretFacts,
  secretFact,
} from './facts.ts';
export type {
  BrowserFact,
  PluginCodeFact,
  PluginCodeHit,
  ProbeFact,
  Trial,
  TrialName,
} from './tried/facts.ts';
export { type CodeHit, type CodeRule, scanCode, scanScripts } from './tried/scan-code.ts';
export {
  type ChangedFinding,
  type Drift,
  driftOf,
  findingKey,
  worsened,
} from './follow-up/drift.ts';
export { type ConfigFix, configFixes } from './follow-up/fixes.ts';
export { type Finding, type Severity, type SuppressedFinding, SEVERITIES } from './finding.ts';
export { offeredFindings } from './offered/checks.ts';
export { type Wording, CHECK_IDS, wordingOf } from './wording.ts';
