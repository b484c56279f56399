/**
 * What a package offers is documented, named, and typed without escape hatches.
 *
 * @module
 */
import {
  type AstNode,
  child,
  children,
  lineAt,
  nameOf,
  parse,
  resolveRelative,
  statementsOf,
  walkFile,
} from '../source.ts';
import { SOURCE, type Tree, packagesOf, sourcesOf, textOf } from '../tree.ts';

/** The source files behind a package's `exports`. */
export function entriesOf(tree: Tree, packagePath: string): readonly string[] {
  const found = packagesOf(tree).find((each) => each.path === packagePath);
  return Object.values(found?.manifest.exports ?? {}).flatMap((target) => {
    const source = typeof target === 'string' ? undefined : target[SOURCE];
    return source === undefined ? [] : [`${packagePath}/${source.replace(/^\.\//, '')}`];
  });
}

/** Where the public names of an entry are declared: name, file, and whether it has a docstring. */
export interface PublicName {
  readonly name: string;
  readonly file: string;
  readonly documented: boolean;
}

/** Every public name of an entry, followed through its re-exports. */
export function publicNamesOf(tree: Tree, entry: string): readonly PublicName[] {
  const text = textOf(tree, entry);
  const { module } = parse(entry, text);
  const found: PublicName[] = [];
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, importName, exportName, localName } of entries) {
      const name = exportName.kind === 'Default' ? 'default' : exportName.name;
      if (moduleRequest === null) {
        if (name !== null) found.push(locate(tree, entry, localName.name ?? name, name));
        continue;
      }
      const file = resolveRelative(tree, entry, moduleRequest.value);
      if (file === undefined) continue; // another package documents its own names
      if (importName.kind === 'AllButDefault') found.push(...publicNamesOf(tree, file));
      else if (name !== null) found.push(locate(tree, file, importName.name ?? 'default', name));
    }
  }
  return found;
}

/** Finds the declaration of `local` in `file`, following imports and re-exports. */
function locate(tree: Tree, file: string, local: string, name: string): PublicName {
  const text = textOf(tree, file);
  const declared = declarationsOf(file, text).filter((each) => each.name === local);
  if (declared.length > 0) {
    return { name, file, documented: declared.some((each) => isDocumented(file, text, each.at)) };
  }
  const { module } = parse(file, text);
  for (const { moduleRequest, entries } of module.staticImports) {
    const from = resolveRelative(tree, file, moduleRequest.value);
    const entry = entries.find((each) => each.localName.value === local);
    if (from !== undefined && entry !== undefined) {
      return locate(tree, from, entry.importName.name ?? 'default', name);
    }
    if (from === undefined && entry !== undefined) return { name, file, documented: true };
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, exportName, importName } of entries) {
      if (moduleRequest === null) continue;
      const from = resolveRelative(tree, file, moduleRequest.value);
      if (from === undefined) {
        if (exportName.name === local) return { name, file, documented: true };
        continue;
      }
      if (exportName.name === local) return locate(tree, from, importName.name ?? 'default', name);
      const inner = importName.kind === 'AllButDefault' ? publicNamesOf(tree, from) : [];
      const match = inner.find((each) => each.name === local);
      if (match !== undefined) return { ...match, name };
    }
  }
  return { name, file, documented: false };
}

function declarationsOf(
  file: string,
  text: string,
): readonly { readonly name: string; readonly at: number }[] {
  return statementsOf(file, text).flatMap((statement) => {
    const at = statement.start;
    const declaration = child(statement, 'declaration') ?? statement;
    const own = nameOf(child(declaration, 'id'));
    const names = children(declaration, 'declarations').flatMap(
      (each) => nameOf(child(each, 'id')) ?? [],
    );
    if (statement.type === 'ExportDefaultDeclaration') names.push('default');
    return [...(own === undefined ? [] : [own]), ...names].map((name) => ({ name, at }));
  });
}

/** True when a `/** *\/` block ends right before `at`. */
function isDocumented(file: string, text: string, at: number): boolean {
  return parse(file, text).comments.some(
    ({ type, value, end }) =>
      type === 'Block' &&
      value.startsWith('*') &&
      !value.includes('@module') &&
      end <= at &&
      text.slice(end, at).trim() === '' &&
      value.replaceAll(/[\s*]/g, '') !== '',
  );
}

/** Public names without a docstring. */
export function checkDocstrings(tree: Tree): readonly string[] {
  const problems = packagesOf(tree).flatMap(({ path }) =>
    entriesOf(tree, path).flatMap((entry) =>
      publicNamesOf(tree, entry)
        .filter(({ name, documented }) => !documented && name !== 'default')
        .map(({ name, file }) => `${file}: ${name} is public and has no /** docstring */`),
    ),
  );
  return [...new Set(problems)];
}

/** Source files that do not open with a comment that says what they are for. */
export function checkHeaders(tree: Tree): readonly string[] {
  return sourcesOf(tree)
    .filter((path) => !/^(?:#!.*\n)?\s*\/\*\*/.test(textOf(tree, path)))
    .map((path) => `${path}: start with a /** comment */ that says what the file is for`);
}

/** Default exports that are not a package's `Plugin`. */
export function checkDefaultExports(tree: Tree): readonly string[] {
  const entries = new Set(packagesOf(tree).flatMap(({ path }) => entriesOf(tree, path)));
  return sourcesOf(tree).flatMap((path) => {
    const { module } = parse(path, textOf(tree, path));
    const names = module.staticExports.flatMap(({ entries: list }) => list);
    const hasDefault = names.some(
      ({ exportName }) => exportName.kind === 'Default' || exportName.name === 'default',
    );
    if (!hasDefault || (entries.has(path) && isPlugin(tree, path))) return [];
    return [`${path}: export by name; only a package's entry default-exports, and only its Plugin`];
  });
}

/** True when the default export of `path` is declared as a `Plugin`, here or where it comes from. */
function isPlugin(tree: Tree, path: string): boolean {
  const text = textOf(tree, path);
  const { module } = parse(path, text);
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, exportName, importName } of entries) {
      const isDefault = exportName.kind === 'Default' || exportName.name === 'default';
      const from = moduleRequest && resolveRelative(tree, path, moduleRequest.value);
      if (isDefault && typeof from === 'string') return declaresPlugin(tree, from, importName.name);
    }
  }
  for (const statement of statementsOf(path, text)) {
    if (statement.type === 'ExportDefaultDeclaration') {
      const value = child(statement, 'declaration');
      if (value?.type === 'TSSatisfiesExpression')
        return isPluginType(child(value, 'typeAnnotation'));
      return declaresPlugin(tree, path, nameOf(value) ?? null);
    }
    for (const specifier of children(statement, 'specifiers')) {
      if (nameOf(child(specifier, 'exported')) === 'default') {
        return declaresPlugin(tree, path, nameOf(child(specifier, 'local')) ?? null);
      }
    }
  }
  return false;
}

function isPluginType(node: AstNode | undefined): boolean {
  const type = node?.type === 'TSTypeAnnotation' ? child(node, 'typeAnnotation') : node;
  return type?.type === 'TSTypeReference' && nameOf(child(type, 'typeName')) === 'Plugin';
}

function declaresPlugin(tree: Tree, path: string, name: string | null): boolean {
  if (name === null) return false;
  const text = textOf(tree, path);
  let found = false;
  walkFile(path, text, (node) => {
    const id = child(node, 'id');
    if (node.type !== 'VariableDeclarator' || nameOf(id) !== name) return;
    found ||= isPluginType(child(id, 'typeAnnotation'));
    found ||= isPluginType(child(child(node, 'init', 'TSSatisfiesExpression'), 'typeAnnotation'));
  });
  if (found) return true;
  for (const { moduleRequest, entries } of parse(path, text).module.staticImports) {
    const from = resolveRelative(tree, path, moduleRequest.value);
    const entry = entries.find((each) => each.localName.value === name);
    if (from !== undefined && entry !== undefined) {
      return declaresPlugin(tree, from, entry.importName.name);
    }
  }
  return false;
}

/** `any`, non-null `!`, and comments that switch the compiler off, in sources and tests. */
export function checkEscapeHatches(tree: Tree): readonly string[] {
  const problems: string[] = [];
  for (const [path, text] of tree) {
    if (!/\.tsx?$/.test(path)) continue;
    const report = (at: number, what: string): void => {
      problems.push(`${path}:${lineAt(text, at)}: ${what}`);
    };
    for (const { value, start } of parse(path, text).comments) {
      const directive = /@ts-(?:ignore|expect-error|nocheck)/.exec(value)?.[0];
      if (directive !== undefined) report(start, `${directive} hides a mistake: mend the type`);
    }
    walkFile(path, text, (node) => {
      if (node.type === 'TSAnyKeyword') report(node.start, '"any" checks nothing: say the type');
      if (node.type === 'TSNonNullExpression')
        report(node.start, '"!" is a guess: narrow the type');
      if (node['definite'] === true) report(node.start, '"!:" is a guess: give it a value');
    });
  }
  return problems;
}
