import { beforeEach, describe, expect, test } from 'vitest';

import { applyPatchTool } from '../src/index.ts';
import { MemoryFiles, run } from './memory-files.ts';

let files: MemoryFiles;

beforeEach(() => {
  files = new MemoryFiles();
  files.put('a.txt', 'one\ntwo\nthree\n');
  files.put('b.txt', 'old\n');
});

const patch = (...lines: readonly string[]): string =>
  ['*** Begin Patch', ...lines, '*** End Patch'].join('\n');

const apply = async (...lines: readonly string[]): Promise<string> =>
  (await run(applyPatchTool, files, { patch: patch(...lines) })).text;

const UPDATE_A = ['*** Update File: a.txt', ' one', '-two', '+2', ' three'];

describe('apply_patch', () => {
  test('adds, deletes, updates and moves', async () => {
    files.put('c.txt', 'x\n');
    const text = await apply(
      ...UPDATE_A,
      '*** Add File: new/d.txt',
      '+first',
      '+',
      '+last',
      '*** Delete File: b.txt',
      '*** Update File: c.txt',
      '*** Move to: e.txt',
      '@@',
      '-x',
      '+y',
    );
    expect(text).toBe('Applied the patch:\nM a.txt\nA new/d.txt\nD b.txt\nR c.txt -> e.txt');
    expect(
      Object.fromEntries([...files.contents.keys()].map((path) => [path, files.text(path)])),
    ).toEqual({
      'a.txt': 'one\n2\nthree\n',
      'new/d.txt': 'first\n\nlast\n',
      'e.txt': 'y\n',
    });
  });

  test('tells every path it will touch before it runs', () => {
    const planned = applyPatchTool.plan?.({
      patch: patch(...UPDATE_A, '*** Update File: b.txt', '*** Move to: /etc/passwd'),
    });
    expect(planned).toEqual([
      { kind: 'files', request: { op: 'write', path: 'a.txt' } },
      { kind: 'files', request: { op: 'delete', path: 'b.txt' } },
      { kind: 'files', request: { op: 'write', path: '/etc/passwd' } },
    ]);
  });

  test('changes nothing when a hunk does not fit', async () => {
    await expect(
      apply(...UPDATE_A, '*** Update File: b.txt', '-nothing like it', '+x'),
    ).rejects.toMatchObject({
      code: 'files.patch_mismatch',
      message: 'b.txt: Hunk 1 does not fit: its lines are not in the file.',
    });
    expect(files.text('a.txt')).toBe('one\ntwo\nthree\n');
  });

  test('hands all its changes on as one, with what it read', async () => {
    files.before.set('b.txt', () => files.put('b.txt', 'changed meanwhile\n'));
    await expect(
      apply('*** Add File: new.txt', '+x', ...UPDATE_A, '*** Update File: b.txt', '-old', '+new'),
    ).rejects.toMatchObject({ code: 'files.changed' });
    expect(files.journal.filter((line) => !line.startsWith('read'))).toEqual([]);
    expect(files.text('a.txt')).toBe('one\ntwo\nthree\n');
    expect(files.text('new.txt')).toBe(undefined);
    expect(files.text('b.txt')).toBe('changed meanwhile\n');
  });

  test('does not write over a file it was to add or move to', async () => {
    await expect(apply('*** Add File: a.txt', '+x')).rejects.toMatchObject({
      code: 'files.patch_mismatch',
    });
    await expect(apply('*** Update File: a.txt', '*** Move to: b.txt')).rejects.toMatchObject({
      code: 'files.patch_mismatch',
    });
    expect(files.journal.filter((line) => !line.startsWith('read'))).toEqual([]);
  });
});

async function update(content: string, ...lines: readonly string[]): Promise<string | undefined> {
  files.put('a.txt', content);
  await apply('*** Update File: a.txt', ...lines);
  return files.text('a.txt');
}

describe('a hunk', () => {
  test('finds its place by the lines around it, and several go in order', async () => {
    expect(
      await update('a\nb\nc\nd\ne\n', '@@', ' a', '+1', '@@', '-d', '+4', ' e', '*** End of File'),
    ).toBe('a\n1\nb\nc\n4\ne\n');
  });

  test('that fits in two places needs a line before it', async () => {
    const text = 'f() {\n  x\n}\ng() {\n  x\n}\n';
    await expect(update(text, '-  x', '+  y')).rejects.toMatchObject({
      message: expect.stringContaining('more than once') as string,
    });
    expect(await update(text, '@@ g() {', '-  x', '+  y')).toBe('f() {\n  x\n}\ng() {\n  y\n}\n');
    await expect(update(text, '@@ h() {', '-  x', '+  y')).rejects.toMatchObject({
      message: expect.stringContaining('after @@ is not in the file') as string,
    });
  });

  test('of new lines alone goes to the end, or after its line', async () => {
    expect(await update('a\nb\n', '+c')).toBe('a\nb\nc\n');
    expect(await update('a\nb\n', '@@ a', '+x')).toBe('a\nx\nb\n');
  });

  test('keeps blanks at line ends, line ends and a missing last one', async () => {
    expect(await update('a  \nb\nc', ' a', '-b', '+B', ' c')).toBe('a  \nB\nc');
    expect(await update('a\r\nb\r\n', ' a', '-b', '+B')).toBe('a\r\nB\r\n');
    expect(await update('a\nb\n', '@@ -1,2 +1,1 @@', '-a', ' b')).toBe('b\n');
  });
});

test.each([
  ['nothing', '', 'line 1'],
  ['no begin', '*** Update File: a\n-x\n*** End Patch', 'line 1'],
  ['no end', '*** Begin Patch\n*** Delete File: a', 'line 2'],
  ['no file', '*** Begin Patch\n*** End Patch', 'line 2'],
  ['an unknown header', '*** Begin Patch\n*** Copy File: a\n*** End Patch', 'line 2'],
  ['an empty update', '*** Begin Patch\n*** Update File: a\n*** End Patch', 'line 2'],
  ['an unmarked line', '*** Begin Patch\n*** Update File: a\nx\n*** End Patch', 'line 3'],
  ['a tail', '*** Begin Patch\n*** Delete File: a\n*** End Patch\nx', 'line 3'],
  [
    'one file twice',
    '*** Begin Patch\n*** Delete File: a\n*** Delete File: ./a\n*** End Patch',
    'line 4',
  ],
])('a patch with %s is refused, naming the line', async (_, text, line) => {
  await expect(
    run(applyPatchTool, files, { patch: text === '' ? ' ' : text }),
  ).rejects.toMatchObject({
    code: 'files.patch_invalid',
    message: expect.stringContaining(`${line}:`) as string,
  });
});
