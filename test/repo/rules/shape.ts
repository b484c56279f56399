/**
 * What every package looks like, so that knowing one is knowing all.
 *
 * @module
 */
import { nameOf, child, walkFile } from '../source.ts';
import { type Package, SOURCE, type Tree, packagesOf, textOf } from '../tree.ts';
import { entriesOf, publicNamesOf } from './exports.ts';

/** The contract suites of each kind of plugin, of which it must run one. */
const CONTRACT_SUITES: Readonly<Record<string, readonly string[]>> = {
  channels: ['describeChannel'],
  tools: ['describeTool', 'describeToolSource'],
  store: ['describeStore'],
};

/** Changesets, by path: the packages they name. */
function changesetsOf(tree: Tree): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const [path, text] of tree) {
    if (!/^\.changeset\/(?!README)[^/]+\.md$/.test(path)) continue;
    const front = /^---\n([\s\S]*?)\n---\n/.exec(text)?.[1] ?? '';
    found.set(
      path,
      [...front.matchAll(/^["']?([^"':]+)["']?:/gm)].map(([, name = '']) => name),
    );
  }
  return found;
}

/** Files and fields every package has. */
export function checkShape(tree: Tree): readonly string[] {
  const named = new Set([...changesetsOf(tree).values()].flat());
  return packagesOf(tree).flatMap((each) => {
    const { path, folder, manifest } = each;
    const problems = checkExportsMap(each).concat(checkContract(tree, each));
    const need = (holds: boolean, what: string): void => {
      if (!holds) problems.push(`${path}: ${what}`);
    };
    const name = `@portcullis/${folder}`;
    need(manifest.name === name, `is called ${name}`);
    need(manifest.license === 'MIT', 'has the license MIT');
    need(manifest.type === 'module', 'is ESM: "type": "module"');
    need((manifest.description ?? '') !== '', 'has a description');
    need(manifest.files?.includes('dist') === true, 'publishes dist: "files"');
    need(/^>=\d+/.test(manifest.engines?.node ?? ''), 'says its Node: "engines"');
    need(textOf(tree, `${path}/README.md`).startsWith(`# ${name}\n`), `has a README "# ${name}"`);
    need(tree.has(`${path}/test/surface.test.ts`), 'pins its surface in test/surface.test.ts');
    need(
      named.has(name) || tree.has(`${path}/CHANGELOG.md`),
      'has a CHANGELOG.md or a changeset that names it',
    );
    return problems;
  });
}

function checkExportsMap({ path, manifest }: Package): string[] {
  const problems: string[] = [];
  const entries = Object.entries(manifest.exports ?? {});
  if (entries.length === 0) problems.push(`${path}: says what may be imported: "exports"`);
  for (const [subpath, target] of entries) {
    if (typeof target === 'string') {
      // A file that is no module (a stylesheet, the page) is named as it is.
      if (/\.[cm]?[jt]s$/.test(target)) {
        problems.push(`${path}: exports["${subpath}"] names ${SOURCE}, types and default`);
      }
      continue;
    }
    const order = Object.keys(target).join(' ');
    const { [SOURCE]: source = '', types = '', default: built = '' } = target;
    const fits =
      order === `${SOURCE} types default` &&
      /^\.\/src\/.*\.ts$/.test(source) &&
      types === source.replace('/src/', '/dist/').replace(/\.ts$/, '.d.ts') &&
      built === types.replace(/\.d\.ts$/, '.js');
    if (!fits) problems.push(`${path}: exports["${subpath}"] names ${SOURCE}, types and default`);
  }
  return problems;
}

function checkContract(tree: Tree, { path, kind }: Package): string[] {
  const suites = Object.hasOwn(CONTRACT_SUITES, kind) ? CONTRACT_SUITES[kind] : undefined;
  const problems: string[] = [];
  if (suites !== undefined && !suites.some((suite) => callsInTests(tree, path, suite))) {
    problems.push(`${path}: runs ${suites.join(' or ')} of @portcullis/testkit in its tests`);
  }
  if (kind === 'channels') {
    const names = entriesOf(tree, path).flatMap((entry) => publicNamesOf(tree, entry));
    if (!names.some(({ name }) => /^create[A-Z]\w*Channel$/.test(name))) {
      problems.push(`${path}: exports create*Channel`);
    }
  }
  return problems;
}

function callsInTests(tree: Tree, path: string, name: string): boolean {
  let called = false;
  for (const [file, text] of tree) {
    if (!file.startsWith(`${path}/test/`) || !file.endsWith('.test.ts')) continue;
    walkFile(file, text, (node) => {
      called ||= node.type === 'CallExpression' && nameOf(child(node, 'callee')) === name;
    });
  }
  return called;
}

/** Changesets that could not be released: unknown packages, no sentence, a prefix, big headings. */
export function checkChangesets(tree: Tree): readonly string[] {
  const names = new Set(packagesOf(tree).map(({ folder }) => `@portcullis/${folder}`));
  const problems: string[] = [];
  for (const [path, packages] of changesetsOf(tree)) {
    const [, front = '', body = ''] =
      /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(textOf(tree, path)) ?? [];
    const bumps = [...front.matchAll(/:\s*(.*)$/gm)].map(([, bump]) => bump);
    const title = body.trim().split('\n')[0] ?? '';
    if (packages.length === 0) problems.push(`${path}: name a package and its bump`);
    for (const name of packages) {
      if (!names.has(name)) problems.push(`${path}: there is no package ${name}`);
    }
    if (!bumps.every((bump) => /^(?:patch|minor|major)$/.test(bump ?? ''))) {
      problems.push(`${path}: a bump is patch, minor or major`);
    }
    if (!/^[A-Z][a-z]+,? \S/.test(title))
      problems.push(`${path}: open with an imperative sentence`);
    if (/^#{1,3} /m.test(body)) problems.push(`${path}: headings are h4 at most`);
  }
  return problems;
}

const VAGUE = /^(?:utils?|helpers?|shared|common|misc|manager|runtime|types\d)$/;

/** Files not named in kebab case, or for their kind instead of their concept. */
export function checkNames(tree: Tree): readonly string[] {
  return [...tree.keys()]
    .filter((path) => /^(?:packages|test|bench|examples)\/.*\.(?:tsx?|mjs)$/.test(path))
    .flatMap((path) => {
      const name = (path.split('/').at(-1) ?? '').replace(/(?:\.test|\.bench|\.d)?\.\w+$/, '');
      if (!/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.config)?$/.test(name)) {
        return [`${path}: name files in kebab case`];
      }
      return name.split('-').some((word) => VAGUE.test(word))
        ? [`${path}: name the concept; "${name}" says only what kind of file it is`]
        : [];
    });
}

/** Packages that the test run or the type check would miss. */
export function checkProjects(tree: Tree): readonly string[] {
  const config = textOf(tree, 'vitest.config.ts');
  const references = textOf(tree, 'tsconfig.json');
  return packagesOf(tree).flatMap(({ path, folder }) => {
    const problems: string[] = [];
    const hasTests = [...tree.keys()].some(
      (file) => file.startsWith(`${path}/test/`) && file.endsWith('.test.ts'),
    );
    const isRun = config.includes(`('${folder}', './${path}'`);
    if (hasTests && !isRun) {
      problems.push(`${path}: vitest.config.ts does not run its tests`);
    }
    if (!references.includes(`"${path}"`)) {
      problems.push(`${path}: tsconfig.json does not check it`);
    }
    return problems;
  });
}
