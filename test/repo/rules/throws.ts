/**
 * Every error we throw on purpose has a code.
 *
 * @module
 */
import { type AstNode, child, children, lineAt, nameOf, walkFile } from '../source.ts';
import { type Tree, sourcesOf, textOf } from '../tree.ts';
import { type CodedErrors, codedErrorsOf, makerOf } from './coded-errors.ts';

/** A class that is thrown although it is not ours, because it never leaves its package. */
export interface InternalSignal {
  readonly name: string;
  /** The package it stays in. */
  readonly inside: string;
  readonly reason: string;
}

/** True when what is thrown is ours, or something that was caught before. */
function isOurs(thrown: AstNode | undefined, path: string, errors: CodedErrors): boolean {
  if (thrown === undefined) return false;
  switch (thrown.type) {
    case 'Identifier':
    case 'MemberExpression':
      return true;
    case 'AwaitExpression':
      return isOurs(child(thrown, 'argument'), path, errors);
    case 'TSAsExpression':
      return isOurs(child(thrown, 'expression'), path, errors);
    case 'ConditionalExpression':
      return ['consequent', 'alternate'].every((key) => isOurs(child(thrown, key), path, errors));
    case 'LogicalExpression':
      return ['left', 'right'].every((key) => isOurs(child(thrown, key), path, errors));
    default:
      return makerOf(thrown, path, errors) !== undefined;
  }
}

/** `throw` and `reject(...)` of anything but our errors. Throwing on what was caught is fine. */
export function checkThrows(
  tree: Tree,
  signals: readonly InternalSignal[] = [],
): readonly string[] {
  const errors = codedErrorsOf(tree);
  const unused = new Set(signals);
  const isSignal = (thrown: AstNode, path: string): boolean => {
    const name = nameOf(child(thrown, 'callee'));
    const found = signals.find(
      (each) => each.name === name && path.startsWith(`packages/${each.inside}/`),
    );
    if (found !== undefined) unused.delete(found);
    return found !== undefined;
  };
  const problems = sourcesOf(tree).flatMap((path) => {
    const text = textOf(tree, path);
    const found: string[] = [];
    walkFile(path, text, (node) => {
      const rejected = rejectedBy(node);
      const thrown = node.type === 'ThrowStatement' ? child(node, 'argument') : rejected;
      if (thrown === undefined || isOurs(thrown, path, errors) || isSignal(thrown, path)) return;
      if (rejected !== undefined && thrown.type !== 'NewExpression') return;
      found.push(`${path}:${lineAt(text, node.start)}: throw a PortcullisError with a code`);
    });
    return found;
  });
  const stale = [...unused].map(
    ({ name, inside }) => `packages/${inside}: nothing throws ${name}; remove its exception`,
  );
  return [...problems, ...stale];
}

function rejectedBy(node: AstNode): AstNode | undefined {
  if (node.type !== 'CallExpression') return undefined;
  const callee = child(node, 'callee');
  const name = nameOf(callee) ?? nameOf(child(callee, 'property'));
  return name === 'reject' ? children(node, 'arguments')[0] : undefined;
}
