// Pins: a red test here means the public surface moved. Update it on purpose, in the same change
// as a changeset.
import { expect, test } from 'vitest';
import * as audit from '../src/audit/index.ts';
import * as budget from '../src/budget/index.ts';
import * as capability from '../src/capability/index.ts';
import * as check from '../src/check/index.ts';
import * as exec from '../src/exec/index.ts';
import * as explain from '../src/explain/index.ts';
import * as exposure from '../src/exposure/index.ts';
import * as files from '../src/files/index.ts';
import * as flow from '../src/flow/index.ts';
import * as root from '../src/index.ts';
import * as network from '../src/network/index.ts';
import * as nodes from '../src/nodes/index.ts';
import * as ops from '../src/ops.ts';
import * as pairing from '../src/pairing/index.ts';
import * as tools from '../src/tools/index.ts';

const namesOf = (entry: object): readonly string[] => Object.keys(entry).toSorted();

test('the root', () => {
  expect(namesOf(root)).toEqual([
    'canonicalSender',
    'combine',
    'compilePattern',
    'compilePolicy',
    'dedupeKey',
    'opennessOf',
  ]);
});

test('a compiled policy', () => {
  expect(namesOf(root.compilePolicy({}))).toEqual([
    'admit',
    'botLoop',
    'context',
    'ingress',
    'isApprover',
    'isOwner',
    'mentionPatterns',
    'pairing',
    'route',
    'sessionKey',
    'sessionVisible',
  ]);
});

test('budgets', () => {
  expect(namesOf(budget)).toEqual(['BUDGET_SCOPES', 'budgetLimits', 'decideBudget', 'windowStart']);
});

test('invariants and vectors', () => {
  expect(namesOf(check)).toEqual([
    'checkInvariants',
    'grantsAtMost',
    'readInvariants',
    'readVectors',
    'runVector',
    'sameAs',
  ]);
});

test('the audit', () => {
  expect(namesOf(audit)).toEqual([
    'CHECK_IDS',
    'SEVERITIES',
    'audit',
    'configFixes',
    'driftOf',
    'findingKey',
    'offeredFindings',
    'scanCode',
    'scanScripts',
    'secretFact',
    'wordingOf',
    'worsened',
  ]);
});

test('capabilities', () => {
  expect(namesOf(capability)).toEqual([
    'attenuateCapability',
    'mintCapability',
    'verifyCapability',
  ]);
});

test('explanations', () => {
  expect(namesOf(explain)).toEqual([
    'WHO',
    'applyEdit',
    'byGroup',
    'capabilities',
    'csvCell',
    'diffMatrix',
    'explain',
    'exposureDiff',
    'exposureMatrix',
    'followPath',
    'isRanked',
    'matrixCsv',
    'replay',
  ]);
});

test('commands', () => {
  expect(namesOf(exec)).toEqual([
    'analyze',
    'approvalTransition',
    'argvHash',
    'canonicalJson',
    'decideExec',
    'digestOf',
    'execHost',
    'execPolicyOf',
    'forgetApprovals',
    'isBlockedVariable',
    'requestDigest',
    'tokenize',
  ]);
});

test('tools', () => {
  expect(namesOf(tools)).toEqual([
    'PROFILES',
    'compileToolPolicy',
    'groupOf',
    'matchesWildcard',
    'servedTool',
    'serverPrefix',
  ]);
  expect(namesOf(tools.compileToolPolicy({}))).toEqual(['overHttp', 'tool', 'tools']);
});

test('pairing', () => {
  expect(namesOf(pairing)).toEqual(['CODE_TTL_MS', 'emptyPairing', 'pairingTransition']);
});

test('exposure', () => {
  expect(namesOf(exposure)).toEqual([
    'authModeOf',
    'checkRateLimit',
    'decideAuth',
    'decideDevice',
    'decideHost',
    'decideOrigin',
    'decideProxy',
    'decideScope',
    'decideStart',
    'identityCeilingOf',
    'isPlaceholder',
    'isSpent',
    'isStored',
    'parseStored',
    'rateLimitKey',
    'rateLimitTransition',
    'sameSecret',
    'scopesWithin',
    'storedSecretOf',
  ]);
});

test('files and network', () => {
  expect(namesOf(files)).toEqual(['decideFile', 'decidePatch']);
  expect(namesOf(network)).toEqual(['classifyAddress', 'decideNet']);
});

test('nodes', () => {
  expect(namesOf(nodes)).toEqual(['approveScopes', 'commandScope', 'decideNodeCommand']);
});

test('flow', () => {
  expect(namesOf(flow)).toEqual([
    'actionDigest',
    'bottomLabel',
    'conversationClass',
    'decideApproved',
    'decideFlow',
    'declassify',
    'flowTransition',
    'isBelow',
    'isPersistentPath',
    'joinLabels',
    'mayStand',
    'readLabel',
    'release',
    'sessionLabel',
    'taintOf',
    'topLabel',
  ]);
});

test('operations', () => {
  expect(namesOf(ops)).toEqual(['decide', 'reasons']);
});

test('every code has one sentence', () => {
  for (const [code, sentence] of Object.entries(ops.reasons)) {
    expect(code).toMatch(/^[a-z]+(\.[a-z0-9_]+)+$/);
    expect(sentence).toMatch(/^[A-Z"].*\.$/);
  }
});
