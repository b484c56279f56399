/**
 * A clone installs behind any mirror and knows nothing of the machine it was written on.
 *
 * @module
 */
import { expect, test } from 'vitest';

import { type Excuse, checkMachinePaths, checkRegistryHosts } from './rules/hygiene.ts';
import { ROOT, readTree, treeOf } from './tree.ts';

const repository = readTree(ROOT);

const RULES: readonly Excuse[] = [
  { below: 'test/repo/', reason: 'the rule and its bad examples must name what they look for' },
];

/** Paths in these files are what an attacker asks for, not where something lives. */
const ATTACKS: readonly Excuse[] = [
  ...RULES,
  { below: 'packages/policy/test/', reason: 'decisions about paths are tested with such paths' },
];

test('no file names a registry host', () => {
  expect(checkRegistryHosts(repository, RULES)).toEqual([]);
});

test('the lockfile is there and in the form that names no host', () => {
  expect(repository.get('pnpm-lock.yaml')).toMatch(/^lockfileVersion: '9\.0'/);
});

test('no file names a path of one machine', () => {
  expect(checkMachinePaths(repository, ATTACKS)).toEqual([]);
});

test('hosts are found wherever they hide', () => {
  const tree = treeOf({
    'pnpm-lock.yaml': 'a:\n  resolution: {tarball: https://registry.npmjs.org/a.tgz}',
    '.npmrc': 'registry=https://registry.example.test/',
    'README.md': 'See https://www.npmjs.com/package/x and the word registry.',
  });
  expect(checkRegistryHosts(tree).map((line) => line.split(': ')[0])).toEqual([
    'pnpm-lock.yaml:2',
    '.npmrc:1',
    'README.md:1',
  ]);
});

test('paths are found, and words that only look like one are not', () => {
  const tree = treeOf({
    'a.md': 'see /work/main/x\nand\n"/root/.config"',
    'b.md': 'https://example.test/work/now, framework/root/x, ~/root/x, /work and /rooted/x',
  });
  expect(checkMachinePaths(tree)).toEqual([
    'a.md:1: names a path of one machine (/work/main)',
    'a.md:3: names a path of one machine (/root/.config)',
  ]);
});

test('an excuse covers its own folder only', () => {
  const tree = treeOf({ 'a/x.md': '/root/x', 'b/x.md': '/root/x' });
  expect(checkMachinePaths(tree, [{ below: 'a/', reason: 'attack' }])).toEqual([
    'b/x.md:1: names a path of one machine (/root/x)',
  ]);
});
