/**
 * Every error thrown on purpose has a stable code, and every code is documented exactly once.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';

import { checkErrorReference, codesOf } from './rules/error-codes.ts';
import { type InternalSignal, checkThrows } from './rules/throws.ts';
import { ROOT, readTree, treeOf } from './tree.ts';

const repository = readTree(ROOT);

/** Classes that are caught before they leave their package. */
const INTERNAL_SIGNALS: readonly InternalSignal[] = [
  {
    name: 'InvalidSetting',
    inside: 'policy',
    reason: 'a setting of the wrong shape; every decision catches it and denies',
  },
  {
    name: 'SyntaxError',
    inside: 'policy',
    reason: 'a pattern outside the subset; the parser catches it and the pattern matches nothing',
  },
  {
    name: 'RangeError',
    inside: 'policy',
    reason: 'a pattern over the limit; the compiler catches it and the pattern matches nothing',
  },
  {
    name: 'Error',
    inside: 'testkit',
    reason: 'a contract suite throws what the code of a plugin might throw',
  },
];
const source = (text: string): Record<string, string> => ({ 'packages/x/src/a.ts': text });

describe('this repository', () => {
  test('throws only errors with a code', () => {
    expect(checkThrows(repository, INTERNAL_SIGNALS)).toEqual([]);
  });

  test('documents every code exactly once', () => {
    expect(checkErrorReference(repository)).toEqual([]);
  });
});

describe('throws', () => {
  test.each([
    'throw new PortcullisError("a.b", "x");',
    'throw new DeliveryError("retry", "a.b", "x");',
    'class Mine extends PortcullisError {} class Yours extends Mine {} throw new Yours();',
    'try { f(); } catch (error) { throw error; }',
    'throw signal.reason;',
    'function refuse(): PortcullisError { return x; } throw refuse();',
    'const refuse = (): PortcullisError => x; throw refuse();',
    'const refuse = (why) => new PortcullisError("a.b", why); const later = () => refuse(1); throw later();',
    'class C { #end(): PortcullisError { return x; } f() { throw this.#end(); } }',
    'async function refuse(): Promise<PortcullisError> { return x; } throw await refuse();',
    'new Promise((_, reject) => reject(new PortcullisError("a.b", "x")));',
    'new Promise((_, reject) => socket.once("error", reject));',
  ])('fine: %s', (code) => {
    expect(checkThrows(treeOf(source(code)))).toEqual([]);
  });

  test.each([
    'throw new Error("x");',
    'throw new TypeError("x");',
    'throw "x";',
    'throw { code: "a.b" };',
    'throw unknownMaker();',
    'function vague(): Error { return x; } throw vague();',
    'throw new Stranger();',
    'new Promise((_, reject) => reject(new Error("x")));',
    'Promise.reject(new RangeError("x"));',
  ])('caught: %s', (code) => {
    expect(checkThrows(treeOf(source(code)))).toEqual([
      'packages/x/src/a.ts:1: throw a PortcullisError with a code',
    ]);
  });
});

test('a signal is excused inside its package only, and while something throws it', () => {
  const tree = treeOf({
    'packages/policy/src/a.ts': 'throw new Stop();',
    'packages/gateway/src/a.ts': 'throw new Stop();',
  });
  const stop = { name: 'Stop', inside: 'policy', reason: 'leaves a recursion' };
  const gone = { name: 'Gone', inside: 'policy', reason: 'leaves a recursion' };
  expect(checkThrows(tree, [stop, gone])).toEqual([
    'packages/gateway/src/a.ts:1: throw a PortcullisError with a code',
    'packages/policy: nothing throws Gone; remove its exception',
  ]);
});

test('a function of the same name in another file does not vouch for a local one', () => {
  const tree = treeOf({
    'packages/x/src/a.ts': 'export function refuse(): PortcullisError { return x; }',
    'packages/x/src/b.ts': 'function refuse(): Error { return x; } throw refuse();',
  });
  expect(checkThrows(tree)).toHaveLength(1);
});

describe('codes', () => {
  test('are read from constructors, subclasses, makers and conditions', () => {
    const tree = treeOf(
      source(`
throw new PortcullisError('a.one', 'Not. a code', { hint: 'x.y' });
throw new DeliveryError('retry', 'b.two_words', 'x');
throw new PortcullisError(late ? 'c.late' : 'c.early', 'x');
class Mine extends PortcullisError { constructor() { super('d.super', 'x'); } }
function refuse(who: string, code: string): PortcullisError { return new PortcullisError(code, 'x'); }
throw refuse('no.code', 'e.made');
function forbid(scope: string): PortcullisError { return new PortcullisError('g.forbidden', 'x'); }
throw forbid('operator.admin');
other('f.unrelated');
`),
    );
    expect(codesOf(tree)).toEqual([
      'a.one',
      'b.two_words',
      'c.early',
      'c.late',
      'd.super',
      'e.made',
      'g.forbidden',
    ]);
  });

  test('missing, stale, doubled, empty and unmerged rows are reported', () => {
    const tree = treeOf({
      ...source(
        `throw new PortcullisError('a.one', 'x'); throw new PortcullisError('a.two', 'x');
const LATER = { full: 'a.table' };`,
      ),
      'docs/reference/errors.md': `| code | what | todo |
| --- | --- | --- |
| \`a.two\` | It broke. | Mend it. |
| \`a.two\` | It broke. | Mend it. |
| \`a.table\` | It broke. | Mend it. |
| \`a.gone\` | It broke. |  |
`,
      'docs/reference/errors.d/x.md': '| `a.one` | It broke. | Mend it. |',
    });
    expect(checkErrorReference(tree)).toEqual([
      'docs/reference/errors.md: a.gone must say what happened and what to do',
      'docs/reference/errors.md: add a row for a.one',
      'docs/reference/errors.md: a.two has 2 rows; keep one',
      'docs/reference/errors.md: nothing throws a.gone; remove its row',
      'docs/reference/errors.d/x.md: move its rows into the table of its package in docs/reference/errors.md',
    ]);
  });
});
