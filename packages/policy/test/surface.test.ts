// Pins: a red test here means the public surface moved. Update it on purpose, in the same change
// as a changeset.
import { expect, test } from 'vitest';
import * as entry from '../src/index.ts';

test('the entry point', () => {
  expect(Object.keys(entry).toSorted()).toEqual([
    'CODE_TTL_MS',
    'actionDigest',
    'analyze',
    'approvalTransition',
    'argvHash',
    'bottomLabel',
    'canonicalJson',
    'canonicalSender',
    'checkRateLimit',
    'classifyAddress',
    'combine',
    'compilePattern',
    'compilePolicy',
    'conversationClass',
    'decide',
    'decideApproved',
    'decideAuth',
    'decideDevice',
    'decideExec',
    'decideFile',
    'decideFlow',
    'decideHost',
    'decideNet',
    'decideOrigin',
    'decidePatch',
    'decideProxy',
    'decideScope',
    'decideStart',
    'declassify',
    'dedupeKey',
    'digestOf',
    'emptyPairing',
    'flowTransition',
    'forgetApprovals',
    'isBelow',
    'isPersistentPath',
    'isPlaceholder',
    'joinLabels',
    'mayStand',
    'opennessOf',
    'pairingTransition',
    'rateLimitTransition',
    'readLabel',
    'reasons',
    'release',
    'requestDigest',
    'sessionLabel',
    'tokenize',
    'topLabel',
  ]);
});

test('every code has one sentence', () => {
  for (const [code, sentence] of Object.entries(entry.reasons)) {
    expect(code).toMatch(/^[a-z]+(\.[a-z0-9_]+)+$/);
    expect(sentence).toMatch(/^[A-Z"].*\.$/);
  }
});
