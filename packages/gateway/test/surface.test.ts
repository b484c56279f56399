import { expect, test } from 'vitest';

import * as surface from '../src/index.ts';
import * as nodeHost from '../src/node-host/index.ts';
import * as posture from '../src/posture/index.ts';
import * as sandbox from '../src/sandbox/index.ts';

// Pins: a red test here means the public surface moved. Update it on purpose,
// in the same change as a changeset.
test('exports exactly these values', () => {
  expect(Object.keys(surface).toSorted()).toEqual([
    'AuditLog',
    'STEPS',
    'callMethod',
    'createGateway',
    'createServer',
    'gatewayTables',
    'openGateway',
    'openState',
    'storeSecret',
  ]);
});

test('a node host exports exactly this', () => {
  expect(Object.keys(nodeHost)).toEqual(['startNodeHost']);
});

test('what an audit is told of is gathered by exactly this', () => {
  expect(Object.keys(posture).toSorted()).toEqual([
    'CHANNEL_NEEDS',
    'baselinePath',
    'faultsOf',
    'gatherFacts',
    'loadBaseline',
    'logFile',
    'planFix',
    'saveBaseline',
    'secretHider',
    'tailLog',
  ]);
});

test('the sandbox exports exactly this', () => {
  expect(Object.keys(sandbox)).toEqual(['trySandbox']);
});

test('a message, and a change of the config, pass these points', () => {
  expect(surface.STEPS).toEqual([
    'inbox.before-commit',
    'inbox.after-commit',
    'gate.before-decision',
    'gate.before-commit',
    'gate.after-commit',
    'pairing.before-mirror',
    'pairing.after-mirror',
    'lane.entered',
    'turn.before-begin',
    'turn.after-begin',
    'model.before-request',
    'model.first-delta',
    'model.after-response',
    'tool.before-decision',
    'tool.before-commit',
    'tool.after-commit',
    'turn.before-commit',
    'turn.after-commit',
    'outbox.before-claim',
    'outbox.after-claim',
    'outbox.before-send',
    'outbox.after-send',
    'outbox.before-settle',
    'outbox.after-settle',
    'config.before-write',
    'config.after-write',
  ]);
});
