import JSON5 from 'json5';
import { describe, expect, test } from 'vitest';
import { loadConfig, parseConfigValue } from '@portcullis/gateway/config';
import { seeded, temporaryHome, thrown } from './temporary-home.ts';

/** What a config text means, or the code of its refusal. */
function read(text: string): unknown {
  return temporaryHome().load(text).parsed;
}

describe('JSON5', () => {
  test('comments, trailing commas, bare keys, single quotes', () => {
    const text = `// first
      { a: 1, /* two */ 'b': [1, 2,], default: .5, "d": 'it\\'s', $e_1: +0x1F, \\u0066: -Infinity, }
      // last`;
    expect(read(text)).toEqual({
      a: 1,
      b: [1, 2],
      default: 0.5,
      d: "it's",
      $e_1: 31,
      f: Number.NEGATIVE_INFINITY,
    });
  });

  test('a value of any kind by itself', () => {
    expect(parseConfigValue(" [1, 'two'] // x", 'The value')).toEqual([1, 'two']);
    expect(thrown(() => parseConfigValue('loopback', 'The value')).message).toBe(
      'The value is not valid JSON5: a word without quotes at line 1, column 1.',
    );
  });

  test('escapes and line continuations', () => {
    expect(
      read(String.raw`{ s: "\x41\u00e9\v\0\q\
B", t: '\'"', "\u0075": 1 }`),
    ).toEqual({ s: 'A\u00e9\v\0qB', t: '\'"', u: 1 });
  });

  test.each([
    ['', 1, 1],
    ['{', 1, 2],
    ['{\n  "a": 1,\n  "b" 2\n}', 3, 7],
    ['{ a: 01 }', 1, 6],
    ['{ a: 1 b: 2 }', 1, 8],
    ['{ a: tru }', 1, 6],
    ['{ a: "x\n" }', 1, 8],
    ['{ a: 1 } x', 1, 10],
    ['{ a: 1, a: 2 }', 1, 9],
    ['{ /* }', 1, 3],
    ['[1]', 1, 1],
    ['{ a: "\\x4" }', 1, 9],
    ['{ a: "\\1" }', 1, 8],
    ['{ a: 1..2 }', 1, 6],
    ['{ a: --1 }', 1, 6],
    ['{,}', 1, 2],
  ])('%j is refused with its place', (text, line, column) => {
    const home = temporaryHome();
    const error = thrown(() => home.load(text));
    expect(error.code).toBe('config.syntax');
    expect(error.details).toEqual({ path: home.paths.configPath, line, column });
  });

  test('a refusal does not quote the file', () => {
    const error = thrown(() => read('{ token: "s3cr3t-value" s3cr3t }'));
    expect(error.code).toBe('config.syntax');
    expect(error.message).not.toContain('s3cr3t');
  });

  test('a key twice is refused: the second would silently replace the first', () => {
    const error = thrown(() => read('{ channels: { telegram: {} , "telegram": {} } }'));
    expect(error.message).toContain('a key that this object already has at line 1, column 30');
  });

  test('agrees with the reference parser on generated documents', () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const text = randomDocument(seeded(seed));
      expect(read(`{ root: ${text} }`)).toEqual({ root: JSON5.parse(text) });
    }
  });

  test('agrees with the reference parser on what is wrong', () => {
    const random = seeded(7);
    const alphabet = `{}[]:,"'\\/*abNaN01.-+eE\n \u00a0x`;
    for (let round = 0; round < 3000; round += 1) {
      const noise = Array.from({ length: 1 + random(7) }, () =>
        alphabet.charAt(random(alphabet.length)),
      );
      const text = `{a:${noise.join('')}}`;
      let expected: unknown = 'refused';
      try {
        expected = JSON5.parse(text);
      } catch {
        // Both refuse.
      }
      const hasDuplicate = /a.*a/su.test(text);
      let actual: unknown = 'refused';
      try {
        actual = read(text);
      } catch {
        // Both refuse.
      }
      if (!(hasDuplicate && actual === 'refused')) expect([text, actual]).toEqual([text, expected]);
    }
  });
});

function randomDocument(random: (below: number) => number, depth = 0): string {
  const pick = <T>(items: readonly [T, ...T[]]): T => items[random(items.length)] ?? items[0];
  const gap = (): string => pick(['', ' ', '\n', ' /* } */ ', ' // ]\n', '\t', '\u00a0']);
  const scalars = ['1', '-0', '.5e3', '5.', '0xfF', '+1', 'NaN', 'true', 'false', 'null'] as const;
  const texts = [
    '"a"',
    "'b\"'",
    '"\\u{'.slice(0, 1) + 'x\\ty"',
    "'\\\n'",
    '"\\x41é😀"',
    '""',
  ] as const;
  const kind = depth > 3 ? random(2) : random(4);
  if (kind === 0) return pick(scalars);
  if (kind === 1) return pick(texts);
  const entries = Array.from({ length: random(4) }, (_, i) => {
    const value = `${gap()}${randomDocument(random, depth + 1)}${gap()}`;
    return kind === 2
      ? value
      : `${gap()}${pick([`k${i}`, `"k ${i}"`, `'default${i}'`])}${gap()}:${value}`;
  });
  const comma = entries.length > 0 && random(2) === 0 ? `,${gap()}` : '';
  const [open, close] = kind === 2 ? ['[', ']'] : ['{', '}'];
  return `${open}${gap()}${entries.join(',')}${comma}${close}`;
}

describe('hostile files', () => {
  test('deep nesting is refused without exhausting the stack', () => {
    const deep = `{ a: ${'['.repeat(100_000)}${']'.repeat(100_000)} }`;
    expect(thrown(() => read(deep)).message).toContain('nesting deeper than 100 levels');
  });

  test('a file above 2 MB is refused', () => {
    const error = thrown(() => read(`{ a: "${'x'.repeat(2 * 1024 * 1024)}" }`));
    expect(error.code).toBe('config.unreadable');
    expect(error.message).toContain('larger than 2097152 bytes');
  });

  test('a large file is read in good time', () => {
    const text = `{ a: [${'{ "k": "v" }, // x\n'.repeat(90_000)}] }`;
    const started = performance.now();
    expect((read(text) as { a: unknown[] }).a).toHaveLength(90_000);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('invalid UTF-8 is refused', () => {
    const home = temporaryHome();
    home.write('openclaw.json', Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]));
    const error = thrown(() => loadConfig({ env: {}, paths: home.paths }));
    expect([error.code, error.message.includes('not valid UTF-8')]).toEqual([
      'config.unreadable',
      true,
    ]);
  });

  test('__proto__ is an own key, pollutes nothing and is never accepted', () => {
    const loaded = temporaryHome().load(
      '{ "__proto__": { "polluted": true }, channels: { "__proto__": {} } }',
    );
    expect(Object.hasOwn(loaded.value, '__proto__')).toBe(true);
    expect(Reflect.get({}, 'polluted')).toBe(undefined);
    expect(Object.getPrototypeOf(loaded.value)).toBe(Object.prototype);
    expect(loaded.issues.map((issue) => issue.path)).toEqual(['__proto__', 'channels.__proto__']);
  });

  test('a byte order mark is white space', () => {
    expect(read('\uFEFF{ logging: { level: "info" } }')).toEqual({ logging: { level: 'info' } });
  });
});
