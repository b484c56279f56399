import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * A project whose tests run beside each other's processes and clocks: what fails once is tried once
 * more. What needed it is named above the closing line, and is a fault to mend.
 */
const project = (name: string, root: string, include = 'test/**/*.test.ts') => ({
  extends: true as const,
  root,
  test: { name, include: [include], retry: 1 },
});

/** A project that draws its cases: the same ones every time, other ones in the long run. */
const drawn = (name: string, root: string, include?: string) => {
  const { test, ...rest } = project(name, root, include);
  return {
    ...rest,
    test: { ...test, setupFiles: [join(import.meta.dirname, 'scripts/same-draws.mjs')] },
  };
};

/** A project of laws: what fails once has failed. */
const lawful = (name: string, root: string, include?: string) => {
  const { test, ...rest } = drawn(name, root, include);
  return { ...rest, test: { ...test, retry: 0 } };
};

export default defineConfig({
  resolve: { conditions: ['@portcullis/source'] },
  ssr: {
    resolve: {
      conditions: ['@portcullis/source', 'node', 'import', 'module', 'default'],
      externalConditions: ['@portcullis/source', 'node', 'import'],
    },
  },
  test: {
    reporters: ['default', './scripts/summary-reporter.mjs'],
    testTimeout: 20_000,
    // Half of the time of the suite is waiting for processes and clocks.
    maxWorkers: 2,
    projects: [
      project('core', './packages/core'),
      lawful('policy', './packages/policy'),
      project('protocol', './packages/protocol'),
      project('store-sqlite', './packages/store-sqlite'),
      project('models', './packages/models'),
      project('channel-kit', './packages/channel-kit'),
      project('channels-telegram', './packages/channels-telegram'),
      project('channels-discord', './packages/channels-discord'),
      project('channels-slack', './packages/channels-slack'),
      project('channels-whatsapp', './packages/channels-whatsapp'),
      project('tools-files', './packages/tools-files'),
      project('tools-web', './packages/tools-web'),
      project('tools-automation', './packages/tools-automation'),
      project('tools-exec', './packages/tools-exec'),
      project('tools-sessions', './packages/tools-sessions'),
      project('tools-mcp', './packages/tools-mcp'),
      project('telemetry-otel', './packages/telemetry-otel'),
      project('testkit', './packages/testkit'),
      drawn('gateway', './packages/gateway'),
      project('control-ui', './packages/control-ui'),
      project('cli', './packages/cli'),
      project('repo', './test/repo', '**/*.test.ts'),
      project('e2e', './test/e2e', '**/*.test.ts'),
      lawful('security', './test/security', '**/*.test.ts'),
      project('examples', './examples', '*/test/**/*.test.ts'),
    ],
  },
});
