import { expect, test } from 'vitest';
import * as config from '@portcullis/gateway/config';

// Pins: a red test here means the public surface moved. Update it on purpose, in the same change
// as a changeset.
test('exports exactly these values', () => {
  expect(Object.keys(config).toSorted()).toEqual([
    'INERT_KEY',
    'LOG_FILE',
    'REDACTED',
    'SECRET_FILE',
    'accountOptions',
    'configJsonSchema',
    'createFirstConfig',
    'createSecrets',
    'describeConfig',
    'editConfig',
    'expandHome',
    'firstConfigText',
    'formatPath',
    'getPath',
    'hashConfig',
    'isConfigObject',
    'loadConfig',
    'logFile',
    'nearest',
    'ownValue',
    'parseConfig',
    'parseConfigValue',
    'parseDocument',
    'parsePath',
    'parseSecretRef',
    'redactConfig',
    'redactConfigText',
    'replaceFile',
    'replaceSecret',
    'resolvePaths',
    'restoreRedacted',
    'restoreRedactedText',
    'schemaRows',
    'secretPointer',
    'validateConfig',
    'writeConfig',
  ]);
});
