/**
 * Archives of plugins, as somebody made them who means no good.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { readArchive } from '../../src/plugins/archive.ts';
import { type Entry, packed } from '../backup/forge.ts';
import { Home } from '../call.ts';
import { run } from '../local.ts';
import { archiveIn, entry, manifestOf, pluginWithTool, tarball } from './package-of.ts';

const MANIFEST = entry('package/package.json', manifestOf('odd'));
const link = (type: 'SymbolicLink' | 'Link', linkpath: string): Entry =>
  entry('package/link', '', { type, linkpath });

/** What an archive holds beside a manifest, and what is said of it. */
const HOSTILE: readonly (readonly [string, readonly Entry[], string])[] = [
  ['a path that leads out', [entry('package/../../x.js', 'x')], 'no path inside'],
  ['an absolute path', [entry('/etc/cron.d/x', 'x')], 'no path inside'],
  ['a file beside the package', [entry('other/x.js', 'x')], 'no path inside'],
  ['a path of Windows', [entry('package/a\\..\\x.js', 'x')], 'no path inside'],
  ['a name with a line break', [entry('package/a\nb', 'x')], 'no path inside'],
  ['a symbolic link', [link('SymbolicLink', '/etc')], 'no file but'],
  ['a hard link', [link('Link', 'package/package.json')], 'no file but'],
  ['a device', [entry('package/dev', '', { type: 'CharacterDevice' })], 'no file but'],
  ['a pipe', [entry('package/pipe', '', { type: 'FIFO' })], 'no file but'],
  ['a file twice', [entry('package/a.js', '1'), entry('package/a.js', '2')], 'twice'],
  ['a name in two cases', [entry('package/a.js', '1'), entry('package/A.js', '2')], 'twice'],
  ['a file below a file', [entry('package/a', '1'), entry('package/a/b', '2')], 'below a file'],
  ['settings of npm', [entry('package/.npmrc', 'registry=http://x')], 'must not be'],
  ['a program nobody can read', [entry('package/x.node', 'x')], 'must not be'],
  ['a recipe that is built', [entry('package/binding.gyp', '{}')], 'must not be'],
  [
    'a package of ours',
    [entry('package/node_modules/@portcullis/core/index.js', 'x')],
    'of another package',
  ],
];

describe('P08.01: an archive is refused before anything of it is written that has', () => {
  test.each(HOSTILE)('%s', async (_what, entries, said) => {
    const home = new Home();
    const path = archiveIn(home.path, packed([MANIFEST, ...entries]));
    const { code, stderr } = await run(home, `plugins install ${path}`);
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stderr).toContain('[plugin.archive]');
    expect(stderr).toContain(said);
    const others = join(home.path, '.openclaw/plugins/others');
    expect(existsSync(others) ? readdirSync(others) : []).toEqual([]);
  });

  test.each([
    ['too many entries', { entries: 3 }],
    ['too many bytes', { bytes: 4096 }],
    ['too many packed bytes', { packedBytes: 100 }],
  ])('%s', async (_what, bound) => {
    const home = new Home();
    const many = Array.from({ length: 9 }, (_, index) => entry(`package/${String(index)}`, 'x'));
    const path = archiveIn(home.path, packed([MANIFEST, ...many]));
    const bounds = { packedBytes: 1e6, bytes: 1e6, entries: 1e3 };
    await expect(readArchive(path, { ...bounds, ...bound })).rejects.toMatchObject({
      code: 'plugin.archive',
    });
    expect((await readArchive(path, bounds)).files.size).toBe(10);
  });

  test('a thousand times as much inside as outside', async () => {
    const home = new Home();
    const bomb = entry('package/zeros', '\0'.repeat(3_000_000));
    const path = archiveIn(home.path, packed([MANIFEST, bomb]));
    const bounds = { packedBytes: 1e6, bytes: 1_000_000, entries: 10 };
    await expect(readArchive(path, bounds)).rejects.toMatchObject({ code: 'plugin.archive' });
  });

  test.each([
    ['nothing', gzipSync(Buffer.alloc(0))],
    ['noise', Buffer.from('this is no archive')],
    ['half of itself', tarball(pluginWithTool('half', 'half')).subarray(0, 200)],
    ['no manifest', packed([entry('package/index.js', 'x')])],
  ])('%s', async (_what, bytes) => {
    const path = archiveIn(new Home().path, bytes);
    await expect(readArchive(path)).rejects.toMatchObject({ code: 'plugin.archive' });
  });
});
