// Pins: a red test here means the public surface moved. Update it on purpose, in the same change
// as a changeset.
import { expect, test } from 'vitest';
import * as entry from '../src/index.ts';

test('the entry point', () => {
  expect(Object.keys(entry).toSorted()).toEqual([
    'CODE_TTL_MS',
    'canonicalSender',
    'checkRateLimit',
    'compilePattern',
    'compilePolicy',
    'decide',
    'decideAuth',
    'decideDevice',
    'decideHost',
    'decideOrigin',
    'decideProxy',
    'decideScope',
    'decideStart',
    'dedupeKey',
    'emptyPairing',
    'isPlaceholder',
    'pairingTransition',
    'rateLimitTransition',
    'reasons',
  ]);
});

test('every code has one sentence', () => {
  for (const [code, sentence] of Object.entries(entry.reasons)) {
    expect(code).toMatch(/^[a-z]+(\.[a-z0-9_]+)+$/);
    expect(sentence).toMatch(/^[A-Z"].*\.$/);
  }
});
