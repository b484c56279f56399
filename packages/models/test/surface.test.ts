import { execFileSync } from 'node:child_process';

import { createRegistry } from '@portcullis/core';
import { describe, expect, test } from 'vitest';

import * as config from '../src/config.ts';
import * as models from '../src/index.ts';

// Pins: a red test here means the public surface moved. Update it on purpose, in the same change
// as a changeset.
test('the main entry exports exactly these values', () => {
  expect(Object.keys(models).toSorted()).toEqual([
    'ConfiguredModels',
    'anthropicMessages',
    'createModelsPlugin',
    'default',
    'defaultTimeouts',
    'discoverLocalServers',
    'offline',
    'offlineModel',
    'openaiCompletions',
    'openaiResponses',
    'phrases',
    'withFailover',
  ]);
});

test('the config entry exports exactly these values', () => {
  expect(Object.keys(config).toSorted()).toEqual([
    'builtInProviders',
    'createModels',
    'environmentSecrets',
    'modelsConfigSchema',
    'resolveModels',
  ]);
});

test('the plugin offers four wire formats and the models section', () => {
  const registry = createRegistry();
  models.default.register(registry);
  expect([...registry.models.keys()]).toEqual([
    'openai-completions',
    'openai-responses',
    'anthropic-messages',
    'offline',
  ]);
  expect([...registry.configSections.keys()]).toEqual(['models']);
});

test('the limits are these', () => {
  expect(models.defaultTimeouts).toEqual({
    firstByteMs: 60_000,
    idleMs: 60_000,
    totalMs: 600_000,
  });
});

/** The packages of node_modules that importing an entry loads, as a fresh process sees them. */
function loadedBy(entry: string): string[] {
  const script = `
    import { registerHooks } from 'node:module';
    const seen = new Set();
    registerHooks({
      resolve(specifier, context, next) {
        const result = next(specifier, context);
        const at = result.url.lastIndexOf('/node_modules/');
        if (at !== -1) {
          const parts = result.url.slice(at + '/node_modules/'.length).split('/');
          seen.add(parts[0].startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]);
        }
        return result;
      },
    });
    await import(${JSON.stringify(new URL(entry, import.meta.url).href)});
    console.log(JSON.stringify([...seen].toSorted()));
  `;
  const flags = ['--conditions=@portcullis/source', '--input-type=module', '--eval', script];
  return JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8' })) as string[];
}

describe('importing', () => {
  test('the main entry loads no client library', () => {
    expect(loadedBy('../src/index.ts')).toEqual(['zod']);
  });

  test('the config entry loads no client library', () => {
    expect(loadedBy('../src/config.ts')).toEqual(['zod']);
  });
});
