/**
 * The repository as data: every file a contributor may commit, by its path.
 *
 * The rules are pure functions over a {@link Tree}, so each of them can be shown a small bad tree and
 * proved able to fail.
 *
 * @module
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';

/** Paths (from the root, with `/`) to texts. Files that are not text map to the empty string. */
export type Tree = ReadonlyMap<string, string>;

/** What `package.json` says, as far as the rules ask. */
export interface Manifest {
  readonly name?: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly type?: string;
  readonly description?: string;
  readonly files?: readonly string[];
  readonly engines?: { readonly node?: string };
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** One package of the workspace. */
export interface Package {
  /** `packages/core`. */
  readonly path: string;
  /** `core`, `channels-telegram`. */
  readonly folder: string;
  /** The folder without what it is for: `channels-telegram` is of the kind `channels`. */
  readonly kind: string;
  readonly manifest: Manifest;
}

/** What no commit may hold, as `.gitignore` says. `.git` is a file in a second working tree. */
const IGNORED = new Set(['node_modules', 'dist', '.git', '.turbo', 'coverage']);
const BINARY = new Set(['.png', '.jpg', '.ico', '.woff2', '.sqlite', '.gz', '.zip']);
const FAMILIES = ['channels', 'tools', 'store'];

/** Reads everything below `root` that could be committed. */
export function readTree(root: string): Tree {
  const files = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (IGNORED.has(entry.name)) continue;
      if (entry.isDirectory()) {
        visit(path);
      } else if (entry.isFile() && !/\.(?:log|tsbuildinfo)$/.test(entry.name)) {
        files.set(path, BINARY.has(extname(path)) ? '' : readFileSync(join(root, path), 'utf8'));
      }
    }
  };
  visit('');
  return files;
}

/** The export condition under which our packages name their TypeScript. */
export const SOURCE = '@portcullis/source';

/** The root of this repository. */
export const ROOT: string = join(import.meta.dirname, '..', '..');

/** True when `path` exists in this repository, committed or built. */
export function existsInRepository(path: string): boolean {
  return existsSync(join(ROOT, path));
}

/** A tree of a few files, for showing a rule what it must catch. Objects become JSON. */
export function treeOf(files: Readonly<Record<string, string | object>>): Tree {
  return new Map(
    Object.entries(files).map(([path, text]) => [
      path,
      typeof text === 'string' ? text : JSON.stringify(text),
    ]),
  );
}

/** The packages below `packages/`, by name. */
export function packagesOf(tree: Tree): readonly Package[] {
  const found: Package[] = [];
  for (const [path, text] of tree) {
    const folder = /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1];
    if (folder === undefined) continue;
    const family = FAMILIES.find((name) => folder.startsWith(`${name}-`));
    found.push({
      path: `packages/${folder}`,
      folder,
      kind: family ?? folder,
      manifest: JSON.parse(text) as Manifest,
    });
  }
  return found.toSorted((a, b) => a.folder.localeCompare(b.folder));
}

/** The root `package.json`. */
export function rootManifest(tree: Tree): Manifest {
  return JSON.parse(tree.get('package.json') ?? '{}') as Manifest;
}

/** TypeScript sources of a package (or of all), without its tests. */
export function sourcesOf(tree: Tree, packagePath = 'packages/[^/]+'): readonly string[] {
  const pattern = new RegExp(`^${packagePath}/src/.*\\.tsx?$`);
  return [...tree.keys()].filter((path) => pattern.test(path)).toSorted();
}

/** Text of a file that is known to be in the tree. */
export function textOf(tree: Tree, path: string): string {
  return tree.get(path) ?? '';
}
