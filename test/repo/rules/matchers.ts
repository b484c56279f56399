/**
 * Tests say what they expect in a way that can fail.
 *
 * @module
 */
import { type AstNode, child, children, lineAt, nameOf, walk, walkFile } from '../source.ts';
import type { Tree } from '../tree.ts';

/** Matchers that compare a value with what is written down for it. */
const COMPARING: ReadonlySet<string> = new Set([
  'toEqual',
  'toStrictEqual',
  'toMatchObject',
  'toContainEqual',
  'toHaveProperty',
  'toHaveBeenCalledWith',
  'objectContaining',
  'arrayContaining',
]);

const TEST = /\.tsx?$/u;

/** Regular expressions that are a value of what is written down, not an argument of a call in it. */
function patternsIn(written: AstNode): readonly AstNode[] {
  const found: AstNode[] = [];
  const inCalls: AstNode[] = [];
  walk(written, (node) => {
    if (node.type === 'Literal' && 'regex' in node) found.push(node);
    if (node.type === 'CallExpression' || node.type === 'ArrowFunctionExpression') {
      inCalls.push(node);
    }
  });
  return found.filter(
    ({ start, end }) => !inCalls.some((call) => call.start <= start && end <= call.end),
  );
}

/**
 * Regular expressions within what a value is compared with: they are compared as objects, not
 * matched, and `toMatchObject` takes any text for one. `expect.stringMatching` matches.
 */
export function checkMatchers(tree: Tree): readonly string[] {
  const problems = new Set<string>();
  for (const [path, text] of tree) {
    if (!TEST.test(path) || !/\/test\/|^test\//u.test(path)) continue;
    walkFile(path, text, (node) => {
      if (node.type !== 'CallExpression') return;
      const matcher = nameOf(child(child(node, 'callee'), 'property'));
      if (matcher === undefined || !COMPARING.has(matcher)) return;
      for (const written of children(node, 'arguments')) {
        for (const { start } of patternsIn(written)) {
          problems.add(
            `${path}:${String(lineAt(text, start))}: a regular expression in ${matcher} is not matched; use expect.stringMatching`,
          );
        }
      }
    });
  }
  return [...problems];
}
