/**
 * What no source of ours may say, so that whole families of attacks have nothing to work with.
 *
 * @module
 */
import {
  type AstNode,
  child,
  children,
  importsOf,
  lineAt,
  nameOf,
  stringOf,
  walkFile,
} from '../repo/source.ts';
import { type Tree, sourcesOf, textOf } from '../repo/tree.ts';

/** A place that may do what no other may, and why. */
export interface Exemption {
  readonly path: string;
  readonly reason: string;
}

/** Packages whose code never runs in a gateway. */
const FAKES = /^packages\/testkit\//;

function sources(tree: Tree): readonly string[] {
  return sourcesOf(tree).filter((path) => !FAKES.test(path));
}

function unlessExempt(
  found: readonly { readonly path: string; readonly problem: string }[],
  exemptions: readonly Exemption[],
): readonly string[] {
  const paths = new Set(found.map(({ path }) => path));
  return [
    ...found
      .filter(({ path }) => !exemptions.some((each) => each.path === path))
      .map(({ path, problem }) => `${path}${problem}`),
    ...exemptions
      .filter(({ path }) => !paths.has(path))
      .map(({ path }) => `${path}: its exemption is no longer needed`),
  ];
}

const STARTERS = new Set(['node:child_process', 'node:cluster']);

/** Files that can start a program, beside those that may. */
export function checkProgramStarts(
  tree: Tree,
  exemptions: readonly Exemption[] = [],
): readonly string[] {
  const found = sources(tree)
    .filter((path) =>
      importsOf(path, textOf(tree, path)).some(
        ({ specifier, typeOnly }) => !typeOnly && STARTERS.has(specifier),
      ),
    )
    .map((path) => ({ path, problem: ' can start programs' }));
  return unlessExempt(found, exemptions);
}

const SHELLS = new Set(['exec', 'execSync']);

/** Imports of functions that hand text to a shell, and options that ask for one. */
export function checkShells(tree: Tree): readonly string[] {
  const problems: string[] = [];
  for (const path of sources(tree)) {
    const text = textOf(tree, path);
    const starts = importsOf(path, text).some(({ specifier }) => STARTERS.has(specifier));
    if (!starts) continue;
    walkFile(path, text, (node) => {
      const at = `${path}:${lineAt(text, node.start)}`;
      const imported = node.type === 'ImportSpecifier' && nameOf(child(node, 'imported'));
      if (typeof imported === 'string' && SHELLS.has(imported)) problems.push(`${at}: ${imported}`);
      if (node.type !== 'Property') return;
      const key = nameOf(child(node, 'key')) ?? stringOf(child(node, 'key'));
      const isOff = child(node, 'value')?.['value'] === false;
      if (key === 'shell' && !isOff) problems.push(`${at}: a shell`);
    });
  }
  return problems;
}

/** Code that is made, or found, while the program runs. */
export function checkCodeLoading(
  tree: Tree,
  exemptions: readonly Exemption[] = [],
): readonly string[] {
  const found: { path: string; problem: string }[] = [];
  for (const path of sources(tree)) {
    const text = textOf(tree, path);
    for (const { specifier } of importsOf(path, text)) {
      if (specifier === '*') found.push({ path, problem: ' imports what is named at run time' });
      if (/^node:(?:vm|module|worker_threads)$/.test(specifier)) {
        found.push({ path, problem: ` imports ${specifier}` });
      }
    }
    walkFile(path, text, (node) => {
      const callee = nameOf(child(node, 'callee'));
      const isCall = node.type === 'CallExpression' || node.type === 'NewExpression';
      if (isCall && (callee === 'eval' || callee === 'Function' || callee === 'require')) {
        found.push({ path, problem: `:${lineAt(text, node.start)}: calls ${callee}` });
      }
    });
  }
  return unlessExempt(found, exemptions);
}

const SECRET_NAME =
  /(?:token|secret|password|passphrase|credential|signature|mac|hmac|api_?key|nonce|verifier|reveal)$/i;

/** The last word of what is compared: `request.auth.token` is `token`, `secret.reveal()` `reveal`. */
function lastWord(node: AstNode | undefined): string {
  if (node?.type === 'CallExpression') return lastWord(child(node, 'callee'));
  if (node?.type === 'ChainExpression') return lastWord(child(node, 'expression'));
  if (node?.type === 'MemberExpression') {
    const property = child(node, 'property');
    return nameOf(property) ?? stringOf(property) ?? '';
  }
  return nameOf(node) ?? '';
}

/** Whether it is written there what the other side is compared with: nothing to be guessed. */
function isWritten(node: AstNode | undefined): boolean {
  if (node?.type === 'UnaryExpression') return true;
  return node?.type === 'Literal' || nameOf(node) === 'undefined';
}

const COMPARISONS = new Set(['==', '===', '!=', '!==']);

/** Ordinary comparisons of something that is called like a secret. */
export function checkComparisons(
  tree: Tree,
  exemptions: readonly Exemption[] = [],
): readonly string[] {
  const found: { path: string; problem: string }[] = [];
  for (const path of sources(tree)) {
    const text = textOf(tree, path);
    walkFile(path, text, (node) => {
      const [left, right] = [child(node, 'left'), child(node, 'right')];
      if (node.type !== 'BinaryExpression' || !COMPARISONS.has(String(node['operator']))) return;
      if (isWritten(left) || isWritten(right)) return;
      if (!SECRET_NAME.test(lastWord(left)) && !SECRET_NAME.test(lastWord(right))) return;
      const problem = `:${lineAt(text, node.start)}: ${text.slice(node.start, node.end)}`;
      found.push({ path, problem });
    });
  }
  return unlessExempt(found, exemptions);
}

/** Uses of a generator whose numbers can be foretold. */
export function checkRandomness(
  tree: Tree,
  exemptions: readonly Exemption[] = [],
): readonly string[] {
  const found: { path: string; problem: string }[] = [];
  for (const path of sources(tree)) {
    const text = textOf(tree, path);
    walkFile(path, text, (node) => {
      if (node.type !== 'MemberExpression' || lastWord(node) !== 'random') return;
      if (nameOf(child(node, 'object')) !== 'Math') return;
      found.push({ path, problem: `:${lineAt(text, node.start)}: Math.random` });
    });
    for (const { specifier } of importsOf(path, text)) {
      if (/^(?:seedrandom|random|chance|uuid|nanoid\/non-secure)$/.test(specifier)) {
        found.push({ path, problem: ` imports ${specifier}` });
      }
    }
  }
  return unlessExempt(found, exemptions);
}

/** Calls of hashes that are not known to be sound. */
export function checkHashes(tree: Tree, exemptions: readonly Exemption[] = []): readonly string[] {
  const found: { path: string; problem: string }[] = [];
  for (const path of sources(tree)) {
    const text = textOf(tree, path);
    walkFile(path, text, (node) => {
      if (node.type !== 'CallExpression') return;
      const callee = lastWord(child(node, 'callee'));
      const [first] = children(node, 'arguments');
      if (callee !== 'createHash' && callee !== 'createHmac') return;
      const name = stringOf(first) ?? 'something computed';
      if (!/^(?:sha256|sha384|sha512)$/.test(name)) {
        found.push({ path, problem: `:${lineAt(text, node.start)}: ${name}` });
      }
    });
  }
  return unlessExempt(found, exemptions);
}
