import { beforeEach, describe, expect, test } from 'vitest';

import { editTool, writeTool } from '../src/index.ts';
import { MemoryFiles, run } from './memory-files.ts';

let files: MemoryFiles;

beforeEach(() => {
  files = new MemoryFiles();
});

const edit = async (edits: readonly object[], more: object = {}): Promise<string> =>
  (await run(editTool, files, { path: 'a.txt', edits, ...more })).text;

describe('edit', () => {
  test('replaces what stands there exactly once, one edit after the other', async () => {
    files.put('a.txt', 'one two three');
    const text = await edit([
      { old: 'two', new: '2' },
      { old: '2 three', new: '$& $1 3' },
    ]);
    expect(text).toBe('Made 2 replacements.');
    expect(files.text('a.txt')).toBe('one $& $1 3');
  });

  test('makes none if one does not fit', async () => {
    files.put('a.txt', 'one two two');
    const first = { old: 'one', new: '1' };
    await expect(edit([first, { old: 'four', new: '' }])).rejects.toMatchObject({
      code: 'files.edit_not_found',
      message: 'The old text of edit 2 is not in the file.',
    });
    await expect(edit([first, { old: 'two', new: '' }])).rejects.toMatchObject({
      code: 'files.edit_ambiguous',
    });
    expect(files.text('a.txt')).toBe('one two two');
    expect(files.journal.filter((line) => line.startsWith('write'))).toEqual([]);
  });

  test('sees that overlapping places are two', async () => {
    files.put('a.txt', 'aaa');
    await expect(edit([{ old: 'aa', new: 'b' }])).rejects.toMatchObject({
      code: 'files.edit_ambiguous',
    });
  });

  test('replaces all where asked', async () => {
    files.put('a.txt', 'a-a-a');
    expect(await edit([{ old: 'a', new: 'b', all: true }])).toBe('Made 3 replacements.');
    expect(files.text('a.txt')).toBe('b-b-b');
  });

  test('keeps line ends and the byte order mark', async () => {
    files.put('a.txt', '\ufeffone\r\ntwo\r\n');
    await edit([{ old: 'one\ntwo', new: 'one\nand\ntwo' }]);
    const bytes = files.contents.get('a.txt') ?? new Uint8Array();
    expect(Buffer.from(bytes).toString('utf8')).toBe('\ufeffone\r\nand\r\ntwo\r\n');
    files.put('a.txt', 'one\r\ntwo\nthree');
    await edit([{ old: 'three', new: '3' }]);
    expect(files.text('a.txt')).toBe('one\r\ntwo\n3');
  });

  test('does not lose a change made meanwhile', async () => {
    files.put('a.txt', 'one');
    files.before.set('a.txt', () => files.put('a.txt', 'changed'));
    await expect(edit([{ old: 'one', new: '1' }])).rejects.toMatchObject({ code: 'files.changed' });
    expect(files.text('a.txt')).toBe('changed');
  });

  test('changes only the file that was expected', async () => {
    files.put('a.txt', 'one');
    const expected = '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed';
    await expect(
      edit([{ old: 'one', new: '1' }], { expect: expected.replace('7', '8') }),
    ).rejects.toMatchObject({ code: 'files.changed' });
    await edit([{ old: 'one', new: '1' }], { expect: expected });
    expect(files.text('a.txt')).toBe('1');
  });

  test('leaves alone what is not text', async () => {
    files.put('a.txt', Uint8Array.from([0x61, 0xff]));
    await expect(edit([{ old: 'a', new: 'b' }])).rejects.toMatchObject({ code: 'files.not_text' });
  });
});

describe('write', () => {
  test('makes and replaces', async () => {
    const input = { path: 'a.txt', content: 'ä' };
    expect((await run(writeTool, files, input)).text).toBe('Made the file: 2 bytes.');
    expect((await run(writeTool, files, input)).text).toBe('Replaced the file: 2 bytes.');
    await expect(run(writeTool, files, { ...input, expect: null })).rejects.toMatchObject({
      code: 'files.changed',
    });
  });
});
