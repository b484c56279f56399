import JSON5 from 'json5';
import { describe, expect, test } from 'vitest';
import { type ConfigValue, editConfig } from '@portcullis/gateway/config';
import { seeded, thrown } from './temporary-home.ts';

const text = `// who may come in
{
  // the door
  gateway: {
    port: 18789, // the usual one
    auth: { mode: 'token' }, /* keep */
  },
  tools: {
    deny: ['exec', /* shell */ 'write'],
  },
}
// the end
`;

describe('editing', () => {
  test('replaces a value and nothing else', () => {
    expect(editConfig(text, [{ path: 'gateway.port', value: 1 }])).toBe(text.replace('18789', '1'));
    expect(editConfig(text, [{ path: 'tools.deny[1]', value: "it's" }])).toBe(
      text.replace("'write'", "'it\\'s'"),
    );
  });

  test('adds keys in the manner of the file', () => {
    const edited = editConfig(text, [
      { path: 'gateway.auth.token', value: 'x' },
      { path: 'gateway.bind', value: 'loopback' },
      { path: 'channels["x.y"].groups', value: { '-1': { requireMention: true }, list: [1, 2] } },
      { path: 'tools.deny[2]', value: 'edit' },
    ]);
    expect(edited).toBe(`// who may come in
{
  // the door
  gateway: {
    port: 18789, // the usual one
    auth: { mode: 'token', token: 'x' }, /* keep */
    bind: 'loopback',
  },
  tools: {
    deny: ['exec', /* shell */ 'write', 'edit'],
  },
  channels: {
    'x.y': {
      groups: {
        '-1': {
          requireMention: true,
        },
        list: [1, 2],
      },
    },
  },
}
// the end
`);
  });

  test('removes a key with its line, but not the comments around it', () => {
    expect(editConfig(text, [{ path: 'gateway.port' }])).toBe(
      text.replace('port: 18789, //', '//'),
    );
    expect(editConfig(text, [{ path: 'tools' }])).toBe(text.replace(/ {2}tools[^}]*\},\n/u, ''));
    expect(editConfig('{"a": 1, "b": 2}', [{ path: 'b' }])).toBe('{"a": 1}');
    expect(editConfig('{"a": 1, "b": 2}', [{ path: 'a' }])).toBe('{"b": 2}');
    expect(editConfig('{\n  "a": 1,\n  "b": 2\n}\n', [{ path: 'b' }])).toBe('{\n  "a": 1\n}\n');
    expect(editConfig('{"a": [1, 2, 3]}', [{ path: 'a[1]' }])).toBe('{"a": [1, 3]}');
  });

  test('plain JSON stays plain JSON', () => {
    const json = '{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n';
    const edited = editConfig(json, [
      { path: 'a.c', value: ['x'] },
      { path: 'd', value: {} },
    ]);
    expect(edited).toBe('{\n\t"a": {\n\t\t"b": 1,\n\t\t"c": ["x"]\n\t},\n\t"d": {}\n}\n');
    expect(JSON.parse(edited)).toEqual({ a: { b: 1, c: ['x'] }, d: {} });
  });

  test('an empty text, an empty object, an object with a comment only', () => {
    expect(editConfig('', [{ path: 'a.b', value: 1 }])).toBe('{\n  "a": {\n    "b": 1\n  }\n}\n');
    expect(editConfig('{ }', [{ path: 'a', value: 1 }])).toBe('{\n  "a": 1\n}');
    expect(editConfig('{ // none yet\n}', [{ path: 'a', value: 1 }])).toBe(
      '{\n  "a": 1 // none yet\n}',
    );
  });

  test('line ends and marks at the start are kept', () => {
    expect(editConfig('\uFEFF{\r\n  a: 1,\r\n}\r\n', [{ path: 'b', value: 2 }])).toBe(
      '\uFEFF{\r\n  a: 1,\r\n  b: 2,\r\n}\r\n',
    );
  });

  test('an object over an object changes only what differs', () => {
    const value = { port: 18_789, auth: { mode: 'password' } };
    expect(editConfig(text, [{ path: 'gateway', value }])).toBe(
      text.replace("'token'", "'password'"),
    );
    expect(editConfig(text, [{ path: 'tools.deny', value: ['exec'] }])).toBe(
      text.replace("['exec', /* shell */ 'write']", "['exec' /* shell */]"),
    );
  });

  test('keys with the names of methods are ordinary', () => {
    const edited = editConfig('{}', [
      { path: 'a["__proto__"].constructor', value: 1 },
      { path: 'toString', value: 2 },
    ]);
    expect(JSON.stringify(JSON5.parse(edited))).toBe(
      '{"a":{"__proto__":{"constructor":1}},"toString":2}',
    );
  });

  test('removing what is not there changes nothing', () => {
    expect(
      editConfig(text, [
        { path: 'nothing.here' },
        { path: 'nothing[0]' },
        { path: 'tools.deny[7]' },
      ]),
    ).toBe(text);
  });

  test.each([
    ['through a plain value', 'gateway.port.x', 1],
    ['past the end of a list', 'tools.deny[5]', 1],
    ['a key of a list', 'tools.deny.x', 1],
    ['a new list that starts late', 'fresh[1]', 1],
    ['no path', 'a..b', 1],
    ['nothing', '', 1],
  ])('refuses %s', (_, path, value) => {
    expect(thrown(() => editConfig(text, [{ path, value }])).code).toBe('config.path');
  });

  test('a section kept in another file is not flattened', () => {
    const included = '{ tools: { $include: "./tools.json5", deny: ["exec"] } }';
    expect(editConfig(included, [{ path: 'tools.deny[0]', value: 'x' }])).toBe(
      included.replace('exec', 'x'),
    );
    for (const value of ['full', undefined]) {
      const error = thrown(() => editConfig(included, [{ path: 'tools.profile', value }]));
      expect([error.code, error.message.includes('included file')]).toEqual(['config.path', true]);
    }
  });

  test('a text that does not parse is refused', () => {
    expect(thrown(() => editConfig('{ a: }', [{ path: 'a', value: 1 }])).code).toBe(
      'config.syntax',
    );
  });
});

describe('any edit of any document', () => {
  test('means what was asked, and keeps every comment outside what it replaced', () => {
    for (let seed = 1; seed <= 1500; seed += 1) {
      const random = seeded(seed);
      const layout = new Layout(random);
      const original = layout.object(0);
      const before = JSON5.parse<Record<string, ConfigValue>>(original);
      const key = `k${random(5)}`;
      const value = random(4) === 0 ? undefined : randomValue(random, 0);
      const edited = editConfig(original, [{ path: key, value }]);
      const after = { ...before, ...(value === undefined ? {} : { [key]: value }) };
      if (value === undefined) delete after[key];
      expect([seed, JSON5.parse(edited)]).toEqual([seed, after]);
      for (const [comment, owner] of layout.comments) {
        if (owner !== key) expect([seed, edited.includes(comment)]).toEqual([seed, true]);
      }
    }
  });

  test('a whole new value means what was asked', () => {
    for (let seed = 1; seed <= 700; seed += 1) {
      const random = seeded(seed);
      const original = `{ a: ${new Layout(random).object(0)} }`;
      const value = randomValue(random, 0);
      expect([seed, JSON5.parse(editConfig(original, [{ path: 'a', value }]))]).toEqual([
        seed,
        { a: value },
      ]);
    }
  });
});

function randomValue(random: (below: number) => number, depth: number): ConfigValue {
  const scalars = [
    1,
    -0.5,
    true,
    null,
    'text',
    'it\'s "so"',
    'a\nb\u2028',
    Number.POSITIVE_INFINITY,
    '',
  ] as const;
  const kind = random(depth > 2 ? 2 : 4);
  if (kind === 2) return Array.from({ length: random(4) }, () => randomValue(random, depth + 1));
  if (kind === 3) {
    return Object.fromEntries(
      Array.from({ length: random(4) }, (_, i) => [`k${i}`, randomValue(random, depth + 1)]),
    );
  }
  return scalars[random(scalars.length)] ?? null;
}

/** Writes documents in every layout a person might choose, with comments that can be recognised. */
class Layout {
  /** Each comment with the top-level key it stands inside of, if any. */
  readonly comments: [string, string | undefined][] = [];
  readonly #random: (below: number) => number;
  #owner: string | undefined;

  constructor(random: (below: number) => number) {
    this.#random = random;
  }

  #gap(): string {
    const kind = this.#random(8);
    if (kind === 0) return '\n';
    if (kind === 1) return '\n  ';
    if (kind > 3) return kind > 5 ? ' ' : '';
    const comment = kind === 2 ? `/* c${this.comments.length}. */` : `// c${this.comments.length}.`;
    this.comments.push([comment, this.#owner]);
    return kind === 2 ? ` ${comment}` : ` ${comment}\n`;
  }

  object(depth: number): string {
    const keys = [0, 1, 2, 3, 4].filter(() => this.#random(2) === 0);
    return this.#block(
      '{',
      '}',
      depth,
      keys,
      (i) => `${this.#random(2) === 0 ? `k${i}` : `"k${i}"`}:`,
    );
  }

  #block(
    open: string,
    close: string,
    depth: number,
    keys: readonly number[],
    label: (i: number) => string,
  ): string {
    let block = open + this.#gap();
    for (const [i, key] of keys.entries()) {
      const outer = this.#owner;
      if (depth === 0) this.#owner = `k${key}`;
      const entry = `${label(key)}${this.#gap()}${this.#value(depth + 1)}`;
      this.#owner = outer;
      const isLast = i === keys.length - 1;
      block += `${entry}${this.#gap()}${isLast && this.#random(2) === 0 ? '' : `,${this.#gap()}`}`;
    }
    return block + close;
  }

  #value(depth: number): string {
    const kind = this.#random(depth > 2 ? 2 : 4);
    if (kind === 2) return this.object(depth);
    if (kind === 3) return this.#block('[', ']', depth, [0, 1, 2].slice(this.#random(4)), () => '');
    return ['1', "'x'", '"y//"', 'null', '.5'][this.#random(5)] ?? '1';
  }
}
