/**
 * Who may depend on whom. The architecture, as data.
 *
 * @module
 */
import { dirname, posix } from 'node:path';

import { importsOf, nameOf, resolveRelative, walkFile } from '../source.ts';
import { type Package, type Tree, packagesOf, sourcesOf, textOf } from '../tree.ts';

const SCOPE = '@portcullis/';

/** Which of our packages each kind of package may depend on at run time. `*` means all. */
const MAY_DEPEND_ON: Readonly<Record<string, readonly string[]>> = {
  core: [],
  protocol: [],
  policy: ['core'],
  models: ['core'],
  store: ['core'],
  'channel-kit': ['core'],
  channels: ['core', 'channel-kit'],
  tools: ['core'],
  testkit: ['core'],
  'telemetry-otel': ['core'],
  gateway: ['core', 'policy', 'protocol'],
  'control-ui': ['protocol'],
  cli: ['*'],
};

/** What a kind may use in its own tests beside that. */
const MAY_TEST_WITH: Readonly<Record<string, readonly string[]>> = {
  policy: ['testkit'],
  models: ['testkit'],
  store: ['testkit'],
  channels: ['testkit'],
  tools: ['testkit'],
  gateway: ['testkit', 'store-sqlite'],
};

/** Kinds of which only types may be imported, and from where: nothing is left at run time. */
const TYPES_ONLY: Readonly<Record<string, readonly string[]>> = {
  policy: ['core'],
  'control-ui': ['protocol'],
};

/** Kinds that must run anywhere: no module of Node at all. */
const NO_NODE = new Set(['core', 'policy', 'protocol', 'control-ui']);

/** The modules of Node a tool may load: those that cannot reach files, the net or processes. */
const TOOLS_MAY_LOAD = new Set([
  'node:buffer',
  'node:crypto',
  'node:events',
  'node:path',
  'node:path/posix',
  'node:stream',
  'node:string_decoder',
  'node:timers/promises',
  'node:url',
  'node:util',
]);

const BUILTIN =
  /^(?:assert|buffer|child_process|cluster|crypto|dgram|dns|events|fs|http|http2|https|module|net|os|path|process|stream|tls|url|util|vm|worker_threads|zlib)(?:\/|$)/;
const OWN_NET_CLIENTS = /^(?:undici|axios|got|ws|node-fetch|playwright-core|execa)(?:\/|$)/;

function ours(specifier: string): string | undefined {
  return specifier.startsWith(SCOPE) ? specifier.slice(SCOPE.length).split('/')[0] : undefined;
}

function allows(list: readonly string[] | undefined, target: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(target));
}

/** Run-time and test dependencies named in each `package.json` against the architecture. */
export function checkManifestDependencies(tree: Tree): readonly string[] {
  return packagesOf(tree).flatMap(({ path, kind, manifest }) => {
    const problems: string[] = [];
    const { dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest;
    const runtime = { ...dependencies, ...peerDependencies, ...optionalDependencies };
    for (const name of Object.keys(runtime)) {
      const target = ours(name);
      if (target === undefined || allows(MAY_DEPEND_ON[kind], target)) continue;
      problems.push(
        `${path}: ${kind} may not depend on ${target}; see MAY_DEPEND_ON in test/repo/rules/boundaries.ts`,
      );
    }
    for (const name of Object.keys(devDependencies ?? {})) {
      const target = ours(name);
      if (target === undefined) continue;
      if (allows(MAY_DEPEND_ON[kind], target) || allows(MAY_TEST_WITH[kind], target)) continue;
      problems.push(
        `${path}: ${kind} may not test with ${target}; see MAY_TEST_WITH in test/repo/rules/boundaries.ts`,
      );
    }
    return problems;
  });
}

function checkSpecifier(
  { kind, folder, manifest }: Package,
  specifier: string,
  typeOnly: boolean,
): string | undefined {
  const target = ours(specifier);
  if (target === folder) return undefined;
  if (target !== undefined) {
    if (!allows(MAY_DEPEND_ON[kind], target)) return `${kind} may not import ${target}`;
    if (!typeOnly && allows(TYPES_ONLY[kind], target)) {
      return `${kind} may import only types of ${target}: write "import type"`;
    }
    return undefined;
  }
  if (BUILTIN.test(specifier)) return `write "node:${specifier}", not "${specifier}"`;
  if (specifier.startsWith('node:')) {
    if (NO_NODE.has(kind)) return `${kind} runs anywhere and may not import ${specifier}`;
    if (kind === 'tools' && !TOOLS_MAY_LOAD.has(specifier)) {
      return `a tool reaches the world through its brokers, not through ${specifier}`;
    }
    return undefined;
  }
  if (kind === 'core') return 'core imports nothing';
  if (kind === 'tools' && (specifier === '*' || OWN_NET_CLIENTS.test(specifier))) {
    return `a tool reaches the world through its brokers, not through ${specifier}`;
  }
  return checkDeclared(kind, manifest, specifier, typeOnly);
}

function checkDeclared(
  kind: string,
  { dependencies, peerDependencies, devDependencies }: Package['manifest'],
  specifier: string,
  typeOnly: boolean,
): string | undefined {
  if (specifier === '*') return undefined;
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  // The page is bundled: whatever it uses is in dist, so nothing of it is installed beside it.
  const bundled = kind === 'control-ui';
  const declared = {
    ...dependencies,
    ...peerDependencies,
    ...(typeOnly || bundled ? devDependencies : {}),
  };
  return Object.hasOwn(declared, name)
    ? undefined
    : `imports ${name}, which its package.json does not list`;
}

/** Every real import in `src` against the architecture. */
export function checkImports(tree: Tree): readonly string[] {
  return packagesOf(tree).flatMap((each) =>
    sourcesOf(tree, each.path).flatMap((file) =>
      importsOf(file, textOf(tree, file)).flatMap(({ specifier, typeOnly }) => {
        if (specifier.startsWith('.')) {
          const target = posix.join(dirname(file), specifier);
          return target.startsWith(`${each.path}/src/`)
            ? []
            : [`${file}: "${specifier}" leaves the sources of its package`];
        }
        const problem = checkSpecifier(each, specifier, typeOnly);
        return problem === undefined ? [] : [`${file}: ${problem}`];
      }),
    ),
  );
}

/** Uses of the global `fetch` (and other ways around the brokers) in tools. */
export function checkToolGlobals(tree: Tree): readonly string[] {
  const forbidden = new Set(['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'eval']);
  const problems: string[] = [];
  for (const { kind, path } of packagesOf(tree)) {
    if (kind !== 'tools') continue;
    for (const file of sourcesOf(tree, path)) {
      walkFile(file, textOf(tree, file), (node, parent) => {
        const name = nameOf(node);
        if (name === undefined) return;
        const isProperty = parent?.['property'] === node && parent['computed'] === false;
        const owner = nameOf(parent?.['object'] as never);
        const isKey = parent?.type === 'Property' && parent['key'] === node;
        const viaGlobal = isProperty && (owner === 'globalThis' || owner === 'process');
        if (viaGlobal && (forbidden.has(name) || name === 'getBuiltinModule')) {
          problems.push(`${file}: a tool may not use ${owner}.${name}`);
        } else if (!isProperty && !isKey && forbidden.has(name)) {
          problems.push(`${file}: a tool may not use the global ${name}; ask its broker`);
        }
      });
    }
  }
  return problems;
}

/**
 * Circles between the rooms of a package.
 *
 * At every level a folder's subfolders and its own files must have an order: a circle that passes
 * through a subfolder is a finding. (Circles between plain files are the linter's.)
 */
export function checkCycles(tree: Tree): readonly string[] {
  const problems = new Set<string>();
  for (const { path } of packagesOf(tree)) {
    const files = sourcesOf(tree, path);
    const folders = new Set(files.map((file) => dirname(file)));
    folders.add(`${path}/src`);
    for (const folder of folders) {
      const edges = new Map<string, Set<string>>();
      for (const file of files) {
        const from = roomIn(folder, file);
        if (from === undefined) continue;
        for (const { specifier } of importsOf(file, textOf(tree, file))) {
          const target = resolveRelative(tree, file, specifier);
          const to = target === undefined ? undefined : roomIn(folder, target);
          if (to === undefined || to === from) continue;
          edges.set(from, (edges.get(from) ?? new Set()).add(to));
        }
      }
      for (const room of edges.keys()) {
        const circle = room.endsWith('.ts') || room.endsWith('.tsx') ? [] : wayBack(edges, room);
        if (circle.length > 0) {
          problems.add(`${folder}: ${[room, ...circle].join(' -> ')}: give these rooms an order`);
        }
      }
    }
  }
  return [...problems];
}

/** Which child of `folder` a file is in: a subfolder's name or the file's own. */
function roomIn(folder: string, file: string): string | undefined {
  return file.startsWith(`${folder}/`) ? file.slice(folder.length + 1).split('/')[0] : undefined;
}

/** The shortest way from `start` back to itself; empty when there is none. */
function wayBack(
  edges: ReadonlyMap<string, ReadonlySet<string>>,
  start: string,
): readonly string[] {
  const seen = new Set<string>();
  const queue: (readonly string[])[] = [...(edges.get(start) ?? [])].map((next) => [next]);
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    const last = way.at(-1) ?? start;
    if (last === start) return way;
    if (seen.has(last)) continue;
    seen.add(last);
    for (const next of edges.get(last) ?? []) queue.push([...way, next]);
  }
  return [];
}
