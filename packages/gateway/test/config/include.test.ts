import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type TemporaryHome, temporaryHome, thrown } from './temporary-home.ts';

function source(home: TemporaryHome, config: object): unknown {
  return home.load(config).source;
}

describe('$include', () => {
  test('a single file stands for the object', () => {
    const home = temporaryHome();
    const file = home.write('tools.json5', '{ profile: "minimal" } // here');
    const loaded = home.load({ tools: { $include: './tools.json5' } });
    expect(loaded.value).toEqual({ tools: { profile: 'minimal' } });
    expect(loaded.parsed).toEqual({ tools: { $include: './tools.json5' } });
    expect(loaded.includes).toEqual([file]);
  });

  test('several merge from left to right, lists concatenate, keys beside them win', () => {
    const home = temporaryHome();
    home.write('a.json', '{ "allow": ["read"], "exec": { "ask": "off", "host": "auto" } }');
    home.write('b.json', '{ "allow": ["write"], "exec": { "ask": "on-miss" } }');
    const tools = { $include: ['a.json', 'b.json'], exec: { ask: 'always' }, allow: ['message'] };
    expect(source(home, { tools })).toEqual({
      tools: { allow: ['read', 'write', 'message'], exec: { ask: 'always', host: 'auto' } },
    });
  });

  test('the whole config, list items and nested files', () => {
    const home = temporaryHome();
    home.write('root.json', '{ "bindings": [{ "$include": "parts/one.json" }] }');
    home.write('parts/one.json', '{ "agentId": "main", "$include": "two.json" }');
    home.write('parts/two.json', '{ "agentId": "other", "match": { "channel": "${CH}" } }');
    const loaded = home.load({ $include: 'root.json' }, { CH: 'telegram' });
    expect(loaded.value).toEqual({
      bindings: [{ agentId: 'main', match: { channel: 'telegram' } }],
    });
    expect(loaded.includes.map((path) => path.slice(home.paths.stateDir.length))).toEqual([
      '/root.json',
      '/parts/one.json',
      '/parts/two.json',
    ]);
  });

  test.each([
    ['outside the directory', '../outside.json', 'it leads outside the directory of the config'],
    ['an absolute path', '/etc/passwd', 'it leads outside the directory of the config'],
    ['a link that leads out', 'link.json', 'it leads outside the directory of the config'],
    [
      'a directory link that leads out',
      'dir/outside.json',
      'it leads outside the directory of the config',
    ],
    ['nothing', 'none.json', '"none.json" cannot be found, it does not exist'],
    ['a directory', 'sub', 'it is a directory'],
    ['a NUL', 'a\0b', 'its path is empty, too long or holds a NUL'],
    ['an endless path', 'x'.repeat(4096), 'its path is empty, too long or holds a NUL'],
    ['an empty path', ' ', 'its path is empty, too long or holds a NUL'],
    ['a number', 7, 'its value is neither a path nor a list of paths'],
    ['an empty list', [], 'its value is neither a path nor a list of paths'],
    ['a mixed list', ['a.json', 7], 'its value is neither a path nor a list of paths'],
  ])('P06.05: refuses %s', (_, include, reason) => {
    const home = temporaryHome();
    home.write('../outside.json', '{}');
    mkdirSync(join(home.paths.stateDir, 'sub'));
    symlinkSync('../outside.json', join(home.paths.stateDir, 'link.json'));
    symlinkSync('..', join(home.paths.stateDir, 'dir'));
    const error = thrown(() => source(home, { tools: { $include: include } }));
    expect(error.code).toBe('config.include');
    expect(error.message).toContain(reason);
  });

  test('a directory whose name only begins alike is outside', () => {
    const home = temporaryHome();
    home.write('../.openclaw-evil/x.json', '{}');
    expect(thrown(() => source(home, { $include: '../.openclaw-evil/x.json' })).code).toBe(
      'config.include',
    );
  });

  test('more directories can be named', () => {
    const home = temporaryHome();
    const file = home.write('../etc/x.json', '{ "profile": "full" }');
    const roots = `/nowhere:${join(home.paths.home, 'etc')}`;
    const loaded = home.load({ tools: { $include: file } }, { OPENCLAW_INCLUDE_ROOTS: roots });
    expect(loaded.value).toEqual({ tools: { profile: 'full' } });
  });

  test('a circle is refused, through links too', () => {
    const home = temporaryHome();
    home.write('a.json', '{ "$include": "b.json" }');
    home.write('b.json', '{ "$include": "c.json" }');
    symlinkSync('a.json', join(home.paths.stateDir, 'c.json'));
    expect(thrown(() => source(home, { $include: 'a.json' })).message).toContain('in a circle');
    expect(thrown(() => source(home, { $include: 'openclaw.json' })).message).toContain(
      'in a circle',
    );
  });

  test('ten files deep is the most', () => {
    const home = temporaryHome();
    for (let i = 1; i <= 11; i += 1) home.write(`${i}.json`, `{ "$include": "${i + 1}.json" }`);
    home.write('10.json', '{ "tools": {} }');
    expect(source(home, { $include: '1.json' })).toEqual({ tools: {} });
    home.write('10.json', '{ "$include": "11.json" }');
    home.write('11.json', '{ "tools": {} }');
    expect(thrown(() => source(home, { $include: '1.json' })).message).toContain(
      'more than 10 files deep',
    );
  });

  test('a tree that widens at every level is stopped', () => {
    const home = temporaryHome();
    for (let i = 1; i <= 9; i += 1) {
      home.write(
        `${i}.json`,
        `{ "a": [{ "$include": "${i + 1}.json" }, { "$include": "${i + 1}.json" }] }`,
      );
    }
    home.write('10.json', '{}');
    expect(thrown(() => source(home, { $include: '1.json' })).message).toContain(
      'too many or too large',
    );
  });

  test('an included file that is too large, or no JSON5, or no UTF-8', () => {
    const home = temporaryHome();
    home.write('large.json', `{ "a": "${'x'.repeat(2 * 1024 * 1024)}" }`);
    expect(thrown(() => source(home, { $include: 'large.json' })).message).toContain(
      'larger than 2097152',
    );
    const broken = home.write('broken.json', '{\n a: }');
    const error = thrown(() => source(home, { $include: 'broken.json' }));
    expect([error.code, error.details]).toEqual([
      'config.syntax',
      { path: broken, line: 2, column: 5 },
    ]);
    home.write('latin.json', Uint8Array.from([0x22, 0xe9, 0x22]));
    expect(thrown(() => source(home, { $include: 'latin.json' })).message).toContain(
      'not valid UTF-8',
    );
  });

  test('a file that holds no object cannot stand beside keys, nor be the config', () => {
    const home = temporaryHome();
    home.write('list.json', '["read"]');
    expect(source(home, { tools: { allow: { $include: 'list.json' } } })).toEqual({
      tools: { allow: ['read'] },
    });
    expect(thrown(() => source(home, { tools: { $include: 'list.json', deny: [] } })).code).toBe(
      'config.include',
    );
    expect(thrown(() => source(home, { $include: 'list.json' })).code).toBe('config.include');
  });
});
