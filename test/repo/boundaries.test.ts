/**
 * Dependencies point one way: a channel cannot decide, a tool cannot open anything by itself.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import {
  checkCycles,
  checkImports,
  checkManifestDependencies,
  checkToolGlobals,
} from './rules/boundaries.ts';
import { ROOT, readTree, treeOf } from './tree.ts';

const repository = readTree(ROOT);
const pkg = (name: string, more: object = {}): object => ({ name: `@portcullis/${name}`, ...more });

describe('this repository', () => {
  test('declares dependencies in the direction of the architecture', () => {
    expect(checkManifestDependencies(repository)).toEqual([]);
  });

  test('imports in the direction of the architecture', () => {
    expect(checkImports(repository)).toEqual([]);
  });

  test('has no circle between the folders of a package', () => {
    expect(checkCycles(repository)).toEqual([]);
  });

  test('has no tool that goes around its brokers', () => {
    expect(checkToolGlobals(repository)).toEqual([]);
  });
});

describe('the rules catch', () => {
  test('a channel that depends on policy', () => {
    const tree = treeOf({
      'packages/channels-x/package.json': pkg('channels-x', {
        dependencies: { '@portcullis/policy': 'workspace:^' },
        devDependencies: { '@portcullis/gateway': 'workspace:^' },
      }),
    });
    expect(checkManifestDependencies(tree)).toEqual([
      'packages/channels-x: channels may not depend on policy; see MAY_DEPEND_ON in test/repo/rules/boundaries.ts',
      'packages/channels-x: channels may not test with gateway; see MAY_TEST_WITH in test/repo/rules/boundaries.ts',
    ]);
  });

  test('a package of a kind the architecture does not know', () => {
    const tree = treeOf({
      'packages/extras/package.json': pkg('extras', {
        dependencies: { '@portcullis/core': 'workspace:^' },
      }),
    });
    expect(checkManifestDependencies(tree)).toHaveLength(1);
  });

  test.each([
    { name: 'core', code: "import { z } from 'zod';", says: 'core imports nothing' },
    {
      name: 'core',
      code: "import 'node:fs';",
      says: 'core runs anywhere and may not import node:fs',
    },
    {
      name: 'policy',
      code: "export const x = import('node:fs');",
      says: 'policy runs anywhere and may not import node:fs',
    },
    {
      name: 'policy',
      code: "import { Secret } from '@portcullis/core';",
      says: 'policy may import only types of core: write "import type"',
    },
    {
      name: 'channels-x',
      code: "export * from '@portcullis/policy';",
      says: 'channels may not import policy',
    },
    {
      name: 'control-ui',
      code: "import { frame } from '@portcullis/protocol';",
      says: 'control-ui may import only types of protocol: write "import type"',
    },
    {
      name: 'tools-x',
      code: "import { request } from 'node:http';",
      says: 'a tool reaches the world through its brokers, not through node:http',
    },
    {
      name: 'tools-x',
      code: "const name = 'node:' + 'fs'; await import(name);",
      says: 'a tool reaches the world through its brokers, not through *',
    },
    {
      name: 'tools-x',
      code: "process.getBuiltinModule('node:net').connect(80);",
      says: 'a tool reaches the world through its brokers, not through node:net',
    },
    {
      name: 'gateway',
      code: "import pino from 'pino';",
      says: 'imports pino, which its package.json does not list',
    },
    { name: 'gateway', code: "import 'fs';", says: 'write "node:fs", not "fs"' },
    {
      name: 'gateway',
      code: "import '../../core/src/index.ts';",
      says: '"../../core/src/index.ts" leaves the sources of its package',
    },
  ])('$name: $code', ({ name, code, says }) => {
    const tree = treeOf({
      [`packages/${name}/package.json`]: pkg(name),
      [`packages/${name}/src/index.ts`]: code,
    });
    expect(checkImports(tree)).toEqual([`packages/${name}/src/index.ts: ${says}`]);
  });

  test('types of core pass in policy', () => {
    const tree = treeOf({
      'packages/policy/package.json': pkg('policy'),
      'packages/policy/src/index.ts':
        "import type { Event } from '@portcullis/core'; export type { Decision } from '@portcullis/core';",
    });
    expect(checkImports(tree)).toEqual([]);
  });

  test('a circle through a folder, but not a folder that uses a file beside it', () => {
    const gateway = pkg('gateway');
    const circle = treeOf({
      'packages/gateway/package.json': gateway,
      'packages/gateway/src/a/one.ts': "import '../b/two.ts';",
      'packages/gateway/src/b/two.ts': "import type { T } from '../a/one.ts';",
    });
    expect(checkCycles(circle)).toEqual([
      'packages/gateway/src: a -> b -> a: give these rooms an order',
      'packages/gateway/src: b -> a -> b: give these rooms an order',
    ]);
    const order = treeOf({
      'packages/gateway/package.json': gateway,
      'packages/gateway/src/index.ts': "import './a/one.ts';",
      'packages/gateway/src/errors.ts': '',
      'packages/gateway/src/a/one.ts': "import '../errors.ts';",
    });
    expect(checkCycles(order)).toEqual([]);
  });

  test('a tool that fetches by itself', () => {
    const tree = treeOf({
      'packages/tools-x/package.json': pkg('tools-x'),
      'packages/tools-x/src/index.ts':
        "const a = fetch('x'); const b = globalThis.fetch; use({ fetch }); process.getBuiltinModule('fs');",
      'packages/tools-x/src/fine.ts': 'context.net.fetch(url); const x = { fetch: 1 };',
    });
    expect(checkToolGlobals(tree)).toHaveLength(4);
  });
});
