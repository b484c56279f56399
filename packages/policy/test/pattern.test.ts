// Pins: the pattern language agrees with regular expressions where both understand a pattern, and
// no pattern takes more than linear time.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from '../src/index.ts';

describe('compilePattern', () => {
  test.each([
    { source: 'claw', text: 'hey claw!', matches: true },
    { source: '^claw$', text: 'hey claw', matches: false },
    { source: '@?openclaw', text: 'openclaw', matches: true },
    { source: '\\bclaw\\b', text: 'clawed', matches: false },
    { source: '\\Blaw', text: 'claw', matches: true },
    { source: 'a{2,3}b', text: 'ab aab', matches: true },
    { source: 'a{3}b', text: 'aab', matches: false },
    { source: '(?:foo|bar)-\\d+', text: 'bar-17', matches: true },
    { source: '(?<who>me)', text: 'me', matches: true },
    { source: '[^a-c]$', text: 'abc', matches: false },
    { source: '[\\w.-]+@x', text: 'a.b-c@x', matches: true },
    { source: '\\u{1F600}', text: 'hi 😀', matches: true },
    { source: '^.$', text: '😀', matches: true },
    { source: '^--(name|id)=\\w+$', text: '--id=7', matches: true },
    { source: '^--(name|id)=\\w+$', text: '--id=7 --rm', matches: false },
  ])('$source on $text: $matches', ({ source, text, matches }) => {
    expect(compilePattern(source)?.test(text)).toBe(matches);
  });

  test.each([
    'a)',
    '(a',
    '[a',
    '*a',
    'a**',
    '(a)\\1',
    '\\k<a>',
    '(?=a)',
    '(?<!a)b',
    '(?i)a',
    '\\p{L}',
    '\\q',
    'a{2,1}',
    '[z-a]',
    'a{1001}',
    '((a{900}){900})',
    'x'.repeat(257),
    '('.repeat(60) + ')'.repeat(60),
  ])('is not in the language: %s', (source) => {
    expect(compilePattern(source)).toBeUndefined();
  });

  test('ignores case when asked to, in every script', () => {
    expect(compilePattern('CLAW', { ignoreCase: true })?.test('claw')).toBe(true);
    expect(compilePattern('[a-f]+X', { ignoreCase: true })?.test('CAFEx')).toBe(true);
    expect(compilePattern('ÄRGER', { ignoreCase: true })?.test('ärger')).toBe(true);
    expect(compilePattern('CLAW')?.test('claw')).toBe(false);
  });

  test.each([
    ['(a+)+', true],
    ['(a|a)*', true],
    ['(a{2,})*', true],
    ['(ab)+', false],
    ['(a+)?', false],
    ['a+b*', false],
  ])('%s repeats a repetition: %s', (source, nested) => {
    expect(compilePattern(source)?.nested).toBe(nested);
  });

  // Threat: a crafted text keeps a backtracking matcher busy for hours.
  test('stays linear where backtracking explodes', () => {
    const text = `${'a'.repeat(20_000)}!`;
    const started = performance.now();
    expect(compilePattern('^(a+)+$')?.test(text)).toBe(false);
    expect(compilePattern('^(a|aa)+$')?.test(text)).toBe(false);
    expect(compilePattern('(x+x+)+y')?.test('x'.repeat(20_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test('agrees with regular expressions', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '\\w',
      '\\s',
      '\\b',
      '^',
      '$',
      '(a|b)',
    );
    const quantifier = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,2}', '*?');
    const piece = fc
      .tuple(atom, quantifier)
      .map(([one, many]) => (['\\b', '^', '$'].includes(one) ? one : one + many));
    const source = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', 'A'), maxLength: 8 });
    fc.assert(
      fc.property(source, text, fc.boolean(), (pattern, subject, ignoreCase) => {
        const expected = new RegExp(pattern, ignoreCase ? 'iu' : 'u').test(subject);
        expect(compilePattern(pattern, { ignoreCase })?.test(subject)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });
});
